"""Rules for the range of a column's numbers, dates and times."""

import datetime
from collections.abc import Iterator

from airflow_provider_profiler.checks.columns import SAMPLED, each_column
from airflow_provider_profiler.checks.interval import Decision, Interval, numeric_statistic
from airflow_provider_profiler.checks.outcome import CheckResult
from airflow_provider_profiler.checks.parameters import moment_of
from airflow_provider_profiler.checks.rules import Range, Statistic
from airflow_provider_profiler.checks.selection import Column
from airflow_provider_profiler.checks.verdict import Subject, Verdict, number_words
from airflow_provider_profiler.contract.statistics import Method, Number, TemporalStatistics

_ESTIMATE = "it is an estimate"


def check_range(rule: Range, subject: Subject) -> Iterator[CheckResult]:
    """Whether a statistic lies within its bounds."""
    of_moments = isinstance(rule.at_least if rule.at_least is not None else rule.at_most, str)

    def check(column: Column) -> Verdict | str:
        statistics = column.field.statistics
        if not statistics.row_count:
            return "has no values"
        if of_moments:
            return _moments(rule, column)
        if statistics.numeric is None:
            kind = "finite numbers" if statistics.nan_count or statistics.infinity_count else "numbers"
            return Verdict(
                Decision.BROKEN, f"has no {kind} (its type is {column.field.data_type.value})", _expected(rule)
            )
        return _numbers(rule, column)

    return each_column(rule, subject, check)


def _numbers(rule: Range, column: Column) -> Verdict | str:
    statistics = column.field.statistics
    numeric = statistics.numeric
    assert numeric is not None  # noqa: S101 - the caller looked
    at_least, at_most = (bound if not isinstance(bound, str) else None for bound in (rule.at_least, rule.at_most))
    doubt = SAMPLED if statistics.accuracy.rows.method is not Method.EXACT else _ESTIMATE
    if rule.statistic is Statistic.VALUES:
        low = numeric_statistic("minimum", statistics, numeric)
        high = numeric_statistic("maximum", statistics, numeric)
        assert low is not None and high is not None  # noqa: S101 - of numbers there are these two
        decision = _both(low.within(at_least, None), high.within(None, at_most))
        fact = f"has values from {number_words(numeric.minimum)} to {number_words(numeric.maximum)}"
        if statistics.infinity_count:
            fact += f" and {statistics.infinity_count:,} that are infinite"
            # Which infinity it is, is not known.
            surely = at_least is not None and at_most is not None
            decision = _both(decision, Decision.BROKEN if surely else Decision.OPEN)
            doubt = "infinity may be beyond the bound or on its other side"
        observed: Number = numeric.minimum if low.within(at_least, None) is Decision.BROKEN else numeric.maximum
        return Verdict(decision, fact, _expected(rule), observed, doubt)
    found = numeric_statistic(rule.statistic.value, statistics, numeric)
    words = rule.statistic.value.replace("_", " ")
    if found is None:
        return f"has too few values for a {words}"
    value = _value(rule.statistic, column)
    about = "" if found.low == found.high else "about "
    fact = f"has the {words} {about}{number_words(value)}{_known_to(found)}"
    return Verdict(found.within(at_least, at_most), fact, _expected(rule), value, doubt)


def _value(statistic: Statistic, column: Column) -> Number:
    numeric = column.field.statistics.numeric
    holder = numeric.quantiles if numeric and statistic.value.startswith("p") else numeric
    value: Number = getattr(holder, statistic.value)
    return value


def _known_to(found: Interval) -> str:
    if found.low == found.high or float("-inf") in (found.low, -found.high):
        return ""
    return f", surely from {number_words(found.low)} to {number_words(found.high)}"


def _both(first: Decision, second: Decision) -> Decision:
    if Decision.BROKEN in (first, second):
        return Decision.BROKEN
    return Decision.OPEN if Decision.OPEN in (first, second) else Decision.HOLDS


def _expected(rule: Range) -> str:
    words = [
        f"at {which} {bound if isinstance(bound, str) else number_words(bound)}"
        for which, bound in (("least", rule.at_least), ("most", rule.at_most))
        if bound is not None
    ]
    return f"{rule.statistic.value.replace('_', ' ')} {' and '.join(words)}"


def _moments(rule: Range, column: Column) -> Verdict:
    """Dates and times: those that name no time zone are taken as UTC where others do."""
    found = column.field.statistics.temporal
    if found is None:
        kind = column.field.data_type.value
        return Verdict(Decision.BROKEN, f"has no dates or times (its type is {kind})", _expected(rule))
    sampled = column.field.statistics.accuracy.rows.method is not Method.EXACT
    try:
        low_enough, high_enough = _not_before(rule, found), _not_after(rule, found)
    except ValueError as error:
        return Verdict(Decision.OPEN, _span(found), _expected(rule), found.maximum, str(error))
    decision = Decision.HOLDS if low_enough and high_enough else Decision.BROKEN
    if sampled and (decision is Decision.HOLDS or rule.statistic is not Statistic.VALUES):
        decision = Decision.OPEN
    observed = found.maximum if low_enough else found.minimum
    return Verdict(decision, _span(found), _expected(rule), observed, SAMPLED)


def _span(found: TemporalStatistics) -> str:
    return f"has values from {found.minimum} to {found.maximum}"


def _not_before(rule: Range, found: TemporalStatistics) -> bool:
    if rule.at_least is None:
        return True
    smallest = found.maximum if rule.statistic is Statistic.MAXIMUM else found.minimum
    bound, value = _alike(str(rule.at_least), smallest)
    return bound <= value


def _not_after(rule: Range, found: TemporalStatistics) -> bool:
    if rule.at_most is None:
        return True
    largest = found.minimum if rule.statistic is Statistic.MINIMUM else found.maximum
    bound, value = _alike(str(rule.at_most), largest)
    # A day as the last one means all of that day.
    means_all_day = type(moment_of(str(rule.at_most))) is datetime.date
    return value.date() <= bound.date() if means_all_day else value <= bound


def _alike(bound: str, value: str) -> tuple[datetime.datetime, datetime.datetime]:
    """Two moments that can be compared; times of day are those of one day.

    :raises ValueError: when they cannot.
    """
    first, second = _moment(bound), _moment(value)
    if isinstance(moment_of(bound), datetime.time) != isinstance(moment_of(value), datetime.time):
        raise ValueError("a time of day cannot be compared with a date")
    return first, second


def _moment(text: str) -> datetime.datetime:
    try:
        found = moment_of(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date or time of the years 1 to 9999") from None
    if isinstance(found, datetime.time):
        found = datetime.datetime.combine(datetime.date(2000, 1, 1), found)
    elif not isinstance(found, datetime.datetime):
        found = datetime.datetime.combine(found, datetime.time())
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
