"""Rules held against a profile."""

import datetime
from collections.abc import Iterator

from airflow_provider_profiler.checks.columns import (
    check_allowed_values,
    check_completeness,
    check_types,
    check_uniqueness,
)
from airflow_provider_profiler.checks.freshness import check_freshness
from airflow_provider_profiler.checks.outcome import CheckReport, CheckResult
from airflow_provider_profiler.checks.ranges import check_range
from airflow_provider_profiler.checks.rules import (
    AllowedValues,
    AnyRule,
    Completeness,
    Freshness,
    Quality,
    Range,
    RowCount,
    RuleSet,
    Schema,
    Types,
    Uniqueness,
)
from airflow_provider_profiler.checks.schema import check_schema
from airflow_provider_profiler.checks.tables import check_quality, check_row_count
from airflow_provider_profiler.checks.verdict import Subject
from airflow_provider_profiler.contract.profile import DatasetProfile


def check_profile(
    profile: DatasetProfile, rules: RuleSet, *, last: DatasetProfile | None = None, now: datetime.datetime
) -> CheckReport:
    """Hold rules against a profile.

    :param last: the profile of the last revision, for rules that compare with it.
    :param now: the moment, with a time zone, from which ages are counted.
    """
    subject = Subject(profile, last, now)
    return CheckReport.of(result for rule in rules.rules for result in _results(rule, subject))


def _results(rule: AnyRule, subject: Subject) -> Iterator[CheckResult]:  # noqa: PLR0911 - one for each kind of rule
    match rule:
        case Completeness():
            return check_completeness(rule, subject)
        case Uniqueness():
            return check_uniqueness(rule, subject)
        case Range():
            return check_range(rule, subject)
        case RowCount():
            return check_row_count(rule, subject)
        case Freshness():
            return check_freshness(rule, subject)
        case AllowedValues():
            return check_allowed_values(rule, subject)
        case Types():
            return check_types(rule, subject)
        case Schema():
            return check_schema(rule, subject)
        case Quality():
            return check_quality(rule, subject)
