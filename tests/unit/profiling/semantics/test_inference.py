"""The type of a column of texts: by votes over all rows, and never by a guess."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from airflow_provider_profiler.contract.profile import DataType, QualityErrorType
from airflow_provider_profiler.profiling.semantics.column_type import ColumnProfile

Infer = Callable[..., ColumnProfile]


@pytest.fixture
def infer(profile: Callable[..., ColumnProfile]) -> Infer:
    return lambda texts, **options: profile(pa.array(texts, pa.string()), textual=True, **options)


@pytest.mark.parametrize(
    ("texts", "data_type", "sample"),
    [
        (["1", "-2", "+3", "0", "-0"], DataType.INTEGER, (1, -2, 3, 0)),
        ([" 12 ", "7"], DataType.INTEGER, (12, 7)),
        (["9223372036854775807", "-9223372036854775808"], DataType.INTEGER, (2**63 - 1, -(2**63))),
        (["0", "1", "1"], DataType.INTEGER, (0, 1)),
        (["1.50", "2"], DataType.FLOAT, (1.5, 2.0)),
        (["1e5", ".5", "5.", "-1E-3"], DataType.FLOAT, (100000.0, 0.5, 5.0, -0.001)),
        (["0.5", "-0.25", "0"], DataType.FLOAT, (0.5, -0.25, 0.0)),
        (["true", "FALSE", "True"], DataType.BOOLEAN, (True, False)),
        (["yes", "No"], DataType.BOOLEAN, (True, False)),
        (["T", "f"], DataType.BOOLEAN, (True, False)),
        (["Y", "N", "n"], DataType.BOOLEAN, (True, False)),
        (["TRUE"], DataType.BOOLEAN, (True,)),
        (["2024-02-29"], DataType.DATE, ("2024-02-29",)),
        (["2024-02-29T01:02:03"], DataType.DATE_TIME, ("2024-02-29T01:02:03",)),
        (["2024-02-29 01:02"], DataType.DATE_TIME, ("2024-02-29T01:02:00",)),
        (["2024-02-29 01:02:03.25"], DataType.DATE_TIME, ("2024-02-29T01:02:03.25",)),
        (
            ["2024-02-29T01:02:03Z", "2024-02-29T01:02:03+02:00"],
            DataType.DATE_TIME,
            ("2024-02-29T01:02:03Z", "2024-02-28T23:02:03Z"),
        ),
        (["12:30", "07:05"], DataType.TIME, ("12:30:00", "07:05:00")),
        (["12:30:59.5"], DataType.TIME, ("12:30:59.5",)),
        (["31/12/2024", "01/02/2024"], DataType.DATE, ("2024-12-31", "2024-02-01")),
        (["12/31/2024", "01/02/2024"], DataType.DATE, ("2024-12-31", "2024-01-02")),
        (["31.12.2024 23:59"], DataType.DATE_TIME, ("2024-12-31T23:59:00",)),
        (["12/31/2024 11:59:59 PM"], DataType.DATE_TIME, ("2024-12-31T23:59:59",)),
        (["Jan 3 2024", "Dec 31, 2023"], DataType.DATE, ("2024-01-03", "2023-12-31")),
        (["3 March 2024", "03-Apr-2024"], DataType.DATE, ("2024-03-03", "2024-04-03")),
        (["2024/01/31"], DataType.DATE, ("2024-01-31",)),
        (["ΑΓΙΑ ΒΑΡΒΑΡΑ"], DataType.TEXT, ("ΑΓΙΑ ΒΑΡΒΑΡΑ",)),
        ([], DataType.TEXT, ()),
        ([None, ""], DataType.TEXT, ()),
        (["NA", "-"], DataType.TEXT, ()),
        (["nan", "NaN"], DataType.TEXT, ()),
    ],
)
def test_what_texts_mean(
    infer: Infer, texts: list[str | None], data_type: DataType, sample: tuple[object, ...]
) -> None:
    found = infer(texts)
    assert found.data_type is data_type
    assert found.sample == sample
    assert [type(value) for value in found.sample] == [type(value) for value in sample]


@pytest.mark.parametrize(
    "texts",
    [
        ["001", "002"],
        ["00.5", "1"],
        ["+302101234567", "+306912345678"],
        ["+30 210 123-4567"],
        ["99999999999999999999"],
        ["9223372036854775808"],
        ["1e400"],
        ["0x1F"],
        ["1_000"],
        ["1,234", "5,678"],
        ["1,234 kg", "5,678 kg"],
        ["$5", "€5"],
        ["5A", "12B"],
        ["(", "(12"],
        ["12-", "15-"],
        ["0 800 123"],
        ["1.2.3", "1.10.0"],
        ["12:30:00", "25:10:00"],
        ["2010-11", "2011-12"],
        ["05/06/07"],
        ["612 345 678", "912 345 678"],
        ["12 Main Street"],
        ["f", "f"],
        ["no", "no"],
        ["yes", "t"],
        ["2024-02-30"],
        ["2023-02-29"],
        ["0000-01-01"],
        ["2024-13-01"],
        ["2024-01/05"],
        ["24:00"],
        ["12:60"],
        ["13:00 PM"],
        ["1:2"],
        ["32/01/2024"],
        ["Foo 3 2024"],
        ["2024-01-01T25:00:00"],
        ["2024-01-01T10:00:00+99:00"],
        ["12:30:59."],
        ["192.168.1.1"],
    ],
)
def test_what_stays_text(infer: Infer, texts: list[str]) -> None:
    found = infer(texts)
    assert found.data_type is DataType.TEXT
    assert found.sample == tuple(dict.fromkeys(texts))
    assert found.statistics.text is not None
    assert found.statistics.numeric is found.statistics.temporal is found.statistics.boolean is None


def test_one_leading_zero_in_a_million_numbers_makes_identifiers(infer: Infer) -> None:
    found = infer([str(i) for i in range(10_000)] + ["0001"])
    assert found.data_type is DataType.TEXT
    assert found.notes == ("Kept as text: values with a leading zero, which a number would lose (1)",)
    assert found.statistics.distinct_count == 10_001


def test_leading_zeros_phones_and_huge_integers_are_noted(infer: Infer) -> None:
    for text, word in (("007", "leading zero"), ("+302101234567", "telephone"), ("1" * 30, "64 bits")):
        (note,) = infer([text]).notes
        assert word in note


def test_numbers_written_differently_are_one_value(infer: Infer) -> None:
    statistics = infer(["1.50", "1.5", "1.500", "2", "2.0"]).statistics
    assert statistics.distinct_count == 2
    assert [(top.value, top.count) for top in statistics.top_values] == [(1.5, 3), (2.0, 2)]


def test_a_late_fraction_turns_integers_into_floats(infer: Infer) -> None:
    found = infer([str(i) for i in range(1000)] + ["0.5"])
    assert found.data_type is DataType.FLOAT
    assert found.findings == ()
    assert isinstance(found.statistics.numeric and found.statistics.numeric.minimum, float)


@pytest.mark.parametrize(("wrong", "data_type"), [(5, DataType.INTEGER), (6, DataType.TEXT)])
def test_a_type_wins_with_nineteen_of_twenty_values(infer: Infer, wrong: int, data_type: DataType) -> None:
    texts = [str(i) for i in range(100 - wrong)] + [f"w{i}" for i in range(wrong)]
    found = infer(texts)
    assert found.data_type is data_type
    (finding,) = found.findings
    assert finding.affected_rows == wrong
    assert finding.examples == ("w0", "w1", "w2")
    kinds = {DataType.INTEGER: QualityErrorType.VALUE_ERROR, DataType.TEXT: QualityErrorType.FORMAT_INCONSISTENCY}
    assert finding.error_type is kinds[data_type]
    votes = {vote.type: vote for vote in found.votes}
    assert votes["text"].count == wrong
    assert votes["integer"].count == 100 - wrong
    assert votes["text"].examples == (("w0", "w1", "w2") if data_type is DataType.INTEGER else ())
    assert votes["integer"].examples == (() if data_type is DataType.INTEGER else ("0", "1", "10"))
    assert found.statistics.distinct_count == 100


def test_null_tokens_do_not_vote_and_stay_values(infer: Infer) -> None:
    texts = ["1", "2", "2", "NA", "N/A", "null", "NULL", "None", "-", "?", "  ", "", None, "\\N"]
    found = infer(texts)
    statistics = found.statistics
    assert found.data_type is DataType.INTEGER
    assert (statistics.row_count, statistics.missing_count) == (12, 2)
    assert {token.token: token.count for token in statistics.null_tokens} == dict.fromkeys(
        ["NA", "N/A", "null", "NULL", "None", "-", "?", " ", "\\N"], 1
    )
    assert statistics.distinct_count == 11
    assert statistics.numeric is not None
    assert statistics.numeric.sum == 5
    tops = [(top.value, top.count) for top in infer([*texts, "NA", "NA"]).statistics.top_values]
    assert tops[:3] == [("NA", 3), (2, 2), (1, 1)]
    assert found.findings == ()


def test_nan_is_a_number_among_numbers_and_a_token_elsewhere(infer: Infer) -> None:
    numbers = infer(["1", "nan", "NaN"]).statistics
    assert (numbers.nan_count, numbers.null_tokens, numbers.distinct_count) == (2, (), 2)
    words = infer(["a", "nan", "NaN"]).statistics
    assert words.nan_count == 0
    assert [(token.token, token.count) for token in words.null_tokens] == [("NaN", 2)]


def test_infinity_makes_floats_and_is_never_shown(infer: Infer) -> None:
    found = infer(["1", "inf", "-Infinity", "2"])
    assert found.data_type is DataType.FLOAT
    assert found.statistics.infinity_count == 2
    assert found.statistics.numeric is not None
    assert found.statistics.numeric.maximum == 2.0
    assert found.sample == (1.0, 2.0)
    assert [top.value for top in found.statistics.top_values] == [1.0, 2.0]
    assert found.statistics.distinct_count == 4


def test_dates_that_may_be_read_both_ways_are_not_guessed(infer: Infer) -> None:
    for texts in (["03/04/2024", "05/06/2024"], ["03.04.2024 10:00", "05.06.2024 11:00"]):
        found = infer(texts)
        assert found.data_type is DataType.TEXT
        assert found.format is None
        (finding,) = found.findings
        assert "cannot be told apart" in finding.description
        assert (finding.affected_rows, finding.examples) == (2, tuple(texts))
        assert found.votes[0].type.endswith("ambiguous")


def test_evidence_for_both_orders_is_not_guessed_either(infer: Infer) -> None:
    found = infer(["03/04/2024"] * 98 + ["13/04/2024", "04/13/2024"])
    assert found.data_type is DataType.TEXT
    assert found.findings[0].affected_rows == 100


def test_one_day_beyond_twelve_tells_the_order_of_all(infer: Infer) -> None:
    for telling, order, last in (("13/04/2024", "%d/%m/%Y", "2024-11-03"), ("04/13/2024", "%m/%d/%Y", "2024-04-13")):
        found = infer(["03/11/2024"] * 50 + [telling])
        assert found.data_type is DataType.DATE
        assert found.format == order
        assert found.statistics.temporal is not None
        assert found.statistics.temporal.maximum == last
        assert found.statistics.distinct_count == 2
        assert found.findings == ()


def test_dates_in_several_forms_are_dates_with_a_finding(infer: Infer) -> None:
    found = infer(["2024-01-03"] * 3 + ["Jan 3, 2024", "13/01/2024"])
    assert found.data_type is DataType.DATE
    assert found.format == "%Y-%m-%d"
    (finding,) = found.findings
    assert finding.error_type is QualityErrorType.FORMAT_INCONSISTENCY
    assert finding.affected_rows == 2
    assert "%d/%m/%Y (1)" in finding.description
    assert found.statistics.distinct_count == 2


def test_moments_with_and_without_a_zone_do_not_mix(infer: Infer) -> None:
    found = infer(["2024-01-01T10:00:00", "2024-01-01T10:00:00Z"])
    assert found.data_type is DataType.TEXT


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2024-01-31", "%Y-%m-%d"),
        ("2024-01-31T10:11", "%Y-%m-%dT%H:%M"),
        ("2024-01-31 10:11:12", "%Y-%m-%d %H:%M:%S"),
        ("2024-01-31T10:11:12.123456Z", "%Y-%m-%dT%H:%M:%S.%f%z"),
        ("2024-01-31 10:11:12+0200", "%Y-%m-%d %H:%M:%S%z"),
        ("31/01/2024 9:05 pm", "%d/%m/%Y %I:%M %p"),
        ("01/31/2024", "%m/%d/%Y"),
        ("31-Jan-2024", "%d-%b-%Y"),
        ("January 31, 2024", "%B %d, %Y"),
        ("9:05PM", "%I:%M%p"),
    ],
)
def test_the_form_is_recorded_and_python_reads_the_same_by_it(infer: Infer, text: str, form: str) -> None:
    import datetime as dt

    found = infer([text])
    assert found.format == form
    moment = dt.datetime.strptime(text, form)
    if moment.tzinfo:
        moment = moment.astimezone(dt.UTC)
    shown = moment.isoformat().replace("+00:00", "Z")
    assert found.statistics.temporal is not None
    kept = {DataType.DATE: shown[:10], DataType.TIME: shown[11:], DataType.DATE_TIME: shown}[found.data_type]
    assert found.statistics.temporal.minimum == kept


def test_booleans_are_counted_by_meaning(infer: Infer) -> None:
    found = infer(["yes", "Yes", "no", "maybe", *["no"] * 30])
    assert found.data_type is DataType.BOOLEAN
    assert found.statistics.boolean is not None
    assert (found.statistics.boolean.true_count, found.statistics.boolean.false_count) == (2, 31)
    assert [(top.value, top.count) for top in found.statistics.top_values] == [(False, 31), (True, 2), ("maybe", 1)]
    assert found.statistics.distinct_count == 3
    assert found.findings[0].description == "1 of 34 values are not booleans, as the others are"


def test_votes_are_cast_by_all_rows_and_not_by_the_first(infer: Infer) -> None:
    found = infer(["1"] * 50_000 + ["text"] * 50_000)
    assert found.data_type is DataType.TEXT
    assert [(vote.type, vote.count) for vote in found.votes] == [("integer", 50_000), ("text", 50_000)]
    assert found.findings[0].description == ("50,000 of 100,000 values look like numbers, 50,000 do not; kept as text")
