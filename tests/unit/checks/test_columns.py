"""Completeness, uniqueness, allowed values and types."""

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_profiler.checks.outcome import CheckReport, Outcome
from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.contract.statistics import (
    Accuracy,
    Method,
    NullToken,
    StatisticsAccuracy,
    TopValue,
)
from tests.unit.checks.conftest import make_field, make_file, make_profile, make_table

Checked = Callable[..., CheckReport]
SAMPLED = StatisticsAccuracy(
    **dict.fromkeys(StatisticsAccuracy.model_fields, Accuracy(method=Method.SAMPLE, bound=None))
)


def accuracy(**groups: float) -> StatisticsAccuracy:
    return StatisticsAccuracy(**{name: Accuracy(method=Method.SKETCH, bound=bound) for name, bound in groups.items()})


@pytest.mark.parametrize(
    ("missing", "allowed", "outcome"),
    [(0, 0.0, "OK"), (1, 0.0, "ERROR"), (1, 0.25, "OK"), (2, "25 %", "ERROR"), (4, 1, "OK")],
)
def test_completeness(checked: Checked, missing: int, allowed: Any, outcome: str) -> None:
    table = make_table(make_field("amount", row_count=4 - missing, missing_count=missing))
    (result,) = checked(table, rule="completeness", columns="amount", max_missing=allowed).results
    assert result.outcome == outcome
    assert (result.rule, result.target) == ("completeness", "orders.csv: orders.amount")
    assert (result.path, result.table, result.column) == ("orders.csv", "orders", "amount")
    assert result.observed == missing / 4


def test_the_message_names_what_was_expected_and_what_was_found(checked: Checked) -> None:
    table = make_table(make_field("amount", row_count=3, missing_count=1))
    (result,) = checked(table, rule="completeness", columns="amount", name="paid", max_missing=0.1).results
    assert result.rule == "paid"
    assert result.message == (
        "Column 'amount' of table 'orders' of 'orders.csv' has no value in 1 of 4 rows (25 %); expected: 10 % at most."
    )


def test_words_for_nothing_count_where_they_are_asked_to(checked: Checked) -> None:
    table = make_table(make_field("amount", null_tokens=(NullToken(token="NA", count=3),)))
    rule = {"rule": "completeness", "columns": "amount"}
    assert checked(table, **rule).outcome is Outcome.OK
    report = checked(table, **rule, count_null_tokens=True)
    assert (report.outcome, report.results[0].observed) == (Outcome.ERROR, 0.75)


def test_completeness_of_a_sample(checked: Checked) -> None:
    def outcome(missing: int, allowed: float) -> str:
        table = make_table(make_field("a", row_count=4 - missing, missing_count=missing, accuracy=SAMPLED))
        return checked(table, rule="completeness", columns="a", max_missing=allowed).outcome

    assert outcome(0, 0.0) == "WARNING", "the rows that were left out may lack the value"
    assert outcome(1, 0.0) == "ERROR", "some value is missing for sure"
    assert outcome(1, 0.1) == "WARNING"
    assert outcome(1, 1.0) == "OK"


def test_severity(checked: Checked) -> None:
    table = make_table(make_field("amount", row_count=3, missing_count=1))
    report = checked(table, rule="completeness", columns="amount", severity="warning")
    assert report.outcome is Outcome.WARNING
    assert "It cannot be decided" not in report.results[0].message


@pytest.mark.parametrize("rule", ["completeness", "uniqueness", "types", "range", "allowed_values"])
def test_nothing_to_check_is_empty_and_never_ok(checked: Checked, rule: str) -> None:
    more: dict[str, Any] = {"types": {"types": "text"}, "range": {"at_least": 0}, "allowed_values": {"values": ["x"]}}
    fields = more.get(rule, {})
    hollow = make_table(make_field("a", row_count=0, missing_count=0, distinct_count=0), row_count=0)
    for subject, columns in ((hollow, "a"), (hollow, "b"), (make_profile(), "a")):
        report = checked(subject, rule=rule, columns=columns, severity="warning", **fields)
        assert [result.outcome for result in report.results] == [Outcome.EMPTY]
        assert report.results[0].message.endswith("othing was checked.")


def test_every_pattern_must_find_something(checked: Checked) -> None:
    orders = make_table(make_field("id"), make_field("amount"))
    stock = make_table(make_field("id"), path="stock.csv", name="stock")
    profile = make_profile(orders, stock)

    def said(**rule: Any) -> list[tuple[str, str]]:
        found = checked(profile, rule="completeness", **rule).results
        return [(item.outcome.value, item.message if item.outcome == "EMPTY" else item.target) for item in found]

    assert said(columns=["id", "price"]) == [
        ("EMPTY", "No column fits 'price' in the tables that fit '*'. Nothing was checked."),
        ("OK", "orders.csv: orders.id"),
        ("OK", "stock.csv: stock.id"),
    ]
    # A column that only one of two named tables has is looked for in both.
    assert said(tables=["orders", "stock"], columns="amount") == [
        ("EMPTY", "No column fits 'amount' in the tables that fit 'stock'. Nothing was checked."),
        ("OK", "orders.csv: orders.amount"),
    ]
    assert said(tables="*", columns="am*") == [("OK", "orders.csv: orders.amount")]
    assert said(tables=["orders", "sales"], columns="id")[0] == (
        "EMPTY",
        "No table fits 'sales'. Nothing was checked.",
    )
    assert said(files="2026/*", columns="id") == [
        ("EMPTY", "No table lies in a file that fits '2026/*'. Nothing was checked.")
    ]
    assert said(files="stock.csv", tables="orders", columns="id") == [
        ("EMPTY", "No table fits 'orders' in files that fit 'stock.csv'. Nothing was checked.")
    ]


def test_a_file_that_could_not_be_read_is_named(checked: Checked) -> None:
    from airflow_provider_profiler.contract.profile import DistributionStatus
    from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode

    reason = FileReason(code=FileReasonCode.MALFORMED, message="x")
    profile = make_profile(files=(make_file("orders.csv", DistributionStatus.FAILED, reason=reason),))
    (result,) = checked(profile, rule="completeness", columns="*").results
    assert "'orders.csv' could not be read: malformed" in result.message


def test_names_with_signs_of_patterns_fit_themselves(checked: Checked) -> None:
    table = make_table(make_field("amount [EUR]"), make_field("amount E"))
    results = checked(table, rule="completeness", columns="amount [EUR]").results
    assert [item.column for item in results] == ["amount [EUR]", "amount E"]


def test_a_name_cannot_break_out_of_its_line(checked: Checked) -> None:
    (result,) = checked(make_table(make_field("a\n\x1b[31m")), rule="completeness", columns="*").results
    assert result.target.isprintable()
    assert result.message.isprintable()


def test_uniqueness(checked: Checked) -> None:
    def outcome(distinct: int, at_least: float = 1.0, **statistics: Any) -> str:
        field = make_field("id", row_count=100, distinct_count=distinct, **statistics)
        return checked(make_table(field), rule="uniqueness", columns="id", min_distinct=at_least).outcome

    assert outcome(100) == "OK"
    assert outcome(99) == "ERROR"
    assert outcome(50, 0.5) == "OK"
    assert outcome(100, missing_count=3) == "OK", "missing values are none that repeat"
    # An estimate that may be off by 2 %.
    estimate = accuracy(distinct=0.02)
    assert outcome(100, accuracy=estimate) == "WARNING"
    assert outcome(99, accuracy=estimate) == "WARNING"
    assert outcome(97, accuracy=estimate) == "ERROR"
    assert outcome(97, 0.9, accuracy=estimate) == "OK"
    assert outcome(100, accuracy=SAMPLED) == "WARNING"


def test_a_declared_key_is_unique_whatever_the_estimate(checked: Checked) -> None:
    field = make_field("id", row_count=100, distinct_count=98, accuracy=accuracy(distinct=0.02))
    (result,) = checked(make_table(field, key=("id",)), rule="uniqueness", columns="id").results
    assert (result.outcome, "declared key" in result.message) == (Outcome.OK, True)
    assert checked(make_table(field, key=("id", "b")), rule="uniqueness", columns="id").outcome is Outcome.WARNING


def top(**counts: int) -> tuple[TopValue, ...]:
    return tuple(TopValue(value=value, count=count) for value, count in counts.items())


def test_allowed_values_of_a_whole_table_are_decided(checked: Checked) -> None:
    field = make_field("city", row_count=10, distinct_count=3, top_values=top(Syros=6, Patras=3, Volos=1))
    rule: dict[str, Any] = {"rule": "allowed_values", "columns": "city"}
    assert checked(make_table(field), **rule, values=["Syros", "Patras", "Volos", "Naxos"]).outcome is Outcome.OK
    report = checked(make_table(field), **rule, values=["Syros", "Patras"])
    assert (report.outcome, report.results[0].observed) == (Outcome.ERROR, 0.1)
    assert "other values in 1 row;" in report.results[0].message
    assert "Volos" not in report.results[0].message, "texts of cells are quoted only where the rule asks for it"
    shown = checked(make_table(field), **rule, values=["Syros", "Patras"], show_values=True)
    assert "'Volos'" in shown.results[0].message
    assert checked(make_table(field), **rule, values=["Syros", "Patras"], max_other="10 %").outcome is Outcome.OK


def test_allowed_values_that_the_profile_does_not_name_are_not_decided(checked: Checked) -> None:
    names = [f"v{number}" for number in range(20)]
    rule: dict[str, Any] = {"rule": "allowed_values", "columns": "v"}
    cut = make_field("v", row_count=100, distinct_count=20, top_values=top(v0=50, v1=10))
    (result,) = checked(make_table(cut), **rule, values=names).results
    assert result.outcome is Outcome.WARNING
    assert "It cannot be decided whether that is so: the profile names 2 of its 20 distinct values" in result.message
    assert checked(make_table(cut), **rule, values=names, max_other=0.4).outcome is Outcome.OK
    assert checked(make_table(cut), **rule, values=names, max_other=0.3).outcome is Outcome.WARNING
    # 20 distinct values are more than 19 that are allowed.
    assert checked(make_table(cut), **rule, values=names[:19]).outcome is Outcome.ERROR
    # A value that is seen is there, however the count was made.
    sketch = accuracy(distinct=0.02, top_values=5.0)
    seen = make_field("v", row_count=100, distinct_count=20, top_values=top(v0=50, other=10), accuracy=sketch)
    assert checked(make_table(seen), **rule, values=names).outcome is Outcome.ERROR
    estimate = make_field("v", row_count=100, distinct_count=20, top_values=top(v0=50), accuracy=sketch)
    assert checked(make_table(estimate), **rule, values=names[:19]).outcome is Outcome.ERROR
    assert checked(make_table(estimate), **rule, values=names).outcome is Outcome.WARNING


@pytest.mark.parametrize(
    ("held", "allowed", "outcome"),
    [(1, 1.0, "OK"), (True, 1, "ERROR"), ("1", 1, "ERROR"), (True, True, "OK"), (0, False, "ERROR")],
)
def test_values_are_compared_with_their_type(checked: Checked, held: Any, allowed: Any, outcome: str) -> None:
    field = make_field("v", row_count=4, distinct_count=1, top_values=(TopValue(value=held, count=4),))
    assert checked(make_table(field), rule="allowed_values", columns="v", values=[allowed]).outcome == outcome


def test_types(checked: Checked) -> None:
    table = make_table(make_field("amount", DataType.FLOAT))
    rule: dict[str, Any] = {"rule": "types", "columns": "amount"}
    assert checked(table, **rule, types=["integer", "float"]).outcome is Outcome.OK
    report = checked(table, **rule, types="sc:Integer")
    assert report.outcome is Outcome.ERROR
    assert (report.results[0].expected, report.results[0].observed) == ("sc:Integer", "sc:Float")
    sampled = make_table(make_field("amount", DataType.FLOAT, accuracy=SAMPLED))
    assert checked(sampled, **rule, types="float").outcome is Outcome.WARNING
