"""Columns that came, went, and changed their type or place."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from airflow_provider_profiler.checks.outcome import CheckReport, Outcome
from airflow_provider_profiler.contract.profile import DataType, RecordSet
from tests.unit.checks.conftest import make_field, make_profile, make_table

Checked = Callable[..., CheckReport]
TYPES = {"i": DataType.INTEGER, "t": DataType.TEXT, "f": DataType.FLOAT}


def table(columns: Mapping[str, str], **more: Any) -> RecordSet:
    return make_table(*(make_field(name, TYPES[kind]) for name, kind in columns.items()), **more)


NOW = table({"id": "i", "city": "t", "amount": "f"})


@pytest.mark.parametrize(
    ("expected", "more", "observed"),
    [
        (["id", "city", "amount"], {}, 3),
        ({"id": "integer", "city": "text", "amount": "sc:Float"}, {}, 3),
        (["id", "amount"], {}, "came: 'city'"),
        (["id", "amount"], {"allow_new": True}, 3),
        (["id", "city", "amount", "day"], {"allow_new": True}, "went: 'day'"),
        (["city", "id", "amount"], {}, "changed order, now: 'id', 'city', 'amount'"),
        (["city", "id", "amount"], {"order": False}, 3),
        ({"id": "integer", "city": "integer", "amount": "float"}, {}, "changed type: 'city' (sc:Integer, now sc:Text)"),
        ({"id": "integer", "city": "integer", "amount": "float"}, {"types": False}, 3),
        (
            {"amount": "integer", "id": "integer", "day": "date"},
            {},
            "came: 'city'; went: 'day'; changed type: 'amount' (sc:Integer, now sc:Float); "
            "changed order, now: 'id', 'city', 'amount'",
        ),
    ],
)
def test_against_a_list(checked: Checked, expected: Any, more: dict[str, bool], observed: Any) -> None:
    (result,) = checked(NOW, rule="schema", expected=expected, **more).results
    assert result.observed == observed
    assert result.outcome is (Outcome.OK if observed == 3 else Outcome.ERROR)
    if observed != 3:
        assert f"has other columns ({observed})" in result.message


def test_against_the_last_revision(checked: Checked) -> None:
    rule: dict[str, Any] = {"rule": "schema", "expected": "last_revision"}
    assert checked(NOW, NOW, **rule).outcome is Outcome.OK
    before = table({"id": "i", "amount": "i", "day": "t"})
    (result,) = checked(NOW, before, **rule).results
    assert result.observed == "came: 'city'; went: 'day'; changed type: 'amount' (sc:Integer, now sc:Float)"
    (first,) = checked(NOW, **rule).results
    assert (first.outcome, "no earlier revision" in first.message) == (Outcome.WARNING, True)


def test_tables_that_are_new_or_gone(checked: Checked) -> None:
    gone, new = table({"id": "i"}, name="gone"), table({"id": "i"}, name="new")
    results = checked(make_profile(NOW, new), make_profile(NOW, gone), rule="schema", expected="last_revision").results
    assert [(item.table, item.outcome.value) for item in results] == [
        ("orders", "OK"),
        ("new", "WARNING"),
        ("gone", "ERROR"),
    ]


def test_long_lists_are_cut(checked: Checked) -> None:
    wide = table({f"c{number}": "i" for number in range(500)})
    (result,) = checked(wide, rule="schema", expected=["c0"]).results
    assert "and 489 more" in result.message
    assert len(result.message) < 300
