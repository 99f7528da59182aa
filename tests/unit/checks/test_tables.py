"""Row counts and data quality."""

from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_profiler.checks.outcome import CheckReport, Outcome
from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.profile import QualityError, QualityErrorType, RecordSet, RowSelection
from airflow_provider_profiler.contract.statistics import Accuracy, Method
from tests.unit.checks.conftest import DATASET, make_field, make_profile, make_table

Checked = Callable[..., CheckReport]


def rows(count: int, **more: Any) -> RecordSet:
    return make_table(make_field("a"), row_count=count, **more)


@pytest.mark.parametrize(
    ("bounds", "outcome"),
    [
        ({"at_least": 4}, "OK"),
        ({"at_least": 5}, "ERROR"),
        ({"at_most": 3}, "ERROR"),
        ({"at_least": 1, "at_most": 4}, "OK"),
    ],
)
def test_absolute_counts(checked: Checked, bounds: dict[str, int], outcome: str) -> None:
    report = checked(rows(4), rule="row_count", **bounds)
    assert [(item.outcome, item.observed) for item in report.results] == [(outcome, 4)]


@pytest.mark.parametrize(
    ("before", "now", "direction", "outcome"),
    [
        (70, 63, "both", "OK"),
        (70, 62, "both", "ERROR"),
        (70, 77, "both", "OK"),
        (70, 78, "both", "ERROR"),
        (70, 700, "drop", "OK"),
        (70, 0, "growth", "OK"),
        (70, 78, "growth", "ERROR"),
        (70, 62, "drop", "ERROR"),
        (0, 0, "both", "OK"),
        (0, 1, "both", "ERROR"),
    ],
)
def test_against_the_last_revision(checked: Checked, before: int, now: int, direction: str, outcome: str) -> None:
    report = checked(rows(now), rows(before), rule="row_count", tolerance=0.1, direction=direction)
    assert [item.outcome for item in report.results] == [outcome]
    assert f"after {before} row" in report.results[0].message


def test_what_is_new_or_gone(checked: Checked) -> None:
    rule: dict[str, Any] = {"rule": "row_count", "tolerance": 0.1}
    (first,) = checked(rows(4), **rule).results
    assert (first.outcome, "there is no earlier revision" in first.message) == (Outcome.WARNING, True)
    stock = rows(9, path="stock.csv", name="stock")
    results = checked(make_profile(rows(4), stock), make_profile(rows(4), rows(3, name="gone")), **rule).results
    assert [(item.table, item.outcome.value) for item in results] == [
        ("orders", "OK"),
        ("stock", "WARNING"),
        ("gone", "ERROR"),
    ]
    assert "does not have this table" in results[1].message
    assert "is gone; expected: the table, which had 3 rows" in results[2].message
    # Other tables may go.
    only = checked(make_profile(rows(4)), make_profile(rows(4), stock), tables="orders", **rule)
    assert only.outcome is Outcome.OK


def test_a_count_of_a_part_of_the_rows_is_no_count(checked: Checked) -> None:
    def chosen(seen: int, fulfilling: int, complete: bool) -> RecordSet:
        selection = RowSelection(rows_seen=seen, rows_fulfilling=fulfilling, complete=complete, sample=True)
        return rows(2, selection=selection)

    part = chosen(100, 100, complete=False)
    assert checked(part, rule="row_count", at_least=100).outcome is Outcome.OK
    assert checked(part, rule="row_count", at_least=101).outcome is Outcome.WARNING
    assert checked(part, rule="row_count", at_most=99).outcome is Outcome.ERROR
    assert checked(part, rule="row_count", at_most=100).outcome is Outcome.WARNING
    assert checked(rows(100), part, rule="row_count", tolerance=0.1).outcome is Outcome.WARNING
    whole = chosen(100, 60, complete=True)
    assert checked(whole, rule="row_count", at_least=60, at_most=60).outcome is Outcome.OK


def finding(kind: QualityErrorType, affected: int, column: str = "") -> QualityError:
    return QualityError(
        id=part_uuid(DATASET, "quality", kind.value, column),
        column=column,
        error_type=kind,
        description=f"something about\n{column or 'the table'}",
        affected_rows=affected,
    )


FORMAT = finding(QualityErrorType.FORMAT_INCONSISTENCY, 1)
VALUE = finding(QualityErrorType.VALUE_ERROR, 2, "amount")


def test_findings(checked: Checked) -> None:
    table = rows(4, quality=(FORMAT, VALUE))
    results = checked(table, rule="quality").results
    assert [(item.outcome.value, item.column, item.observed) for item in results] == [
        ("ERROR", "", 1),
        ("ERROR", "amount", 2),
    ]
    assert "value_error in 2 rows (something about amount)" in results[1].message
    assert checked(table, rule="quality", max_affected="50 %").outcome is Outcome.OK
    assert checked(table, rule="quality", max_affected=0.3).count(Outcome.ERROR) == 1
    assert checked(table, rule="quality", kinds="consistency_error").outcome is Outcome.OK
    only = checked(table, rule="quality", kinds=["value_error", "format_inconsistency"], columns="am*")
    assert [item.column for item in only.results] == ["amount"]
    assert checked(table, rule="quality", severity="warning").outcome is Outcome.WARNING
    assert checked(rows(0), rule="quality").outcome is Outcome.EMPTY
    assert checked(make_profile(), rule="quality").outcome is Outcome.EMPTY


def test_repeated_rows_that_are_an_estimate(checked: Checked) -> None:
    repeated = finding(QualityErrorType.CONSISTENCY_ERROR, 100)
    accuracy = Accuracy(method=Method.SAMPLE, bound=0.02)
    table = rows(1000, quality=(repeated,), duplicate_rows=100, duplicate_rows_accuracy=accuracy)
    limits = (0, 0.079, 0.09, 0.11, 0.121)
    outcomes = [checked(table, rule="quality", max_affected=limit).outcome.value for limit in limits]
    assert outcomes == ["ERROR", "ERROR", "WARNING", "WARNING", "OK"]
