"""Numbers as people write them: read by the marks and units that the whole column has, and by no guess."""

from collections.abc import Callable
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.profiling.semantics.column_type import ColumnProfile
from airflow_provider_profiler.profiling.semantics.recognition import recognise
from airflow_provider_profiler.profiling.semantics.votes import VOTES, Vote

Infer = Callable[..., ColumnProfile]


@pytest.fixture
def infer(profile: Callable[..., ColumnProfile]) -> Infer:
    return lambda texts, **options: profile(pa.array(texts, pa.string()), textual=True, **options)


@pytest.mark.parametrize(
    ("texts", "values", "marks"),
    [
        (["3,14", "2,5"], (3.14, 2.5), (",", None)),
        (["1.234,56", "7,1"], (1234.56, 7.1), (",", ".")),
        (["1.234.567", "1.000"], (1234567, 1000), (",", ".")),
        (["1,234,567.89", "0.5"], (1234567.89, 0.5), (".", ",")),
        (["1,234,567", "1,234", "12"], (1234567.0, 1.234, 12.0), (".", ",")),
        (["1 234", "12 345 678"], (1234, 12345678), (".", " ")),
        (["1 234,5", "6\N{NO-BREAK SPACE}789,25"], (1234.5, 6789.25), (",", " ")),
        (["1'234.50", "1\N{RIGHT SINGLE QUOTATION MARK}000.00"], (1234.5, 1000.0), (".", "'")),
        (["1,00,000", "12,34,567"], (100000, 1234567), (".", ",")),
        (["0,123", "1,500"], (0.123, 1.5), (",", None)),
        (["(1,234.50)", "12.00"], (-1234.5, 12.0), (".", ",")),
        (["123,45-", "1,5"], (-123.45, 1.5), (",", None)),
        (["\N{MINUS SIGN}5,5", "1,5"], (-5.5, 1.5), (",", None)),
        (["1,234", "12.5"], (1234.0, 12.5), (".", ",")),
    ],
)
def test_marks(infer: Infer, texts: list[str], values: tuple[float, ...], marks: tuple[str, str | None]) -> None:
    found = infer(texts)
    if texts == ["1,234,567", "1,234", "12"]:
        values = (1234567, 1234, 12)
    assert found.sample == values
    assert [type(value) for value in found.sample] == [type(value) for value in values]
    assert (found.decimal_mark, found.group_mark) == marks
    assert found.statistics.numeric is not None
    assert found.statistics.numeric.maximum == max(values)
    assert found.findings == ()


@pytest.mark.parametrize(
    ("texts", "unit", "values"),
    [
        (["12%", "7%"], "%", (12, 7)),
        (["12,5 %", "7 %"], "%", (12.5, 7.0)),
        (["$1,234.50", "-$5", "($6.00)"], "$", (1234.5, -5.0, -6.0)),
        (["1.234,50 €", "5 €"], "€", (1234.5, 5.0)),
        (["EUR 12", "15 EUR"], "EUR", (12, 15)),
        (["R$ 1.234,50"], "R$", (1234.5,)),
        (["12 kg", "3.5 kg"], "kg", (12.0, 3.5)),
        (["21°C", "-3°C"], "°C", (21, -3)),
        (["12 m2", "3 m2"], "m2", (12, 3)),
    ],
)
def test_units(infer: Infer, texts: list[str], unit: str, values: tuple[float, ...]) -> None:
    found = infer(texts)
    assert (found.unit, found.sample) == (unit, values)
    assert f"Numbers in {unit}" in found.notes


def test_numbers_without_the_unit_of_the_others_are_told(infer: Infer) -> None:
    found = infer(["$5", "$6", "7"])
    assert (found.unit, found.sample) == ("$", (5, 6, 7))
    assert [finding.description for finding in found.findings] == ["1 of 3 numbers are written without the unit $"]


def test_a_few_units_among_plain_numbers_do_not_belong(infer: Infer) -> None:
    found = infer([str(number) for number in range(99)] + ["12%"])
    assert (found.data_type, found.unit) == (DataType.INTEGER, None)
    assert [finding.affected_rows for finding in found.findings] == [1]
    assert found.statistics.numeric is not None
    assert found.statistics.numeric.maximum == 98


def test_amounts_in_several_units_are_not_one_quantity(infer: Infer) -> None:
    found = infer(["$5", "$6", "€7"])
    assert (found.data_type, found.unit) == (DataType.TEXT, None)
    descriptions = [finding.description for finding in found.findings]
    assert "The numbers are in 2 units: $ (2), € (1); kept as text" in descriptions


def test_a_mark_that_says_nothing_is_flagged_and_not_guessed(infer: Infer) -> None:
    found = infer(["1,234", "5,678"])
    (finding,) = found.findings
    assert found.data_type is DataType.TEXT
    assert "thousands or decimals cannot be told" in finding.description
    assert (finding.affected_rows, finding.examples) == (2, ("1,234", "5,678"))
    assert [(vote.type, vote.count) for vote in found.votes] == [("grouped_or_decimal", 2)]


def test_one_telling_value_decides_for_all(infer: Infer) -> None:
    assert infer(["1,234"] * 50 + ["1,5"]).sample == (1.234, 1.5)
    assert infer(["1,234"] * 50 + ["1.5"]).sample == (1234.0, 1.5)
    assert infer(["1.234"] * 10 + ["1.234,5"]).sample == (1234.0, 1234.5)


def test_a_point_before_three_digits_is_decimal_unless_others_say_otherwise(infer: Infer) -> None:
    found = infer(["1.234", "12.345"])
    assert found.sample == (1.234, 12.345)
    assert found.decimal_mark is None
    assert found.votes[0].type == "float"
    assert found.notes == ("All numbers with a point have three digits behind it (2); read as decimals",)
    slip = infer([f"1.{number}" for number in range(100, 200)] + ["1,5"])
    assert slip.data_type is DataType.FLOAT
    assert slip.statistics.numeric is not None
    assert slip.statistics.numeric.maximum == 1.199
    assert slip.findings[0].examples == ("1,5",)


def test_evidence_for_both_marks_leaves_the_smaller_share_out(infer: Infer) -> None:
    found = infer(["1.5"] * 99 + ["2,5"])
    assert found.data_type is DataType.FLOAT
    assert found.findings[0].examples == ("2,5",)
    assert infer(["1.5", "2,5"]).data_type is DataType.TEXT


def test_distinct_values_are_those_of_the_numbers(infer: Infer) -> None:
    statistics = infer(["1.000,50", "1000,5", "2", "n/a", "x"] + ["3,5"] * 95).statistics
    assert statistics.distinct_count == 5
    assert [(top.value, top.count) for top in statistics.top_values][:2] == [(3.5, 95), (1000.5, 2)]


@given(
    st.integers(-(10**14), 10**14),
    st.integers(0, 9),
    st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'"), (".", " ")]),
)
def test_the_value_is_the_nearest_double(units: int, places: int, marks: tuple[str, str]) -> None:
    point, group = marks
    whole, fraction = divmod(abs(units), 10**places)
    text = f"{whole:,}".replace(",", group) + (f"{point}{fraction:0{places}}" if places else "")
    sign = "-" if units < 0 else ""
    seen = recognise(pa.array([f"{sign}{text} €".encode()], pa.large_binary()))
    vote = VOTES[seen.votes[0]]
    exact = Fraction(units, 10**places)
    if vote in (Vote.FLOAT_OR_GROUPED, Vote.GROUPED_OR_DECIMAL):
        assert {Fraction(int(seen.values("integers", 0))), Fraction(float(seen.values("floats", 0)))} >= {
            exact if exact.denominator == 1 else Fraction(float(exact))
        }
    elif vote is Vote.WRITTEN_NUMBER or (not places and vote in (Vote.POINT_NUMBER, Vote.COMMA_NUMBER)):
        assert seen.values("integers", 0) == exact
    else:
        assert seen.values("floats", 0) == float(exact)
