"""Records and damage are found alike whatever the blocks of a scan are, and sound records are left alone."""

import csv
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.readers import mending, text_scan
from airflow_provider_profiler.profiling.readers.record_scan import MeaninglessQuotes, RecordScanner, Stretch
from airflow_provider_profiler.profiling.readers.row_form import RowForm
from airflow_provider_profiler.profiling.readers.splitting import split_records
from airflow_provider_profiler.profiling.readers.text_scan import EndlessRun


def form(width: int, **parts: bytes) -> RowForm:
    marks = {"delimiter": b",", "quote": b'"', "escape": b"", "line_end": b"\n"} | parts
    return RowForm(width=width, **marks)


def stretches(text: str, rows: RowForm, block: int = 1 << 20) -> list[Stretch]:
    data = text.encode()
    return list(RecordScanner(rows).stretches(data[start : start + block] for start in range(0, len(data), block)))


def record_ends(text: str, rows: RowForm, block: int = 1 << 20) -> list[int]:
    ends = []
    for stretch in stretches(text, rows, block):
        place = stretch.start + 1
        while (end := stretch.record_end(place, rows)) is not None:
            ends.append(end)
            place = end + 1
    return ends


def damage(text: str, rows: RowForm, block: int = 1 << 20) -> list[tuple[int, int]]:
    return [span for stretch in stretches(text, rows, block) for span in stretch.damaged]


ANY_TEXT = st.text(alphabet=st.sampled_from('aé1,"\n\r#'), max_size=80)


@pytest.fixture
def short_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Distances so short that small texts are longer."""
    monkeypatch.setattr(mending, "VIEW", 12)
    monkeypatch.setattr(text_scan, "VIEW", 12)
    monkeypatch.setattr(text_scan, "FAR", 30)


@given(ANY_TEXT, st.integers(1, 4), st.integers(1, 9), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
def test_blocks_do_not_matter(short_sight: None, text: str, width: int, block: int, comments: bool) -> None:
    rows = form(width, comment=b"#") if comments else form(width)

    def found(size: int) -> tuple[object, ...]:
        parts = stretches(text, rows, size)
        assert "".join(
            part.text[part.start - part.offset : part.stop - part.offset].decode("utf-8", "replace") for part in parts
        ).encode("utf-8", "replace").count(b"\n") == text.count("\n")
        assert [part.start for part in parts[1:]] == [part.stop for part in parts[:-1]]
        return (
            damage(text, rows, size),
            [span for part in parts for span in part.comments],
            record_ends(text, rows, size),
        )

    assert found(block) == found(1 << 20)


CELL = st.text(alphabet=st.sampled_from('ab,"\n é'), max_size=8)


@example([["a\n\nb,c\n", '"'], ['x"y', ",\n,"]])
@given(st.integers(2, 5).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1)))
@settings(deadline=None)
def test_sound_records_are_left_alone(table: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(table)
    rows = form(len(table[0]))
    assert damage(text.getvalue(), rows, 7) == []
    assert record_ends(text.getvalue(), rows, 7) == [
        len(text.getvalue()[: record.stop].encode()) for record in split_records(text.getvalue(), ",", '"')
    ]


def test_quotes_inside_plain_cells_do_not_count() -> None:
    text = '1,5" pipe\n2,"a\nb"\n3,6"\n4,"c\nd"\n' * 50
    assert len(record_ends(text, form(2), 7)) == 200
    assert damage(text, form(2), 7) == []


def test_a_stray_quote_ends_with_its_line() -> None:
    text = "a,b\n" + "1,2\n" * 10 + '3,"x\n' + "4,5\n" * 10
    assert damage(text, form(2), 3) == [(44, 49)]
    assert len(record_ends(text, form(2), 3)) == 22


def test_escaped_quotes_and_line_ends() -> None:
    text = '"a \\" b\n c",1\n"\\\\",2\nx\\\ny,3\n'
    for block in range(1, 12):
        assert record_ends(text, form(2, escape=b"\\"), block) == [14, 21, len(text)]


def test_old_macintosh_line_ends() -> None:
    assert record_ends('a,"x\ry"\r1,2\r', form(2, line_end=b"\r"), 2) == [8, 12]


def test_without_quotes_a_mark_is_a_character() -> None:
    assert record_ends('"a\nb\n"c\n', form(1, quote=b""), 2) == [3, 5, 8]


def test_many_quotes_are_scanned_without_walking_them() -> None:
    rows = io.StringIO()
    rng = np.random.default_rng(7)
    csv.writer(rows, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [[f'x"{value}"\n{value}', value] for value in rng.integers(0, 99, 5000).tolist()]
    )
    assert len(record_ends(rows.getvalue(), form(2), 777)) == 5000


def test_a_run_of_quotes_across_blocks_is_kept_whole() -> None:
    text = "a,b\n" + '"' * 4000 + ",x\n"
    for block in (64, 65, 1000):
        assert record_ends(text, form(2), block) == [4, len(text)]


def test_a_run_of_quotes_without_an_end_is_given_up() -> None:
    with pytest.raises(EndlessRun):
        stretches('a,b\n"' + '"' * 10_000_000, form(2), 1 << 20)


def test_quotes_that_stand_anywhere_are_no_quotes() -> None:
    with pytest.raises(MeaninglessQuotes):
        stretches('"12 inch,1\n' * 3000, form(2), 1 << 12)
    assert len(damage('"12 inch,1\n' * 900, form(2), 1 << 12)) == 900


def test_a_long_cell_over_many_blocks_stays_whole() -> None:
    lines = "".join(f"line {index}, with a comma\n\n" for index in range(20_000))
    text = f'1,"{lines}",x\n2,y,z\n'
    assert record_ends(text, form(3), 4096) == [len(text) - 6, len(text)]
    assert damage(text, form(3), 4096) == []
