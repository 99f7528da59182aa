"""Rules as people write them: what is understood, and what is said of the rest."""

import datetime
import json

import pytest

from airflow_provider_profiler.checks.loading import rules_from_text, rules_of
from airflow_provider_profiler.checks.rules import AllowedValues, Range, RowCount, RuleSet, Schema, Severity
from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.profile import DataType

YAML_TEXT = """
rules:
  - rule: completeness
    columns: [order, "amount*"]
    max_missing: 5 %
  - {rule: allowed_values, columns: country, values: [NO, yes, 12:30, 2026-01-31, true, 007, "1"], severity: warning}
  - rule: freshness
    max_age: 36 h
  - rule: schema
    tables: orders
    expected: {order: integer, country: sc:Text}
"""


def test_yaml_is_read_as_it_is_written() -> None:
    rules = rules_from_text(YAML_TEXT).rules
    complete, allowed, fresh, schema = rules
    assert (complete.columns, complete.max_missing) == (("order", "amount*"), 0.05)
    assert isinstance(allowed, AllowedValues)
    # As YAML 1.1, it would be false, true, 750, a date, true and an octal number.
    assert allowed.values == ("NO", "yes", "12:30", "2026-01-31", True, 7, "1")
    assert allowed.severity is Severity.WARNING
    assert fresh.max_age == datetime.timedelta(hours=36)
    assert isinstance(schema, Schema)
    assert schema.expected == {"order": DataType.INTEGER, "country": DataType.TEXT}


def test_json_and_plain_lists_are_the_same() -> None:
    given = [{"rule": "range", "columns": "amount", "at_least": 0}]
    assert rules_from_text(json.dumps({"rules": given})) == rules_of(given) == rules_of({"rules": tuple(given)})
    assert rules_of(rules_of(given)) == rules_of(given)


def test_rules_are_frozen_and_travel_as_json() -> None:
    rules = rules_from_text(YAML_TEXT)
    with pytest.raises(ValueError, match="frozen"):
        rules.rules = ()  # type: ignore[misc]
    dumped = rules.model_dump(mode="json", exclude={"rules": {2: {"max_age"}}})
    dumped["rules"][2]["max_age"] = "36 h"
    assert RuleSet.model_validate(dumped) == rules


def test_dates_may_be_given_as_values() -> None:
    (rule,) = rules_of(
        [{"rule": "range", "columns": "day", "at_least": datetime.date(2026, 1, 31), "at_most": "2026-02-01"}]
    ).rules
    assert isinstance(rule, Range)
    assert (rule.at_least, rule.at_most) == ("2026-01-31", "2026-02-01")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "one rule at least"),
        ({}, r"rules: Field required"),
        (None, "not empty"),
        ("range", "not a str"),
        ([7], r"rules\[0\]: "),
        ([{"columns": "a"}], r"rules\[0\]: .*'rule'"),
        ([{"rule": "rang", "columns": "a"}], r"rules\[0\] \(rang\): .*'completeness', 'uniqueness'"),
        ([{"rule": "completeness"}], r"rules\[0\] \(completeness\)\.columns: Field required"),
        ([{"rule": "completeness", "columns": []}], "at least 1 item"),
        ([{"rule": "completeness", "columns": ""}], "at least 1 char"),
        ([{"rule": "completeness", "columns": "a", "max_mising": 0.1}], r"max_mising: Extra"),
        ([{"rule": "completeness", "columns": "a", "max_missing": "much"}], "'5 %'"),
        ([{"rule": "completeness", "columns": "a", "max_missing": 5}], "less than or equal to 1"),
        ([{"rule": "completeness", "columns": "a", "max_missing": True}], r"max_missing: .*number"),
        ([{"rule": "completeness", "columns": "a", "severity": "fatal"}], "'error' or 'warning'"),
        ([{"rule": "range", "columns": "a", "name": "x"}], r"rules\[0\] \(range, x\): .*needs at_least"),
        ([{"rule": "range", "columns": "a", "at_least": 2, "at_most": 1}], "nothing could lie within"),
        ([{"rule": "range", "columns": "a", "at_least": "soon"}], r"at_least: .*'2026-01-31'"),
        ([{"rule": "range", "columns": "a", "at_least": 1, "at_most": "2026-01-31"}], "both be numbers"),
        ([{"rule": "range", "columns": "a", "at_least": "2026-01-31", "statistic": "mean"}], "have no mean"),
        ([{"rule": "range", "columns": "a", "at_least": float("nan")}], "finite"),
        ([{"rule": "row_count"}], "needs at_least, at_most or tolerance"),
        ([{"rule": "row_count", "at_least": -1}], "greater than or equal to 0"),
        ([{"rule": "freshness", "max_age": "2 fortnights"}], "'36 h' or '7 d'"),
        ([{"rule": "freshness", "max_age": "1 d", "of": "columns"}], "needs columns with"),
        ([{"rule": "freshness", "max_age": "1 d", "columns": "a"}], "needs columns with"),
        ([{"rule": "freshness", "max_age": "1 d", "of": "profile", "files": "a"}], "takes no files"),
        ([{"rule": "freshness", "max_age": "1 d", "tables": "a"}], "takes tables with"),
        ([{"rule": "freshness", "max_age": "1 d", "timezone": "Athens"}], "'Europe/Athens'"),
        ([{"rule": "allowed_values", "columns": "a", "values": []}], "at least 1 item"),
        ([{"rule": "types", "columns": "a", "types": "number"}], "sc:Integer"),
        ([{"rule": "quality", "kinds": ["bad"]}], "value_error"),
        ([{"rule": "row_count", "at_least": 1}, {"rule": "schema"}], r"rules\[1\] \(schema\)\.expected"),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(given: object, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        rules_of(given)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: [", r"gate\.yaml is not YAML in line 1"),
        ("a: 1\nrules:\n  - rule: range\n    rule: types\n", "duplicate key"),
        ("", r"gate\.yaml must be a list"),
        ("- rule: !!python/object/apply:os.getcwd []\n", "not YAML"),
    ],
)
def test_what_is_not_yaml_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        rules_from_text(text, "gate.yaml")


def test_a_message_names_no_value_that_was_given() -> None:
    with pytest.raises(InvalidRequest) as caught:
        rules_of([{"rule": "completeness", "columns": "a", "max_missing": {"token": "s3cret"}}])
    assert "s3cret" not in str(caught.value)


def test_what_needs_the_last_revision_says_so() -> None:
    assert not rules_from_text(YAML_TEXT).needs_last
    assert rules_of([{"rule": "schema", "expected": "last_revision"}]).needs_last
    (rule,) = rules_of([{"rule": "row_count", "tolerance": "10 %"}]).rules
    assert isinstance(rule, RowCount)
    assert rule.needs_last
    assert (rule.tolerance, rule.label) == (0.1, "row_count")
