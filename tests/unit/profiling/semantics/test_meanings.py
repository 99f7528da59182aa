"""What columns mean beyond numbers: short and local dates, words for true and false, values that stand for none."""

from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.profile import DataType, QualityErrorType
from airflow_provider_profiler.profiling.semantics.column_type import ColumnProfile
from airflow_provider_profiler.profiling.semantics.month_names import LANGUAGES, month_named

Infer = Callable[..., ColumnProfile]


@pytest.fixture
def infer(profile: Callable[..., ColumnProfile]) -> Infer:
    return lambda texts, **options: profile(pa.array(texts, pa.string()), textual=True, **options)


@pytest.mark.parametrize(
    ("texts", "form", "dates"),
    [
        (["31/12/99", "01/02/03"], "%d/%m/%y", ("1999-12-31", "2003-02-01")),
        (["12/31/99", "01/02/03"], "%m/%d/%y", ("1999-12-31", "2003-01-02")),
        (["99-12-31", "01-02-03"], "%y-%m-%d", ("1999-12-31", "2001-02-03")),
        (["31.12.68", "01.02.69"], "%d.%m.%y", ("2068-12-31", "1969-02-01")),
        (["31-Dec-99"], "%d-%b-%y", ("1999-12-31",)),
    ],
)
def test_years_of_two_digits(infer: Infer, texts: list[str], form: str, dates: tuple[str, ...]) -> None:
    found = infer(texts)
    assert (found.data_type, found.format, found.sample) == (DataType.DATE, form, dates)


def test_short_moments(infer: Infer) -> None:
    found = infer(["31/12/99 23:59", "01/02/03 10:00"])
    assert found.data_type is DataType.DATE_TIME
    assert found.sample == ("1999-12-31T23:59:00", "2003-02-01T10:00:00")


def test_short_dates_that_nothing_tells_apart_are_not_guessed(infer: Infer) -> None:
    # Of the first the year may come first or last: 2031 or 1925.
    for texts in (["05/06/07"], ["31/12/25"], ["05/06/07", "31/12/25"]):
        found = infer(texts)
        assert found.data_type is DataType.TEXT
        assert "cannot be told apart" in found.findings[0].description
        assert found.findings[0].affected_rows == len(texts)


@pytest.mark.parametrize(
    ("texts", "language", "dates"),
    [
        (["3 Μαΐου 2024", "15 ΙΟΥΝΙΟΥ 2024"], "el", ("2024-05-03", "2024-06-15")),
        (["3. März 2024", "1. Dezember 2023"], "de", ("2024-03-03", "2023-12-01")),
        (["14 juillet 2024", "1 août 2024", "25 DECEMBRE 2024"], "fr", ("2024-07-14", "2024-08-01", "2024-12-25")),
        (["3 de enero de 2024", "5 de mayo de 2024"], "es", ("2024-01-03", "2024-05-05")),
        (["3 de janeiro de 2024", "5 de maio de 2024"], "pt", ("2024-01-03", "2024-05-05")),
        (["3 gennaio 2024", "mercoledì 1 maggio 2024"], "it", ("2024-01-03", "2024-05-01")),
        (["3 Jan 2024", "5 May 2024"], "en", ("2024-01-03", "2024-05-05")),
    ],
)
def test_months_by_their_local_names(infer: Infer, texts: list[str], language: str, dates: tuple[str, ...]) -> None:
    found = infer(texts)
    assert (found.data_type, found.language, found.sample) == (DataType.DATE, language, dates)


@given(st.sampled_from(LANGUAGES), st.booleans())
def test_every_language_names_all_twelve_months(language: str, upper: bool) -> None:
    from airflow_provider_profiler.profiling.semantics.month_names import month_words

    found = {month.number for word in month_words() if (month := month_named(word.upper() if upper else word))}
    assert found == set(range(1, 13))
    spoken = {month.number for word in month_words() if (month := month_named(word)) and language in month.languages}
    assert spoken == found


def test_months_and_weeks(infer: Infer) -> None:
    months = infer(["2024-01", "2023-12"])
    assert (months.data_type, months.format, months.sample) == (DataType.DATE, "%Y-%m", ("2024-01-01", "2023-12-01"))
    assert months.statistics.temporal is not None
    assert months.statistics.temporal.granularity == "month"
    assert infer(["January 2024", "May 2024"]).sample == ("2024-01-01", "2024-05-01")
    weeks = infer(["2024-W01", "2024-W52"])
    assert (weeks.format, weeks.sample) == ("%G-W%V", ("2024-01-01", "2024-12-23"))


def test_seasons_are_no_months(infer: Infer) -> None:
    found = infer(["2009-10", "2010-11", "2011-12"])
    assert found.data_type is DataType.TEXT
    assert found.notes == ("Kept as text: values that are a month, or the time from one year to the next (3)",)


def test_times_beyond_midnight_make_durations_of_all(infer: Infer) -> None:
    found = infer([f"{hour:02}:10:00" for hour in range(24)] + ["25:10:00"])
    assert found.data_type is DataType.TEXT
    assert found.notes == ("Kept as text: times beyond midnight (1)",)


def test_eight_digits_stay_integers_with_a_note(infer: Infer) -> None:
    days = [f"202401{day:02}" for day in range(1, 32)]
    found = infer(days)
    assert found.data_type is DataType.INTEGER
    assert found.notes == ("All numbers have eight digits that could be a date, year first (31); kept as integers",)
    assert infer([*days, "20240199"]).notes == ()


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["ja", "Nein", "ja"], ("ja", "nein")),
        (["oui", "non"], ("oui", "non")),
        (["Sí", "no"], ("no", "sí")),
        (["sim", "não"], ("sim", "não")),
        (["Ναι", "ΌΧΙ"], ("ναι", "όχι")),
        (["ΝΑΙ", "ΟΧΙ"], ("ναι", "οχι")),
        (["Да", "нет"], ("да", "нет")),
        (["J", "N"], ("n", "j")),
        (["wahr", "falsch"], ("wahr", "falsch")),
    ],
)
def test_local_words_for_true_and_false(infer: Infer, texts: list[str], words: tuple[str, ...]) -> None:
    found = infer(texts)
    assert (found.data_type, found.boolean_words) == (DataType.BOOLEAN, words)
    assert found.sample == (True, False)
    assert found.statistics.boolean is not None
    assert found.statistics.boolean.true_count == len(texts) - 1


def test_words_of_incomplete_pairs_do_not_count(infer: Infer) -> None:
    found = infer(["yes", "no"] * 20 + ["ja"])
    assert found.data_type is DataType.BOOLEAN
    assert found.statistics.boolean is not None
    assert (found.statistics.boolean.true_count, found.statistics.boolean.false_count) == (20, 20)
    assert found.findings[0].affected_rows == 1
    assert found.statistics.distinct_count == 3
    assert infer(["oui", "nein"]).data_type is DataType.TEXT


@pytest.mark.parametrize(("text", "word"), [("192.168.1.1", "internet"), ("1.2.3", "versions")])
def test_addresses_and_versions_are_noted(infer: Infer, text: str, word: str) -> None:
    (note,) = infer([text]).notes
    assert word in note


def test_numbers_that_stand_for_no_value_are_reported_and_kept(infer: Infer) -> None:
    found = infer([str(number % 40) for number in range(200)] + ["-999"] * 12)
    (finding,) = found.findings
    assert finding.error_type is QualityErrorType.VALUE_ERROR
    assert (finding.affected_rows, finding.examples) == (12, ("-999",))
    assert finding.description.startswith("-999 stands in 12 rows, far from all other values (0 to 39)")
    assert found.statistics.numeric is not None
    assert found.statistics.numeric.minimum == -999


def test_both_ends_and_dates_and_typed_columns(profile: Callable[..., ColumnProfile], infer: Infer) -> None:
    numbers = profile(pa.array([float(number % 30) for number in range(300)] + [-999.0] * 20 + [9999.0] * 20))
    assert sorted(finding.examples for finding in numbers.findings) == [("-999",), ("9999",)]
    dates = infer([f"2024-01-{day:02}" for day in range(1, 29)] * 2 + ["1900-01-01"] * 5)
    assert dates.findings[0].examples == ("1900-01-01",)


@pytest.mark.parametrize(
    "texts",
    [
        [str(number) for number in range(990, 1000)] * 5,
        [str(number) for number in range(50)] + ["-999"],
        [str(number * 100) for number in range(100)] + ["9999"] * 5,
        ["1", "2"] * 50 + ["-999"] * 20,
        [str(number) for number in range(50)] * 40 + ["-999"] * 3,
        [f"{year}-01-01" for year in range(1900, 1990)] * 3,
    ],
)
def test_what_may_well_be_a_value_is_not_reported(infer: Infer, texts: list[str]) -> None:
    assert infer(texts).findings == ()
