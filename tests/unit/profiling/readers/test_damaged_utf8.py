"""A few bytes that are not UTF-8 cost themselves alone: their rows stay, and no other one is read otherwise."""

import codecs
import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.api import profile
from airflow_provider_profiler.profiling.readers.compressed import CompressedReader
from airflow_provider_profiler.profiling.readers.damaged_utf8 import GROWTH, repaired
from airflow_provider_profiler.profiling.readers.delimited import DelimitedReader
from airflow_provider_profiler.profiling.readers.json_document import JsonReader
from airflow_provider_profiler.profiling.readers.json_lines import JsonLinesReader
from airflow_provider_profiler.profiling.readers.reader import Reader, Table, UnreadableFile
from airflow_provider_profiler.profiling.source import FileSource

Rows = list[tuple[str | None, ...]]
Written = Callable[..., FileSource]


def read(
    source: FileSource, partition_bytes: int = 1 << 20, reader: Reader | None = None, **options: object
) -> tuple[Table, Rows]:
    # Partitions below what users may ask for, so that small files have many.
    execution = ExecutionOptions.model_construct(partition_bytes=partition_bytes)
    reader = reader or DelimitedReader()
    table = reader.tables(source, ReadingOptions.model_validate(options), execution)[0]
    batches = [batch for part in table.partitions for batch in reader.read(source, table, part)]
    assert sum(batch.bytes_read for batch in batches) == sum(part.stop - part.start for part in table.partitions)
    return table, [tuple(row.values()) for batch in batches for row in batch.rows.to_pylist()]


def lines(count: int) -> list[bytes]:
    return [f'{number},"Σταθμός {number}, Σύρος",naïve'.encode() for number in range(count)]


HEADER = "id,όνομα,λέξη\n".encode()


def expected(made: list[bytes]) -> Rows:
    return [
        (number, f"{name}, {place}".strip('"'), word)
        for number, name, place, word in (line.decode("utf-8", "replace").split(",") for line in made)
        for name, place in ((name, place.strip()),)
    ]


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_bad_bytes_anywhere(written: Written, mark: bytes) -> None:
    made = lines(9000)
    hit = [3, 2500, 2501, 4000, 8999]
    for number in hit:
        made[number] = made[number].replace(b"\xcf\x8d", b"\x8d")  # a character without its first byte, within quotes
    source = written(mark + HEADER + b"\n".join(made) + b"\n")
    table, rows = read(source)
    assert rows == expected(made)
    assert len(table.partitions) == 1
    assert rows[2500][1] == "Σταθμός 2500, Σ\ufffdρος"
    assert (table.reading.encoding, table.reading.byte_order_mark) == ("utf-8", bool(mark))
    assert (table.reading.undecodable_bytes, table.undecodable.lines, table.reading.mended_rows) == (5, 5, 0)
    examples = [(example.row, example.value) for example in table.undecodable.examples]
    assert examples == [(number + 2, made[number].decode("utf-8", "replace")) for number in hit]


def test_bad_bytes_at_every_cut(written: Written) -> None:
    made = lines(40)
    for number in (0, 7, 8, 39):
        made[number] = b"\xff" + made[number][1:-1] + b"\xe2\x82"  # at both ends of lines, and half a character
    source = written(HEADER + b"\n".join(made))
    whole = read(source)
    assert whole[0].reading.undecodable_bytes == 12
    assert whole[1][7] == ("\ufffd", "Σταθμός 7, Σύρος", "naïv\ufffd\ufffd")
    for partition_bytes in range(1, 400, 7):
        table, rows = read(source, partition_bytes)
        assert rows == whole[1]
        assert (table.reading, table.undecodable) == (whole[0].reading, whole[0].undecodable)


def test_damage_of_bytes_and_of_quotes(written: Written) -> None:
    made = lines(60)
    made[20] = b'20,"\xce\x91\xff"x",b'
    made[21] = b"21,lost\xff"
    made[22] = b"22,\xff,b,too many"
    source = written(HEADER + b"\n".join(made) + b"\n")
    table, rows = read(source)
    assert table.reading.undecodable_bytes == 3
    assert [row for row in rows if row[0] in ("20", "21", "22")] == [("20", 'Α\ufffd"x', "b")]
    assert len(rows) == 58
    assert all(read(source, partition_bytes)[1] == rows for partition_bytes in (50, 333))


def test_a_bad_byte_in_the_header_and_before_it(written: Written) -> None:
    made = lines(30)
    source = written(
        "Πηγή: ΕΛΣΤΑΤ\xff\n\nid,όν\xffομα,λέξη\n".encode().replace(b"\xc3\xbf", b"\xff") + b"\n".join(made)
    )
    for partition_bytes in (1, 1 << 20):
        table, rows = read(source, partition_bytes)
        assert [column.original_name for column in table.columns] == ["id", "όν\ufffdομα", "λέξη"]
        assert rows == expected(made)
    assert [example.row for example in table.undecodable.examples] == [1, 3]


def test_a_file_that_was_cut_short(written: Written) -> None:
    source = written(HEADER + b"\n".join(lines(20))[:-3])
    table, rows = read(source)
    assert table.reading.undecodable_bytes == 1
    assert rows[-1] == ("19", "Σταθμός 19, Σύρος", "na\ufffd")


def test_a_compressed_file(tmp_path: Path, written: Written) -> None:
    made = lines(3000)
    made[2900] = made[2900].replace("Σ".encode(), b"\xce")
    source = written(gzip.compress(HEADER + b"\n".join(made) + b"\n"), "table.csv.gz")
    table, rows = read(source, 10_000, CompressedReader())
    assert rows == expected(made)
    assert [example.row for example in table.undecodable.examples] == [2902]


@pytest.mark.parametrize(
    "text",
    [
        "a,b\ncafé,1\n",  # one letter of a file that is ASCII otherwise
        "a,b\nRené,1\n" + "plain,2\n" * 100_000,  # far less than one in 10,000 bytes
        "a,b\n" + "".join(f"André {number},1\n" for number in range(8)),
    ],
)
def test_letters_of_another_encoding_are_no_damage(written: Written, text: str) -> None:
    table, rows = read(written(text.encode("cp1252")))
    assert (table.reading.encoding, table.reading.undecodable_bytes) == ("cp1252", 0)
    assert rows[0] == tuple(text.splitlines()[1].split(","))


def test_too_much_of_it_is_no_damage(written: Written) -> None:
    made = [*lines(20), *(b'%d,"N\xeemes",\xe9t\xe9' % number for number in range(20))]
    assert read(written(HEADER + b"\n".join(made)))[0].reading.undecodable_bytes == 0


def test_what_no_encoding_explains_is_damage(written: Written) -> None:
    table, rows = read(written(b"a,b\nna\x98me,1\nplain,2\n"))
    assert (table.reading.encoding, table.reading.undecodable_bytes) == ("utf-8", 1)
    assert rows == [("na\ufffdme", "1"), ("plain", "2")]


def test_an_encoding_that_is_told_may_be_damaged_too(written: Written) -> None:
    damaged = written("a,b\nΣύρος,1\nΝάξος,2\n".encode() + b"\xce,3\n")
    assert read(damaged, encoding="UTF-8")[1][2] == ("\ufffd", "3")
    with pytest.raises(UnreadableFile, match="not utf-8"):
        read(written("a,b\nΣύρος,1\n".encode("cp1253"), "other.csv"), encoding="UTF-8")


@pytest.mark.parametrize(("reader", "form"), [(JsonLinesReader(), "{}\n"), (JsonReader(), "[{}]")])
def test_json(written: Written, reader: Reader, form: str) -> None:
    made = [f'{{"a": {number}, "b": "Σύρος {number}"}}'.encode() for number in range(50)]
    made[30] = made[30].replace("Σ".encode(), b"\xce")
    made[31] = made[31].replace("Σ".encode(), b"")
    joint = b"\n" if form.endswith("\n") else b",\n"
    before, behind = form.encode().split(b"{}")
    source = written(before + joint.join(made) + behind, "table.json")
    for partition_bytes in (1, 100, 1 << 20):
        table, rows = read(source, partition_bytes, reader)
        assert rows[30:33] == [("30", "\ufffdύρος 30"), ("31", "ύρος 31"), ("32", "Σύρος 32")]
        assert len(rows) == 50
        assert [example.row for example in table.undecodable.examples] == [31]
    with pytest.raises(UnreadableFile, match="is not utf-8, the encoding of JSON"):
        read(written(before + '{"a": "Ελλάδα και Σύρος"}'.encode("cp1253") + behind, "other.json"), reader=reader)


def test_the_profile_tells_of_it(tmp_path: Path) -> None:
    made = lines(200)
    for number in (50, 60):
        made[number] = made[number].replace("Σύ".encode(), b"\xff\xfe")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "table.csv").write_bytes(HEADER + b"\n".join(made) + b"\n")
    found = profile(folder).model
    (file,) = (item for item in found.distributions if item.path == "table.csv")
    assert file.reading is not None
    assert (file.reading.encoding, file.reading.undecodable_bytes) == ("utf-8", 4)
    (error,) = (error for error in found.record_sets[0].quality if "UTF-8" in error.description)
    assert (error.error_type.value, error.affected_rows) == ("format_inconsistency", 2)
    assert [example.row for example in error.examples] == [52, 62]
    assert "4 bytes in 2 lines" in error.description
    assert any("4 bytes in 2 lines" in warning.message for warning in found.warnings)


@settings(max_examples=200)
@given(st.lists(st.one_of(st.binary(max_size=4), st.text(max_size=4).map(str.encode)), max_size=20), st.data())
def test_repairing_in_pieces_is_repairing_the_whole(parts: list[bytes], data: st.DataObject) -> None:
    text = b"".join(parts)
    whole = repaired(text)
    assert whole.text.decode() == "".join(
        character if character != "\udcff" else "\ufffd" for character in _escaped(text)
    )
    assert len(whole.text) == len(text) + GROWTH * len(whole.places)
    assert all(whole.text[place:].startswith("\ufffd".encode()) for place in whole.places)
    cut = data.draw(st.integers(0, len(text)))
    first = repaired(text[:cut], final=False)
    second = repaired(first.torn + text[cut:])
    assert first.text + second.text == whole.text
    assert (*first.places, *(len(first.text) + place for place in second.places)) == whole.places


def _escaped(text: bytes) -> str:
    """Decoded by Python, with one mark for each byte that it cannot decode."""
    decoded = text.decode("utf-8", "surrogateescape")
    return "".join("\udcff" if "\udc80" <= character <= "\udcff" else character for character in decoded)


def test_much_damage_of_a_long_text() -> None:
    rng = random.Random(1)
    data = bytearray("Σύρος,".encode() * 100_000)
    hit = sorted(rng.sample(range(len(data)), 3000))
    for place in hit:
        data[place] = 0xFF
    found = repaired(bytes(data))
    assert found.text.decode() == _escaped(bytes(data)).replace("\udcff", "\ufffd")
