"""Rules for tables: how many rows they have, and what was found under data quality."""

import math
from collections.abc import Iterator

from airflow_provider_profiler.checks.interval import Decision, Interval
from airflow_provider_profiler.checks.outcome import CheckResult
from airflow_provider_profiler.checks.rules import Quality, RowCount
from airflow_provider_profiler.checks.selection import Target, fits, tables_of, unmatched_tables
from airflow_provider_profiler.checks.verdict import (
    Subject,
    Verdict,
    count_words,
    nothing,
    number_words,
    share_words,
    unmatched,
)
from airflow_provider_profiler.contract.profile import QualityError, RecordSet

NO_LAST = "there is no earlier revision to compare with"
NEW_TABLE = "the last revision does not have this table"
_PART = "not all rows were read"


def counterpart(table: RecordSet, others: tuple[RecordSet, ...]) -> RecordSet | None:
    """The same table in another revision: that of the same file and name."""
    return next((other for other in others if (other.path, other.name) == (table.path, table.name)), None)


def rows_of(table: RecordSet) -> Interval:
    """How many rows a table has, of those that fulfil the condition where there is one."""
    chosen = table.selection
    if chosen is None:
        return Interval.exactly(table.row_count)
    return Interval(chosen.rows_fulfilling, chosen.rows_fulfilling if chosen.complete else math.inf)


def check_row_count(rule: RowCount, subject: Subject) -> Iterator[CheckResult]:
    """Whether tables have as many rows as they should, and have not lost or gained too many."""
    yield from unmatched(rule, unmatched_tables(subject.profile, rule))
    tables = tables_of(subject.profile, rule)
    for table in tables:
        rows, target = rows_of(table), Target.of(table)
        if rule.at_least is not None or rule.at_most is not None:
            decision = rows.within(rule.at_least, rule.at_most)
            yield Verdict(decision, _has(rows), _bounds(rule.at_least, rule.at_most), rows.low, _PART).of(rule, target)
        if rule.tolerance is not None:
            yield _change(rule, rule.tolerance, table, subject).of(rule, target)
    if rule.tolerance is not None and subject.last is not None:
        yield from gone(rule, tables, tables_of(subject.last, rule))


def gone(rule: RowCount, tables: tuple[RecordSet, ...], before: tuple[RecordSet, ...]) -> Iterator[CheckResult]:
    """The tables of the last revision that are not there any more."""
    for table in before:
        if counterpart(table, tables) is None:
            rows = table.row_count
            verdict = Verdict(Decision.BROKEN, "is gone", f"the table, which had {count_words(rows, 'row')}")
            yield verdict.of(rule, Target.of(table))


def _change(rule: RowCount, tolerance: float, table: RecordSet, subject: Subject) -> Verdict:
    rows = rows_of(table)
    fact = _has(rows)
    expected = f"a {'change' if rule.direction == 'both' else rule.direction} of {share_words(tolerance)} at most"
    before = None if subject.last is None else counterpart(table, subject.last.record_sets)
    if before is None:
        doubt = NO_LAST if subject.last is None else NEW_TABLE
        return Verdict(Decision.OPEN, fact, expected, rows.low, doubt)
    earlier = rows_of(before)
    least = None if rule.direction == "growth" else math.ceil(_times(earlier.low, 1 - tolerance))
    most = None if rule.direction == "drop" else math.floor(_times(earlier.low, 1 + tolerance))
    decision = rows.within(least, most)
    if earlier.low < earlier.high:
        decision = Decision.OPEN
    then = count_words(int(earlier.low), "row")
    return Verdict(decision, f"{fact} after {then} in the last revision", expected, rows.low, _PART)


def _has(rows: Interval) -> str:
    return f"has {'at least ' if rows.low < rows.high else ''}{count_words(int(rows.low), 'row')}"


def _times(rows: float, factor: float) -> float:
    # Rounded where doubles err, so that 10 % of 70 rows are 7 and not 6.999999999999993 less or more.
    return round(max(0.0, rows * factor), 6)


def _bounds(at_least: int | None, at_most: int | None) -> str:
    words = [
        f"{number_words(bound)} at {which}"
        for which, bound in (("least", at_least), ("most", at_most))
        if bound is not None
    ]
    return " and ".join(words)


def check_quality(rule: Quality, subject: Subject) -> Iterator[CheckResult]:
    """Whether there are no findings of these kinds, or only such as concern few rows."""
    yield from unmatched(rule, unmatched_tables(subject.profile, rule))
    for table in tables_of(subject.profile, rule):
        if not table.row_count and not table.quality:
            yield nothing(rule, Target.of(table), "has no rows")
            continue
        findings = [item for item in table.quality if _counts(rule, item)]
        for item in findings:
            target = Target(table.path, table.name, item.column)
            yield _finding(rule, table, item).of(rule, target)
        if not findings:
            expected = f"findings that concern {share_words(rule.max_affected)} of the rows at most"
            yield Verdict(Decision.HOLDS, "has no finding of these kinds", expected, 0).of(rule, Target.of(table))


def _counts(rule: Quality, item: QualityError) -> bool:
    return item.error_type in rule.kinds and (rule.columns is None or fits(item.column, rule.columns))


def _finding(rule: Quality, table: RecordSet, item: QualityError) -> Verdict:
    # Rows that were rejected are none of the table's, so that more may be affected than there are.
    rows = max(table.row_count + table.rejected_rows, item.affected_rows, 1)
    affected = Interval.exactly(item.affected_rows / rows)
    accuracy = table.duplicate_rows_accuracy
    if not item.column and item.affected_rows == table.duplicate_rows and accuracy.bound:
        # An estimate. More than none are repeated for sure, or there was no finding.
        doubt = accuracy.bound * table.row_count / rows
        affected = Interval(max(1 / rows, affected.low - doubt), min(1.0, affected.high + doubt))
    return Verdict(
        affected.within(None, rule.max_affected),
        f"has the finding {item.error_type.value} in {count_words(item.affected_rows, 'row')} "
        f"({_clipped(item.description)})",
        f"findings that concern {share_words(rule.max_affected)} of the rows at most",
        item.affected_rows,
        "the number of rows is an estimate",
    )


def _clipped(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 200 else f"{text[:199]}…"
