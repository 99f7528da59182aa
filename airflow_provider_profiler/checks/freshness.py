"""The rule for ages: of the newest file, of the latest moment in a column, of the profile."""

import datetime
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from airflow_provider_profiler.checks.interval import Decision
from airflow_provider_profiler.checks.outcome import CheckResult
from airflow_provider_profiler.checks.parameters import moment_of
from airflow_provider_profiler.checks.rules import Freshness
from airflow_provider_profiler.checks.selection import (
    Column,
    Target,
    columns_of,
    files_of,
    tables_of,
    unmatched_columns,
    unmatched_tables,
)
from airflow_provider_profiler.checks.verdict import Subject, Verdict, nothing, unmatched
from airflow_provider_profiler.contract.statistics import Method

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


def check_freshness(rule: Freshness, subject: Subject) -> Iterator[CheckResult]:
    """Whether something is not too old."""
    if rule.of == "profile":
        made = subject.profile.generated_at
        yield _age(rule, subject, made, "was profiled").of(rule, Target())
    elif rule.of == "files":
        yield from _files(rule, subject)
    else:
        yield from _columns(rule, subject)


def _files(rule: Freshness, subject: Subject) -> Iterator[CheckResult]:
    """The newest of the files that fit each pattern."""
    for pattern in rule.files:
        files = files_of(subject.profile, rule.model_copy(update={"files": (pattern,)}))
        if not files:
            yield from unmatched(rule, iter([f"No file fits {pattern!r}."]))
            continue
        dated = [(item.modified, item.path) for item in files if item.modified is not None]
        if not dated:
            others = f", nor do {len(files) - 1:,} others" if len(files) > 1 else ""
            fact = f"does not tell when it was written{others}"
            yield Verdict(Decision.OPEN, fact, _expected(rule)).of(rule, Target(path=files[0].path))
            continue
        newest, path = max(dated)
        yield _age(rule, subject, newest, "was written").of(rule, Target(path=path))


def _columns(rule: Freshness, subject: Subject) -> Iterator[CheckResult]:
    patterns = rule.columns or ()
    tables = tables_of(subject.profile, rule)
    yield from unmatched(rule, unmatched_tables(subject.profile, rule))
    yield from unmatched(rule, unmatched_columns(tables, rule, patterns))
    for column in columns_of(tables, patterns):
        verdict = _column(rule, subject, column)
        if isinstance(verdict, str):
            yield nothing(rule, column.target, verdict)
        else:
            yield verdict.of(rule, column.target)


def _column(rule: Freshness, subject: Subject, column: Column) -> Verdict | str:
    statistics = column.field.statistics
    if not statistics.row_count:
        return "has no values"
    latest = statistics.temporal.maximum if statistics.temporal else ""
    try:
        moment = moment_of(latest)
    except ValueError:
        moment = datetime.time()
    if isinstance(moment, datetime.time):
        fact = f"has no dates (its type is {column.field.data_type.value})"
        # A date beyond the year 9999 is one all the same.
        decision = Decision.OPEN if latest and statistics.temporal and "-" in latest else Decision.BROKEN
        return Verdict(decision, fact if decision is Decision.BROKEN else f"ends {latest}", _expected(rule))
    if not isinstance(moment, datetime.datetime):
        # A day counts from its first moment: nobody knows more of it.
        moment = datetime.datetime.combine(moment, datetime.time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(rule.timezone))
    verdict = _age(rule, subject, moment, "ends")
    if verdict.decision is Decision.BROKEN and statistics.accuracy.rows.method is not Method.EXACT:
        return Verdict(Decision.OPEN, verdict.fact, verdict.expected, verdict.observed, "rows were left out")
    return verdict


def _age(rule: Freshness, subject: Subject, moment: datetime.datetime, verb: str) -> Verdict:
    age = subject.now - moment
    decision = Decision.HOLDS if age <= rule.max_age else Decision.BROKEN
    ago = f"{_words(age)} ago" if age >= datetime.timedelta(0) else f"{_words(-age)} ahead"
    return Verdict(decision, f"{verb} {ago}, at {moment.isoformat()}", _expected(rule), moment.isoformat())


def _expected(rule: Freshness) -> str:
    return f"{_words(rule.max_age)} ago at most"


def _words(age: datetime.timedelta) -> str:
    """The age in the largest unit that leaves a number of at least one."""
    seconds = age.total_seconds()
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
