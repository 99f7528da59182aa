"""Delimited files that are too long or too wide are refused before they take the memory or the time."""

import pytest

from airflow_provider_profiler.profiling.readers import delimited, dialect, reader, text_scan
from airflow_provider_profiler.profiling.readers.delimited import SAMPLE, DelimitedReader
from airflow_provider_profiler.profiling.readers.reader import Partition, TooMuchData, UnreadableFile
from tests.unit.profiling.readers.test_delimited import Written, plan, rows_of


def test_a_first_line_too_long_for_names_is_refused(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_LARGEST_SAMPLE", SAMPLE)
    source = written(b"a" * (2 * SAMPLE))
    with pytest.raises(UnreadableFile, match="first line is longer"):
        plan(source)
    assert len(rows_of(source, plan(source, header=False))) == 1


def test_records_too_long_for_arrow_are_refused_before_they_are_read(written: Written) -> None:
    source = written(b"a,b\n1,2\n")
    with pytest.raises(UnreadableFile, match="longer together than 2 GiB"):
        next(DelimitedReader().read(source, plan(source), Partition(0, 0, 1 << 40)))


def test_a_table_too_wide_for_the_memory_is_not_planned(written: Written) -> None:
    with pytest.raises(TooMuchData, match="100001 columns"):
        plan(written(b"," * 100_000 + b"\n" + b"," * 100_000 + b"\n"))


@pytest.fixture
def nothing_split(monkeypatch: pytest.MonkeyPatch) -> None:
    """No layout can be elected, and a thousand columns are too many."""
    monkeypatch.setattr(dialect, "elected", None)
    for module in (delimited, reader):
        monkeypatch.setattr(module, "MOST_COLUMNS", 1000)


@pytest.mark.usefixtures("nothing_split")
@pytest.mark.parametrize(
    "line", [b"," * 70_000, b'"a",' * 70_000 + b'"b"', b"10;" * 70_000], ids=["commas", "quoted", "semicolons"]
)
@pytest.mark.parametrize("lines", [1, 4])
def test_what_is_too_wide_is_refused_before_anything_is_split(written: Written, line: bytes, lines: int) -> None:
    with pytest.raises(TooMuchData, match=r"has 70001 columns; tables of more than 1000 are not profiled"):
        plan(written((line + b"\n") * lines))


@pytest.mark.usefixtures("nothing_split")
def test_a_record_longer_than_any_sample_is_refused_by_its_beginning(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "_LARGEST_SAMPLE", SAMPLE)
    with pytest.raises(TooMuchData, match="has 65537 columns"):
        plan(written(b"," * 100_000 + b"\n"))


def test_a_narrow_table_of_long_lists_is_not_too_wide(written: Written) -> None:
    lists = ",".join("1" for _ in range(110_000))
    table = plan(written("".join(f"name {number}\t{lists}\n" for number in range(4)).encode()))
    assert (len(table.columns), table.reading.dialect.delimiter) == (2, "\t")


@pytest.mark.parametrize("before", [b"", b"a,b\n1,2\n" * (SAMPLE // 4)], ids=["in the sample", "behind it"])
def test_quotes_without_an_end_are_no_delimited_text(
    written: Written, monkeypatch: pytest.MonkeyPatch, before: bytes
) -> None:
    monkeypatch.setattr(text_scan, "_LONGEST_RUN", 1024)
    with pytest.raises(UnreadableFile, match="quotes follow each other for more than 1024 bytes; that is no delimited"):
        plan(written(before + b'"' * 8000))
