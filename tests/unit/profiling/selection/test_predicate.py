"""A condition over columns gives the rows that SQL would give, whatever the columns' types."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.selection.kinds import NotComparable
from airflow_provider_profiler.profiling.selection.predicate import fulfilled
from airflow_provider_profiler.profiling.selection.sql import parse_condition


def rows_of(where: str, **columns: Any) -> list[int]:
    """Positions of the rows that fulfil a condition."""
    arrays = {name: values if isinstance(values, pa.Array) else pa.array(values) for name, values in columns.items()}
    found = fulfilled(parse_condition(where), lambda name: arrays[name.text])
    assert found.null_count == 0
    return [index for index, holds in enumerate(found.to_pylist()) if holds]


# Three answers of SQL in Python: True, False and None.

Answer = bool | None
Row = dict[str, Any]
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def compare(left: Any, operator: str, right: Any) -> Answer:
    return None if left is None or right is None else _COMPARE[operator](left, right)


def negate(answer: Answer) -> Answer:
    return None if answer is None else not answer


def every(answers: list[Answer]) -> Answer:
    return False if False in answers else None if None in answers else True


def some(answers: list[Answer]) -> Answer:
    return True if True in answers else None if None in answers else False


def as_number(text: str | None) -> Decimal | None:
    plain = text and re.fullmatch(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*", text, re.ASCII | re.IGNORECASE)
    return Decimal(plain[1]) if plain else None


Meaning = tuple[str, Callable[[Row], Answer]]
_integers = st.integers(-3, 3)
_texts = st.sampled_from(["", "a", "b", "ab", "aab", "1", "+1", "1.0", "01", " 1 ", "-2", "2e0", ".5", "1_0", "%"])


@st.composite
def leaves(draw: st.DrawFn) -> Meaning:  # noqa: PLR0911 - one for each form
    column = draw(st.sampled_from("it"))
    operator = draw(st.sampled_from(sorted(_COMPARE)))
    number = draw(_integers)
    number_of = (lambda row: as_number(row["t"])) if column == "t" else (lambda row: row["i"])
    text_of = lambda row: row["t"] or None  # noqa: E731
    kind = draw(st.sampled_from(["number", "mirrored", "in", "between", "null", "text", "like", "columns"]))
    if kind == "number":
        return f"{column} {operator} {number}", lambda row: compare(number_of(row), operator, number)
    if kind == "mirrored":
        return f"{number} {operator} {column}", lambda row: compare(number, operator, number_of(row))
    if kind == "in":
        return f"{column} IN ({number}, 2)", lambda row: some([compare(number_of(row), "=", n) for n in (number, 2)])
    if kind == "between":
        return (
            f"{column} BETWEEN {number} AND 2",
            lambda row: every([compare(number_of(row), ">=", number), compare(number_of(row), "<=", 2)]),
        )
    if kind == "null":
        return f"{column} IS NULL", lambda row: (text_of(row) if column == "t" else row["i"]) is None
    if kind == "columns":
        return f"i {operator} j", lambda row: compare(row["i"], operator, row["j"])
    text = draw(_texts)
    if kind == "text":
        return f"t {operator} '{text}'", lambda row: compare(text_of(row), operator, text)
    pattern = draw(st.text("ab%_1.", max_size=4))
    expression = "".join({"%": "(?s:.*)", "_": "(?s:.)"}.get(mark) or re.escape(mark) for mark in pattern)
    return (
        f"t LIKE '{pattern}'",
        lambda row: None if text_of(row) is None else re.fullmatch(expression, row["t"]) is not None,
    )


def wholes(parts: st.SearchStrategy[Meaning]) -> st.SearchStrategy[Meaning]:
    lists = st.lists(parts, min_size=2, max_size=3)
    return st.one_of(
        parts.map(lambda part: (f"NOT ({part[0]})", lambda row: negate(part[1](row)))),
        lists.map(
            lambda found: (
                " AND ".join(f"({text})" for text, _ in found),
                lambda row: every([m(row) for _, m in found]),
            )
        ),
        lists.map(
            lambda found: (" OR ".join(f"({text})" for text, _ in found), lambda row: some([m(row) for _, m in found]))
        ),
    )


@given(
    st.recursive(leaves(), wholes, max_leaves=6),
    st.lists(
        st.fixed_dictionaries({"i": st.none() | _integers, "j": st.none() | _integers, "t": st.none() | _texts}),
        min_size=1,
        max_size=12,
    ),
)
def test_conditions_mean_what_sql_means(meaning: Meaning, rows: list[Row]) -> None:
    where, holds = meaning
    columns = {
        "i": pa.array([row["i"] for row in rows], pa.int16()),
        "j": pa.array([row["j"] for row in rows], pa.int64()),
        "t": pa.array([row["t"] for row in rows], pa.string()),
    }
    expected = [index for index, row in enumerate(rows) if holds(row) is True]
    assert rows_of(where, **columns) == expected


def test_the_literal_decides_what_a_text_is_read_as() -> None:
    cells = ["10", "9", "x", "", None, "1e1", "abc", "2024-01-31"]
    assert rows_of("t > 9.5", t=cells) == [0, 5]
    assert rows_of("NOT t > 9.5", t=cells) == [1]
    assert rows_of("t > '9'", t=cells) == [2, 6]
    assert rows_of("t = DATE '2024-01-31'", t=cells) == [7]
    assert rows_of("t = TRUE", t=["TRUE", " true", "false", "1", "yes", None]) == [0, 1]
    assert rows_of("t <> TRUE", t=["TRUE", " true", "false", "1", "yes", None]) == [2]


@pytest.mark.parametrize(
    ("operator", "expected"), [("=", [1]), (">", [2]), (">=", [1, 2]), ("<", [0, 3]), ("<>", [0, 2, 3])]
)
@pytest.mark.parametrize("kind", ["text", "int64", "uint64", "decimal"])
def test_integers_beyond_the_doubles_keep_their_digits(operator: str, expected: list[int], kind: str) -> None:
    cells = [2**53, 2**53 + 1, 2**53 + 2, 7, None]
    columns = {
        "text": pa.array([None if cell is None else str(cell) for cell in cells]),
        "int64": pa.array(cells, pa.int64()),
        "uint64": pa.array(cells, pa.uint64()),
        "decimal": pa.array([None if cell is None else Decimal(cell) for cell in cells], pa.decimal128(20, 0)),
    }
    assert rows_of(f"a {operator} {2**53 + 1}", a=columns[kind]) == expected


@pytest.mark.parametrize("number", ["1e30", "-1e30", "0.5", "-0.5", "255", "-1", "256", "1e-300"])
@pytest.mark.parametrize("operator", sorted(_COMPARE))
def test_numbers_that_the_type_cannot_hold(number: str, operator: str) -> None:
    cells = [0, 1, 255]
    expected = [index for index, cell in enumerate(cells) if _COMPARE[operator](cell, Decimal(number))]
    types = [pa.uint8(), pa.int64(), pa.decimal128(5, 2), pa.float64()]
    for kind in types:
        values = pa.array([*(Decimal(cell) if pa.types.is_decimal(kind) else cell for cell in cells), None], kind)
        assert rows_of(f"a {operator} {number}", a=values) == expected, kind


def test_decimals_are_compared_exactly() -> None:
    cells = pa.array([Decimal("0.10"), Decimal("0.11"), None], pa.decimal128(4, 2))
    assert rows_of("a = 0.1", a=cells) == [0]
    assert rows_of("a > 0.1000000000000000055", a=cells) == [1]
    assert rows_of("a <> 0.105", a=cells) == [0, 1]


MOMENTS = ["1969-12-31 23:59:59.5", "1970-01-01 00:00:00", "2024-01-31 12:00:00", "2024-02-29 00:00:00"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns", "text"])
@pytest.mark.parametrize("limit", [*MOMENTS, "0001-01-01", "9999-12-31", "1969-12-31 23:59:59.25"])
@pytest.mark.parametrize("operator", ["<", "<=", "=", ">", ">=", "<>"])
def test_moments_of_any_unit(unit: str, limit: str, operator: str) -> None:
    cells = [datetime.fromisoformat(moment) for moment in MOMENTS]
    if unit == "s":
        cells = [cell.replace(microsecond=0) for cell in cells]
    expected = [i for i, cell in enumerate(cells) if _COMPARE[operator](cell, datetime.fromisoformat(limit))]
    column = (
        pa.array([*(cell.isoformat() for cell in cells), "31/01/2024", "2024-02-30", "", None])
        if unit == "text"
        else pa.array([*cells, None], pa.timestamp(unit))
    )
    assert rows_of(f"a {operator} TIMESTAMP '{limit}'", a=column) == expected
    if unit != "text":  # a text beside a date means the date
        assert rows_of(f"a {operator} '{limit}'", a=column) == expected


def test_zones_are_moments_in_utc() -> None:
    texts = [
        "2024-01-31T12:00:00+02:00",
        "2024-01-31 10:00Z",
        "2024-01-31 10:00",
        "2024-01-31 05:30-0430",
        "2024-01-31",
    ]
    assert rows_of("t = TIMESTAMP '2024-01-31 10:00:00'", t=texts) == [0, 1, 2, 3]
    moments = pa.array([datetime(2024, 1, 31, 10)], pa.timestamp("ms", "Europe/Athens"))
    assert rows_of("t = TIMESTAMP '2024-01-31 12:00:00+02:00'", t=moments) == [0]


def test_dates() -> None:
    for kind in (pa.date32(), pa.date64()):
        days = pa.array([date(2024, 1, 30), date(2024, 1, 31), None], kind)
        assert rows_of("d >= '2024-01-31'", d=days) == [1]
        assert rows_of("d < TIMESTAMP '2024-01-30 12:00:00'", d=days) == [0]


def test_columns_against_columns() -> None:
    assert rows_of("a < b", a=["9", "x", "10", "2024-01-01", None], b=["10", "y", "9", "2024-01-02", "1"]) == [0, 1, 3]
    assert rows_of("a = b", a=pa.array([1, 2**53 + 1], pa.int64()), b=pa.array([1, 2**53], pa.uint64())) == [0]
    assert rows_of("a > b", a=pa.array([1, 2], pa.int8()), b=pa.array([1.5, 1.5])) == [1]
    assert rows_of("a = b", a=pa.array([date(2024, 1, 1)]), b=pa.array([datetime(2024, 1, 1)], pa.timestamp("ns"))) == [
        0
    ]


def test_nan_is_different_from_every_number() -> None:
    values = pa.array([float("nan"), 1.0, None])
    assert rows_of("a <> 2", a=values) == [0, 1]
    assert rows_of("a < 2 OR a > 2 OR a = 2", a=values) == [1]
    assert rows_of("a IS NULL", a=values) == [2]


def test_patterns_hold_any_character() -> None:
    cells = ["a.b", "axb", "a\nb", "A.B", "xa.b", "50%", "50 per cent"]
    assert rows_of("t LIKE 'a.b'", t=cells) == [0]
    assert rows_of("t LIKE 'a_b'", t=cells) == [0, 1, 2]
    assert rows_of("t LIKE '%b'", t=cells) == [0, 1, 2, 4]
    assert rows_of("t LIKE '50!%' ESCAPE '!'", t=cells) == [5]
    assert rows_of("t NOT LIKE '%b'", t=[*cells, None]) == [3, 5, 6]


@pytest.mark.parametrize(
    ("where", "values"),
    [
        ("a = 'x'", pa.array([1])),
        ("a = 1", pa.array([True])),
        ("a LIKE 'x'", pa.array([1.5])),
        ("a = 'soon'", pa.array([date(2024, 1, 1)])),
        ("a = 1", pa.array([date(2024, 1, 1)])),
        ("a = 1", pa.array([[1]])),
    ],
)
def test_literals_that_do_not_fit_their_column(where: str, values: pa.Array) -> None:
    with pytest.raises(NotComparable):
        rows_of(where, a=values)


def test_nothing_is_told_of_a_column_without_a_single_value() -> None:
    nothing = {"n": pa.nulls(3), "m": [1, 2, 3]}
    for where in ("n = 1", "n <> 1", "n > m", "m > n", "n IN (1, 2)", "n LIKE '%'", "NOT n = 1"):
        assert rows_of(where, **nothing) == [], where
    assert rows_of("n IS NULL AND (m > 1 OR n = 1)", **nothing) == [1, 2]
