"""Partitions end with whole records, whatever stands in quotes, and whatever the blocks of the scan are."""

import csv
import io

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.profile import Dialect
from airflow_provider_profiler.profiling.readers.dialect import split_records
from airflow_provider_profiler.profiling.readers.record_cuts import Cuts, EndlessRun, cut_records

LF = Dialect(delimiter=",", quote='"')


def cut(
    text: str, partition_bytes: int, block: int, dialect: Dialect = LF, encoding: str = "utf-8", unit_type: str = "u1"
) -> Cuts:
    data = text.encode(encoding)
    content = iter([data[start : start + block] for start in range(0, len(data), block)])
    return cut_records(content, start=0, unit_type=unit_type, dialect=dialect, partition_bytes=partition_bytes)


def pieces(text: str, cuts: Cuts, encoding: str = "utf-8") -> list[str]:
    data = text.encode(encoding)
    return [data[start:stop].decode(encoding) for start, stop in cuts.partitions]


def cells(text: str) -> list[tuple[str, ...]]:
    return [record.cells for record in split_records(text, ",", '"') if not record.is_blank]


ANY_TEXT = st.text(alphabet=st.sampled_from('aé,"\n\r'), max_size=60)


@given(ANY_TEXT, st.integers(1, 20), st.integers(1, 9))
def test_pieces_hold_the_records_of_the_whole(text: str, partition_bytes: int, block: int) -> None:
    cuts = cut(text, partition_bytes, block)
    parts = pieces(text, cuts)
    assert "".join(parts) == text
    assert [row for part in parts for row in cells(part)] == cells(text)
    assert all(len(part.encode()) >= partition_bytes for part in parts[:-1])


@example('aaaé","""a', 1, 1, 6)
@example('"a""b""', 1, 3, 9)
@given(ANY_TEXT, st.integers(1, 20), st.integers(1, 9), st.integers(1, 9))
def test_blocks_do_not_matter(text: str, partition_bytes: int, block: int, other: int) -> None:
    assert cut(text, partition_bytes, block) == cut(text, partition_bytes, other)


@given(ANY_TEXT, st.integers(2, 40), st.integers(1, 9))
def test_wide_code_units(text: str, partition_bytes: int, block: int) -> None:
    for encoding, unit_type in (("utf-16-le", "<u2"), ("utf-16-be", ">u2"), ("utf-32-le", "<u4")):
        parts = pieces(text, cut(text, partition_bytes, block, encoding=encoding, unit_type=unit_type), encoding)
        assert [row for part in parts for row in cells(part)] == cells(text)


def test_quotes_inside_plain_cells_do_not_count() -> None:
    text = '1,5" pipe\n2,"a\nb"\n3,6" pipe\n4,"c\nd"\n' * 50
    parts = pieces(text, cut(text, 1, 7))
    assert len(parts) == 200
    assert all(len(cells(part)) == 1 for part in parts)


def test_an_unclosed_quote_is_reported_where_it_opens() -> None:
    text = 'a,b\n1,2\n3,"x\n4,5\n'
    cuts = cut(text, 1, 3)
    assert cuts.unclosed_quote == text.index('"')
    assert len(cuts.partitions) == 3
    assert cut('a,"b"\n', 1, 3).unclosed_quote is None


def test_escaped_quotes_and_line_ends() -> None:
    dialect = Dialect(delimiter=",", quote='"', escape="\\")
    text = '"a \\" b\n c",1\n"\\\\",2\nx\\\ny,3\n'
    for block in range(1, 12):
        assert pieces(text, cut(text, 1, block, dialect)) == ['"a \\" b\n c",1\n', '"\\\\",2\n', "x\\\ny,3\n"]


def test_old_macintosh_line_ends() -> None:
    dialect = Dialect(delimiter=",", quote='"', line_ending="cr")
    text = 'a,"x\ry"\r1,2\r'
    assert pieces(text, cut(text, 1, 2, dialect)) == ['a,"x\ry"\r', "1,2\r"]


def test_without_quotes_a_mark_is_a_character() -> None:
    text = '"a\nb\n"c\n'
    assert len(cut(text, 1, 2, Dialect(delimiter=",", quote=None)).partitions) == 3


def test_a_file_of_one_partition_is_not_cut() -> None:
    text = "a,b\n" * 1000
    assert cut(text, 1 << 20, 100).partitions == ((0, len(text)),)
    assert cut("", 1, 1).partitions == ()


def test_many_quotes_are_scanned_without_walking_them() -> None:
    rows = io.StringIO()
    rng = np.random.default_rng(7)
    csv.writer(rows, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [[f'x"{value}"\n{value}', value] for value in rng.integers(0, 99, 5000).tolist()]
    )
    parts = pieces(rows.getvalue(), cut(rows.getvalue(), 1000, 777))
    assert sum(len(cells(part)) for part in parts) == 5000


def test_a_run_of_quotes_across_blocks_is_kept_whole() -> None:
    text = "a,b\n" + '"' * 4000 + ",x\n"
    for block in (64, 65, 1000):
        assert pieces(text, cut(text, 1, block)) == ["a,b\n", '"' * 4000 + ",x\n"]


def test_a_run_of_quotes_without_an_end_is_given_up() -> None:
    with pytest.raises(EndlessRun):
        cut('a,b\n"' + '"' * 10_000_000, 1 << 16, 1 << 20)
