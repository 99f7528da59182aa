"""Rules for columns: completeness, uniqueness, allowed values, types."""

import math
from collections.abc import Callable, Iterator

from airflow_provider_profiler.checks.interval import Decision, Interval, distinct_values, missing_share
from airflow_provider_profiler.checks.outcome import CheckResult
from airflow_provider_profiler.checks.rules import AllowedValues, ColumnRule, Completeness, Types, Uniqueness
from airflow_provider_profiler.checks.selection import (
    Column,
    columns_of,
    tables_of,
    unmatched_columns,
    unmatched_tables,
)
from airflow_provider_profiler.checks.verdict import (
    Subject,
    Verdict,
    count_words,
    nothing,
    share_words,
    unmatched,
)
from airflow_provider_profiler.contract.statistics import Method, Scalar

SAMPLED = "only a part of the rows was looked at"
_NO_VALUES = "has no values"


def each_column(rule: ColumnRule, subject: Subject, check: Callable[[Column], Verdict | str]) -> Iterator[CheckResult]:
    """The results of every column that a rule selects, and of every pattern that selects none.

    :param check: what is so of a column, or a phrase for why there is nothing to check.
    """
    tables = tables_of(subject.profile, rule)
    yield from unmatched(rule, unmatched_tables(subject.profile, rule))
    yield from unmatched(rule, unmatched_columns(tables, rule, rule.columns))
    for column in columns_of(tables, rule.columns):
        verdict = check(column)
        if isinstance(verdict, str):
            yield nothing(rule, column.target, verdict)
        else:
            yield verdict.of(rule, column.target)


def check_completeness(rule: Completeness, subject: Subject) -> Iterator[CheckResult]:
    """Whether few enough values are missing."""

    def check(column: Column) -> Verdict | str:
        statistics = column.field.statistics
        rows = statistics.row_count + statistics.missing_count
        if not rows:
            return "has no rows"
        share = missing_share(statistics, with_tokens=rule.count_null_tokens)
        missing = statistics.missing_count
        if rule.count_null_tokens:
            missing += min(sum(token.count for token in statistics.null_tokens), statistics.row_count)
        return Verdict(
            share.within(None, rule.max_missing),
            f"has no value in {missing:,} of {count_words(rows, 'row')} ({share_words(missing / rows)})",
            f"{share_words(rule.max_missing)} at most",
            missing / rows,
            SAMPLED,
        )

    return each_column(rule, subject, check)


def check_uniqueness(rule: Uniqueness, subject: Subject) -> Iterator[CheckResult]:
    """Whether enough of the present values are distinct."""

    def check(column: Column) -> Verdict | str:
        statistics = column.field.statistics
        rows = statistics.row_count
        if not rows:
            return _NO_VALUES
        expected = f"{share_words(rule.min_distinct)} at least"
        distinct, accuracy = distinct_values(statistics), statistics.accuracy.distinct
        if accuracy.method is not Method.EXACT and column.table.key == (column.field.name,):
            # Nobody found that out from values, which were too many: the source keeps them distinct.
            return Verdict(Decision.HOLDS, "is the declared key of its table", expected, 1.0)
        about = "" if accuracy.method is Method.EXACT else "about "
        found = f"{about}{count_words(statistics.distinct_count, 'distinct value')} in {count_words(rows, 'row')}"
        bound = "" if not accuracy.bound else f", known to {share_words(accuracy.bound)}"
        return Verdict(
            Interval(distinct.low / rows, distinct.high / rows).within(rule.min_distinct, None),
            f"has {found}{bound}",
            expected,
            statistics.distinct_count / rows,
            SAMPLED if accuracy.bound is None else "the number of distinct values is an estimate",
        )

    return each_column(rule, subject, check)


def check_allowed_values(rule: AllowedValues, subject: Subject) -> Iterator[CheckResult]:
    """Whether a column has the allowed values alone, as far as its frequent values tell."""
    allowed = {_comparable(value) for value in rule.values}

    def check(column: Column) -> Verdict | str:
        statistics = column.field.statistics
        rows = statistics.row_count
        if not rows:
            return _NO_VALUES
        known = [(item.value, item.count, _comparable(item.value) in allowed) for item in statistics.top_values]
        others = [value for value, _, fine in known if not fine]
        surely_other = sum(count for _, count, fine in known if not fine)
        surely_fine = sum(count for _, count, fine in known if fine)
        distinct = distinct_values(statistics)
        # More distinct values than are allowed: each of the others is in a row at least.
        surely_other = max(surely_other, math.ceil(distinct.low) - len(allowed), 0)
        share = Interval(min(surely_other, rows) / rows, max(0, rows - surely_fine) / rows)
        if statistics.accuracy.rows.method is not Method.EXACT:
            share = Interval(share.low if rule.max_other == 0 else 0, 1)
        told = f"has other values in {'at least ' if share.low < share.high else ''}{count_words(surely_other, 'row')}"
        if rule.show_values and others:
            told += f" ({', '.join(repr(value) for value in others[:5])}{', ...' if len(others) > 5 else ''})"
        return Verdict(
            share.within(None, rule.max_other),
            told if surely_other else "has no other value among those that are known",
            f"{count_words(len(rule.values), 'allowed value')}, others in {share_words(rule.max_other)} at most",
            surely_other / rows,
            f"the profile names {len(known):,} of its {statistics.distinct_count:,} distinct values",
        )

    return each_column(rule, subject, check)


def _comparable(value: Scalar) -> tuple[str, Scalar]:
    """Equal for equal values: 1 is 1.0, but neither true nor a text."""
    if isinstance(value, bool):
        return "boolean", value
    return ("number", value) if isinstance(value, int | float) else ("text", value)


def check_types(rule: Types, subject: Subject) -> Iterator[CheckResult]:
    """Whether the type that was found is one of those that are expected."""
    expected = " or ".join(item.value for item in rule.types)

    def check(column: Column) -> Verdict | str:
        statistics = column.field.statistics
        if not statistics.row_count:
            return _NO_VALUES
        found = column.field.data_type
        whole = statistics.accuracy.rows.method is Method.EXACT
        as_expected = Decision.HOLDS if found in rule.types else Decision.BROKEN
        decision = as_expected if whole else Decision.OPEN
        return Verdict(decision, f"is of the type {found.value}", expected, found.value, SAMPLED)

    return each_column(rule, subject, check)
