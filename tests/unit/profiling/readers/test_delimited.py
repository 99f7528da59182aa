"""Delimited files arrive cell for cell, whatever their encoding, dialect and partitions; or with a reason."""

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.readers import arrow_rows
from airflow_provider_profiler.profiling.readers.delimited import SAMPLE, DelimitedReader
from airflow_provider_profiler.profiling.readers.reader import (
    ChangedWhileRead,
    Rejected,
    Table,
    UnreadableFile,
)
from airflow_provider_profiler.profiling.source import FileSource

Written = Callable[..., FileSource]


def plan(source: FileSource, partition_bytes: int = 1 << 24, **reading: object) -> Table:
    # Partitions below what users may ask for, so that small files have many.
    execution = ExecutionOptions.model_construct(partition_bytes=partition_bytes)
    (table,) = DelimitedReader().tables(source, ReadingOptions(**reading), execution)
    return table


def rows_of(source: FileSource, table: Table) -> list[tuple[str | None, ...]]:
    return [
        tuple(row.values())
        for partition in table.partitions
        for batch in DelimitedReader().read(source, table, partition)
        for row in batch.rows.to_pylist()
    ]


def read(source: FileSource, partition_bytes: int = 1 << 24, **reading: object) -> list[tuple[str | None, ...]]:
    return rows_of(source, plan(source, partition_bytes, **reading))


def rejected(source: FileSource, table: Table) -> list[Rejected]:
    reader = DelimitedReader()
    return [batch.rejected for part in table.partitions for batch in reader.read(source, table, part)]


CELL = st.text(alphabet=st.sampled_from("ab1é√🚇,;|\t\"\n\r\\ '"), max_size=8)
ROWS = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=12)
)


@given(ROWS, st.sampled_from([",", ";", "\t", "|"]), st.integers(1, 40), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_written_table_reads_back_cell_for_cell(
    written: Written, rows: list[list[str]], delimiter: str, partition_bytes: int, quoted: bool
) -> None:
    text = io.StringIO()
    names = [f"name {index}" for index in range(len(rows[0]))]
    # Python quotes a line end in a cell for certain only if it is of its own line terminator.
    style = {"quoting": csv.QUOTE_ALL, "lineterminator": "\n"} if quoted else {"lineterminator": "\r\n"}
    csv.writer(text, delimiter=delimiter, **style).writerows([names, *rows])
    source = written(text.getvalue().encode())
    table = plan(source, partition_bytes, delimiter=delimiter, header=True)
    if table.reading.dialect and table.reading.dialect.escape:
        return  # text that cannot be told from one with backslash escapes
    assert [column.name for column in table.columns] == names
    assert rows_of(source, table) == [tuple(cell or None for cell in row) for row in rows]


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-32-le", b"\xff\xfe\0\0", "utf-32-le"),
    ],
)
def test_encodings_that_say_what_they_are(written: Written, encoding: str, mark: bytes, name: str) -> None:
    source = written(mark + 'Σταθμός,β\n"Σύντ\nαγμα",7\nΟμόνοια,8\n'.encode(encoding))
    for partition_bytes in (1, 1 << 20):
        table = plan(source, partition_bytes)
        assert table.columns[0].name == "Σταθμός"
        assert (table.reading.encoding, table.reading.byte_order_mark) == (name, bool(mark))
        assert rows_of(source, table) == [("Σύντ\nαγμα", "7"), ("Ομόνοια", "8")]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "año,descripción\n1,gestión pública\n2,acción “social” – niños\n3,administración\n"),
        ("cp1253", "Σταθμός,Επιβάτες\nΣύνταγμα,192\nΟμόνοια,7\nΜοναστηράκι,12\n"),
        ("cp1251", "город,население\nМосква,12\nСанкт-Петербург,5\nНовосибирск,1\n"),
        ("cp1250", "město,číslo\nPříbram,1\nŽďár nad Sázavou,2\nTřebíč,3\nÚstí,4\n"),
        ("cp932", "都市,人口\n東京,12\n大阪,5\n名古屋,2\n"),
        ("utf-16-le", "station,count\nABC,1\nDEF,2\n"),
    ],
)
def test_encodings_that_have_to_be_guessed(written: Written, encoding: str, text: str) -> None:
    source = written(text.encode(encoding))
    rows = [tuple(line.split(",")) for line in text.splitlines()]
    assert read(source, 1) == rows[1:]
    assert tuple(column.name for column in plan(source).columns) == rows[0]


def test_a_byte_that_is_not_utf_8_far_behind_the_sample(written: Written) -> None:
    lines = b"id,name\n" + b"1,plain\n" * (3 * SAMPLE // 8) + "2,España mañana año\n3,niño corazón\n".encode("cp1252")
    source = written(lines)
    assert plan(source).reading.encoding == "cp1252"
    assert read(source)[-2:] == [("2", "España mañana año"), ("3", "niño corazón")]


def test_every_byte_is_some_character_at_last(written: Written) -> None:
    content = b"a,b\n" + bytes(range(0x80, 0x100)).replace(b",", b"") + b",1\n"
    source = written(content)
    assert plan(source).reading.encoding not in (None, "utf-8")
    assert read(source)[0][1] == "1"


def test_an_encoding_that_is_told(written: Written) -> None:
    source = written("a,b\né,1\n".encode("cp1252"))
    assert read(source, encoding="latin-1") == [("é", "1")]
    with pytest.raises(UnreadableFile, match=r"byte at offset 4 is not utf-8; correct the option"):
        plan(source, encoding="utf-8")
    marked = written("\ufeffa,b\né,1\n".encode("utf-16-le"))
    assert read(marked, encoding="utf-16") == [("é", "1")]
    assert read(marked, encoding="utf-16-le") == [("é", "1")]


def test_utf_8_is_checked_over_the_whole_file_and_over_blocks(written: Written) -> None:
    text = "a,b\n" + "χ" * (5 << 20) + ",1\n"
    source = written(text.encode())
    assert plan(source).reading.encoding == "utf-8"
    torn = written(text.encode()[: (4 << 20) + 1] + b"\n", "torn.csv")
    assert plan(torn).reading.undecodable_bytes == 1


def test_options_win_over_what_is_found(written: Written) -> None:
    source = written(b"a,b;c\n1,2;3\n")
    assert read(source, delimiter=";", header=False) == [("a,b", "c"), ("1,2", "3")]
    table = plan(source, delimiter=",", header=False)
    assert [(column.name, column.original_name) for column in table.columns] == [("column_1", ""), ("column_2", "")]


def test_names_are_unique_and_the_originals_are_kept(written: Written) -> None:
    table = plan(written(b"id, id ,,name_2,name,name\n1,2,3,4,x,y\n"))
    assert [column.name for column in table.columns] == ["id", "id_2", "column_3", "name_2", "name", "name_3"]
    assert [column.original_name for column in table.columns] == ["id", " id ", "", "name_2", "name", "name"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_nothing_in_the_file(written: Written, content: bytes) -> None:
    table = plan(written(content))
    assert (table.columns, table.partitions) == ((), ())


def test_a_header_alone(written: Written) -> None:
    for content in (b"a,b", b"a,b\n", b"a,b\n\n\n"):
        source = written(content)
        assert len(plan(source).columns) == 2
        assert read(source) == []


def test_leading_zeros_and_empty_cells(written: Written) -> None:
    assert read(written(b'id,n,m\n001,,""\n')) == [("001", None, None)]


def test_ragged_rows_are_counted_with_their_lines(written: Written) -> None:
    source = written(b'a,b\n1,2\n"x\ny",2\n3\n4,5\n6,7,8\n9,0\n')
    table = plan(source)
    assert rejected(source, table) == [Rejected(2, ((5, "3"), (7, "6,7,8")))]
    assert read(source) == [("1", "2"), ("x\ny", "2"), ("4", "5"), ("9", "0")]


def test_very_long_cells(written: Written) -> None:
    long = "χ" * (3 * SAMPLE)
    source = written(f'a,b\n"{long}\n",1\n2,3\n'.encode())
    assert read(source, 1) == [(long + "\n", "1"), ("2", "3")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a,b\n1,\x002\n", "NUL byte at offset 6"),
        (b"PAR1" + b"x" * 100, "is Parquet data"),
        (b"%PDF-1.7\n1 0 obj\n", "is PDF data"),
        (b"PK\x03\x04" + bytes(50), "is ZIP data"),
        (random.Random(7).randbytes(5000).replace(b"\0", b"\1"), "binary data"),
    ],
)
def test_what_is_no_delimited_text(written: Written, content: bytes, why: str) -> None:
    with pytest.raises(UnreadableFile, match=why) as failure:
        plan(written(content, "table.csv"))
    assert str(failure.value).startswith("table.csv: ")


def test_a_quote_that_is_never_closed_costs_its_row_at_most(written: Written) -> None:
    source = written(b'a,b\n"1","2"\n"3,4\n5,6\n')
    assert read(source) == [("1", "2"), ('"3', "4"), ("5", "6")]
    assert "quotes stand where no cell can begin or end in 1 row" in plan(source).notes[0]
    broken = written(b'a,b,c\n"1","2",3\n"3","4\n5,6,7\n', "broken.csv")
    assert read(broken) == [("1", "2", "3"), ("5", "6", "7")]
    assert rejected(broken, plan(broken)) == [Rejected(1, ((3, '"3","4'),))]


def test_a_lone_quote_at_the_start_of_a_value_is_part_of_it(written: Written) -> None:
    source = written(b'size\tn\n"12 inch\t1\n14 inch\t2\n')
    assert read(source) == [('"12 inch', "1"), ("14 inch", "2")]


def test_a_file_that_was_cut_short_after_the_plan(written: Written, tmp_path: Path) -> None:
    source = written(b"a,b\n1,2\n3,4\n")
    table = plan(source)
    (tmp_path / "table.csv").write_bytes(b"a,b\n")
    with pytest.raises(ChangedWhileRead):
        rows_of(source, table)


def test_the_plan_depends_on_content_and_partition_bytes_alone(written: Written, tmp_path: Path) -> None:
    content = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(5000))
    table = plan(written(content), 1000)
    (tmp_path / "again").mkdir()
    assert table == plan(written(content, "again/table.csv"), 1000)
    assert len(table.partitions) > 30
    assert [part.index for part in table.partitions] == list(range(len(table.partitions)))
    assert table.partitions[-1].stop == len(content)


def test_the_acid_test(shared_data: Path, source_of: Callable[[Path], FileSource]) -> None:
    files = sorted((shared_data / "hard_csv/csv_spectrum/csvs").glob("*.csv"))
    assert len(files) == 11
    for file in files:
        text = (file.parents[1] / "json" / f"{file.stem}.json").read_text(encoding="utf-8")
        # The files stand here with plain line feeds, those of "crlf" too: their twins still tell of the others.
        twin = json.loads(text.replace("\\r\\n", "\\n"))
        for partition_bytes in (1, 10, 1 << 20):
            source = source_of(file)
            names = [column.name for column in plan(source).columns]
            rows = [
                dict(zip(names, (cell or "" for cell in row), strict=True)) for row in read(source, partition_bytes)
            ]
            assert rows == twin, file.name


def test_what_people_really_publish_has_a_profile_or_a_reason(
    shared_data: Path, source_of: Callable[[Path], FileSource]
) -> None:
    found = {}
    for file in sorted((shared_data / "hard_csv/horror").iterdir()):
        source = source_of(file)
        try:
            found[file.name] = len(read(source))
        except UnreadableFile as error:
            assert str(error).startswith(file.name)
    assert found["utf-16le_encoded.csv"] == 327
    assert found["mixedGLB.csv"] == 133
    assert found["simple.psv"] == 28
    assert found["simple.ssv"] == found["simple.csv"] == 6
    assert found["long.csv"] == 4000
    assert found["small.csv"] == found["simple.unknown"] == 0
    assert plan(source_of(shared_data / "hard_csv/horror/characters.csv")).columns[1].name == "景點編號"
    assert plan(source_of(shared_data / "hard_csv/horror/spanish_chars.csv")).columns[7].name == "Descripción"


def test_a_run_of_quotes_is_no_table(written: Written) -> None:
    with pytest.raises(UnreadableFile, match="follow each other"):
        plan(written(b'a,b\n1,2\n1,2\n"' + b'"' * 10_000_000))


def test_rejected_rows_are_counted_but_not_kept(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    located = []
    real = arrow_rows._places
    monkeypatch.setattr(arrow_rows, "_places", lambda text, rows: located.append(len(rows)) or real(text, rows))
    source = written(b"a,b\n" + b"1,2\n" * 30_000 + b"x\n" * 1000)
    (found,) = rejected(source, plan(source))
    assert found.count == 1000
    assert found.examples[0] == (30_002, "x")
    assert located == [5]


def test_an_encoding_with_other_line_ends_is_read_in_one_piece(written: Written) -> None:
    text = "name,text\n" + "".join(f"{n},\x8e\n" for n in range(500))
    source = written(text.encode("cp037"))
    table = plan(source, 64, encoding="cp037")
    assert len(table.partitions) == 1
    assert len(rows_of(source, table)) == 500


def test_comments_and_a_footer_are_skipped_counted_and_told(written: Written) -> None:
    rows = "".join(f"{number},x{number},{number * 2}\n" for number in range(40))
    text = (
        f'# from "the archive\nid,name,n\n{rows}# half, time\n7,"a\n# b",1\n\nTotal rows: 42\nSource: Ministry, 2019\n'
    )
    source = written(text.encode())
    for partition_bytes in (1, 50, 1 << 20):
        table = plan(source, partition_bytes)
        assert len(rows_of(source, table)) == 41
        assert rows_of(source, table)[-1] == ("7", "a\n# b", "1")
        assert (table.reading.comment_lines, table.reading.footer_lines, table.reading.skipped_lines) == (2, 2, 0)
        assert sum(found.count for found in rejected(source, table)) == 0
    assert table.notes == (
        "2 lines of comments, which begin with #, were skipped",
        "2 lines behind the last row were skipped",
    )


@pytest.mark.parametrize(
    "last",
    ["3,4", "x y", "Ann 7", "p,q,r,s", "Total,1,2", "12,", ",,"],
)
def test_a_damaged_last_row_is_no_footer(written: Written, last: str) -> None:
    source = written(f"a,b,c\n1,2,3\n4,5,6\n7,8,9\n{last}\n".encode())
    table = plan(source)
    expected = int(last in {"x y", "Ann 7"})
    assert table.reading.footer_lines == expected
    assert len(rows_of(source, table)) + sum(found.count for found in rejected(source, table)) == 4 - expected


def test_what_surrounds_the_table_can_be_told(written: Written) -> None:
    source = written(b"x,y\n%c\na,b\n1,2\n%d,e\n3,4\nlast,one\n\n")
    told = {"skip_lines": 2, "comment": "%", "footer_lines": 1}
    table = plan(source, **told)
    assert rows_of(source, table) == [("1", "2"), ("3", "4")]
    reading = table.reading
    assert (reading.skipped_lines, reading.comment_lines, reading.footer_lines) == (2, 1, 1)
    assert rows_of(source, plan(source, 1, **told)) == [("1", "2"), ("3", "4")]
    kept = plan(source, skip_lines=0, comment="", footer_lines=0, header=False)
    assert len(rows_of(source, kept)) + sum(found.count for found in rejected(source, kept)) == 7
    assert (kept.reading.skipped_lines, kept.reading.comment_lines, kept.reading.footer_lines) == (0, 0, 0)


def test_quotes_and_escapes_can_be_told(written: Written) -> None:
    source = written(b'a,b\n^x,y^,1\n"z",2\n')
    assert read(source, quote="^") == [("x,y", "1"), ('"z"', "2")]
    assert read(source, quote="", delimiter=",")[-1] == ('"z"', "2")
    escaped = written(b'a,b\n"x~"y",1\n', "escaped.csv")
    assert read(escaped, escape="~") == [('x"y', "1")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp1253", "iso8859_7", "utf-8"])
def test_damage_comments_and_cuts_in_any_encoding(written: Written, encoding: str) -> None:
    lines = [f"{number};Σταθμός Άγιος {number};{number % 7}" for number in range(300)]
    lines[100] = '100;"Σταθμός;2'
    lines[200] = '200;Στα"θμός;2;9'
    text = "# σχόλιο\nκωδικός;όνομα;γραμμή\n" + "\n".join(lines) + "\nΣύνολο: 300\n"
    source = written(text.encode(encoding))
    found = {}
    for partition_bytes in (100, 3000, 1 << 20):
        table = plan(source, partition_bytes)
        assert (table.reading.encoding or "").replace("-", "_") == encoding.replace("-", "_")
        assert (table.reading.comment_lines, table.reading.footer_lines) == (1, 1)
        found[partition_bytes] = rows_of(source, table)
        assert sum(part.count for part in rejected(source, table)) == 1
    assert found[100] == found[3000] == found[1 << 20]
    assert len(found[100]) == 299
    assert found[100][100] == ("100", '"Σταθμός', "2")


def test_line_numbers_of_rejected_rows_hold_among_mended_ones(written: Written) -> None:
    text = 'a,b,c\n# no\n1,2,3\n"x"y,2,3\n4,5\n"6,7\n8,9,0\n"p\nq",r\n'
    source = written(text.encode())
    table = plan(source, comment="#")
    assert rows_of(source, table) == [("1", "2", "3"), ('"x"y', "2", "3"), ("8", "9", "0")]
    (found,) = rejected(source, table)
    assert [(line, row.splitlines()[0]) for line, row in found.examples] == [(5, "4,5"), (6, '"6,7'), (8, '"p')]


def test_quotes_that_are_everywhere_are_characters(written: Written) -> None:
    source = written(b"size\tn\n" + b'"12 inch\t1\n' * 5000)
    table = plan(source)
    assert table.reading.dialect and table.reading.dialect.quote is None
    assert rows_of(source, table)[:1] == [('"12 inch', "1")]
    assert "read as characters" in table.notes[-1]


def test_spaces_before_quotes(written: Written) -> None:
    source = written(b'a, b, c\n1, "x, y", 2\n3, z, 4\n')
    assert read(source)[0] == ("1", "x, y", " 2")


def test_told_null_tokens_are_missing_in_every_column(written: Written) -> None:
    source = written(b'a,b\n-999,x\n"-999",-999\n -999,n/a\n1,-9990\n')
    table = plan(source, null_tokens=["-999", "n/a"])
    assert table.reading.null_tokens == ("-999", "n/a")
    assert rows_of(source, table) == [(None, "x"), (None, None), (" -999", None), ("1", "-9990")]
    assert read(source)[0] == ("-999", "x")


def test_titles_before_rows_that_are_longer_than_the_sample(written: Written) -> None:
    rows = [(str(number), "\n".join(["words and " * 2000] * 5), "x") for number in range(8)]
    text = "Report\nin thousands\nid|text|kind\n" + "".join(f'{a}|"{b}"|{c}\n' for a, b, c in rows)
    source = written(text.encode())
    assert [column.name for column in plan(source).columns] == ["id", "text", "kind"]
    assert read(source) == rows
