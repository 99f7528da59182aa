"""What holds of every profile."""

from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.checks.checking import check_profile
from airflow_provider_profiler.checks.loading import rules_of
from airflow_provider_profiler.checks.outcome import CheckReport, Outcome
from airflow_provider_profiler.contract.profile import DatasetProfile
from tests.unit.checks.conftest import NOW
from tests.unit.render.any_profiles import any_profiles

ALL_KINDS: list[dict[str, Any]] = [
    {"rule": "completeness", "columns": "*", "max_missing": 0.1},
    {"rule": "uniqueness", "columns": "*", "min_distinct": 0.5},
    {"rule": "range", "columns": "*", "at_least": 0, "at_most": 1000},
    {"rule": "range", "columns": "*", "statistic": "p50", "at_least": 0},
    {"rule": "range", "columns": "*", "at_most": "2026-01-01"},
    {"rule": "row_count", "at_least": 1, "tolerance": 0.1},
    {"rule": "freshness", "max_age": "1 d"},
    {"rule": "freshness", "of": "columns", "columns": "*", "max_age": "1 d"},
    {"rule": "freshness", "of": "profile", "max_age": "1 d"},
    {"rule": "allowed_values", "columns": "*", "values": ["a", 1, True]},
    {"rule": "types", "columns": "*", "types": ["integer", "text"]},
    {"rule": "schema", "expected": "last_revision", "order": False},
    {"rule": "schema", "expected": ["a", "b"], "order": False},
    {"rule": "quality", "max_affected": 0.1},
]
RULES = rules_of(ALL_KINDS)
AGAINST_ITSELF = rules_of([{"rule": "schema", "expected": "last_revision"}, {"rule": "row_count", "tolerance": 0}])
#: Without shrinking: it takes minutes with values of this size.
FEW = settings(max_examples=6, phases=[Phase.explicit, Phase.reuse, Phase.generate])


def distinct_tables(profile: DatasetProfile) -> DatasetProfile:
    """The same profile with a name of its own for each table, and for each column of a table, as real ones have."""
    tables = tuple(
        table.model_copy(
            update={
                "name": f"{table.name}{number}",
                "fields": tuple(
                    field.model_copy(update={"name": f"{field.name}{place}"})
                    for place, field in enumerate(table.fields)
                ),
            }
        )
        for number, table in enumerate(profile.record_sets)
    )
    return profile.model_copy(update={"record_sets": tables})


PROFILES = any_profiles().map(distinct_tables)


def outcomes(report: CheckReport) -> list[tuple[str, str, Outcome]]:
    return sorted((item.rule, item.target, item.outcome) for item in report.results)


@FEW
@given(PROFILES)
def test_every_profile_can_be_checked_and_every_rule_says_something(profile: DatasetProfile) -> None:
    report = check_profile(profile, RULES, last=profile, now=NOW)
    assert {item.rule for item in report.results} == {rule.label for rule in RULES.rules}
    assert CheckReport.model_validate_json(report.model_dump_json()) == report
    for item in report.results:
        assert item.message.isprintable()


@FEW
@given(PROFILES)
def test_a_profile_is_as_it_was_itself(profile: DatasetProfile) -> None:
    report = check_profile(profile, AGAINST_ITSELF, last=profile, now=NOW)
    expected = Outcome.OK if profile.record_sets else Outcome.EMPTY
    assert {item.outcome for item in report.results} == {expected}


@FEW
@given(PROFILES, st.randoms(use_true_random=False))
def test_the_order_of_columns_and_tables_is_irrelevant(profile: DatasetProfile, random: Any) -> None:
    tables = []
    for table in profile.record_sets:
        fields = list(table.fields)
        random.shuffle(fields)
        tables.append(table.model_copy(update={"fields": tuple(fields)}))
    random.shuffle(tables)
    shuffled = profile.model_copy(update={"record_sets": tuple(tables)})
    first, second = (check_profile(one, RULES, last=profile, now=NOW) for one in (profile, shuffled))
    assert (first.outcome, outcomes(first)) == (second.outcome, outcomes(second))


@FEW
@given(PROFILES)
def test_a_warning_is_never_more_than_a_warning(profile: DatasetProfile) -> None:
    mild = rules_of([{**rule, "severity": "warning"} for rule in ALL_KINDS])
    strong = check_profile(profile, RULES, now=NOW)
    weak = check_profile(profile, mild, now=NOW)
    assert [item.outcome for item in weak.results] == [
        Outcome.WARNING if item.outcome is Outcome.ERROR else item.outcome for item in strong.results
    ]
