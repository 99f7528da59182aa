"""Columns by name and pattern."""

import pytest

from airflow_provider_profiler.contract.options import SelectionOptions
from airflow_provider_profiler.profiling.readers.reader import Column
from airflow_provider_profiler.profiling.selection.columns import ColumnPatterns, known_columns, position_of
from airflow_provider_profiler.profiling.selection.condition import Name

NAMES = ["id", "Tip", "tip_amount", "price[EUR]", "price*", "fare amount"]
COLUMNS = [Column(name, name.replace("fare amount", " fare  amount "), "text", True) for name in NAMES]


def chosen(include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> list[str] | None:
    found = ColumnPatterns(SelectionOptions(columns=include, exclude_columns=exclude)).chosen(COLUMNS)
    return None if found is None else [NAMES[position] for position in found]


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ((), (), None),
        (("*",), (), None),
        (("tip_amount", "id"), (), ["id", "tip_amount"]),
        (("tip*",), (), ["tip_amount"]),
        (("?ip*",), (), ["Tip", "tip_amount"]),
        (("price[EUR]",), (), ["price[EUR]"]),
        (("price*",), (), ["price*"]),
        (("price?",), (), ["price*"]),
        (("[!t]*",), ("id",), ["Tip", "price[EUR]", "price*", "fare amount"]),
        ((" fare  amount ",), (), ["fare amount"]),
        ((), ("*i*",), ["fare amount"]),
        ((), ("nothing",), None),
        (("*",), ("*",), []),
    ],
)  # fmt: skip
def test_patterns(include: tuple[str, ...], exclude: tuple[str, ...], expected: list[str] | None) -> None:
    assert chosen(include, exclude) == expected


def test_patterns_that_no_table_has_a_column_for_are_told() -> None:
    patterns = ColumnPatterns(SelectionOptions(columns=("id", "nothing", "no*")))
    patterns.chosen(COLUMNS)
    assert patterns.unmatched == ["nothing", "no*"]


@pytest.mark.parametrize(
    ("name", "position"),
    [
        (Name("id"), 0),
        (Name("ID"), 0),
        (Name("ID", True), None),
        (Name("TIP"), 1),
        (Name("tip_amount", True), 2),
        (Name("fare amount", True), 5),
        (Name(" fare  amount ", True), 5),
        (Name("nothing"), None),
    ],
)
def test_names_in_conditions(name: Name, position: int | None) -> None:
    assert position_of(name, COLUMNS) == position


def test_names_that_differ_in_case_alone_need_quotes() -> None:
    columns = [Column(name, name, "text", True) for name in ("Tip", "tip")]
    assert position_of(Name("TIP"), columns) is None
    assert position_of(Name("tip"), columns) == 1


def test_a_person_is_told_what_there_is() -> None:
    assert known_columns("tip_amont", NAMES).startswith(" (did you mean 'tip_amount'?); the columns are 'id', 'Tip'")
    assert known_columns("x", [f"c{number}" for number in range(30)]).endswith("'c19' and 10 more")
    assert known_columns("x", []) == "; there is no column at all"
