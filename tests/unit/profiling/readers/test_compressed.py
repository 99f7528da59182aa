"""What gzip and Zstandard streams hold arrives as if it were not compressed; bombs and torn streams are refused."""

import csv
import gzip
import io
import json
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.readers import decompression
from airflow_provider_profiler.profiling.readers.compressed import CompressedReader
from airflow_provider_profiler.profiling.readers.decompression import DecompressedFile
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    Table,
    TooMuchData,
    UnreadableFile,
    UnsupportedContent,
)
from airflow_provider_profiler.profiling.readers.registry import reader_named
from airflow_provider_profiler.profiling.source import FileSource

Written = Callable[..., FileSource]


def zstd(content: bytes) -> bytes:
    return bytes(pa.compress(content, "zstd", asbytes=True))


CODECS = {"gz": gzip.compress, "zst": zstd}


def plan(source: FileSource, partition_bytes: int = 1 << 24, reader: str = "compressed", **reading: object) -> Table:
    # Pieces below what users may ask for, so that small files have many.
    execution = ExecutionOptions.model_construct(partition_bytes=partition_bytes)
    (table,) = reader_named(reader).tables(source, ReadingOptions(**reading), execution)
    return table


def batches(source: FileSource, table: Table, reader: str = "compressed") -> list[Batch]:
    return [batch for part in table.partitions for batch in reader_named(reader).read(source, table, part)]


def cells(read: list[Batch]) -> list[tuple[str | None, ...]]:
    return [tuple(row.values()) for batch in read for row in batch.rows.to_pylist()]


CELL = st.text(alphabet=st.sampled_from('ab1é🚇,"\n '), max_size=6)
ROWS = st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=10)


@given(ROWS, st.integers(1, 40), st.sampled_from(sorted(CODECS)), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_compressed_rows_read_back_cell_for_cell(
    written: Written, rows: list[list[str]], partition_bytes: int, codec: str, as_json: bool
) -> None:
    if as_json:
        text = "".join(json.dumps(dict(zip("xy", row, strict=True))) + "\n" for row in rows)
    else:
        file = io.StringIO()
        csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["x", "y"], *rows])
        text = file.getvalue()
    # Two members or frames, torn anywhere.
    middle = len(text.encode()) // 2
    parts = text.encode()[:middle], text.encode()[middle:]
    content = b"".join(CODECS[codec](part) for part in parts)
    source = written(content, f"table.{'jsonl' if as_json else 'csv'}.{codec}")
    told = {} if as_json else {"delimiter": ",", "header": True}
    table = plan(source, partition_bytes, **told)
    read = batches(source, table)
    expected = rows if as_json else [[cell or None for cell in row] for row in rows]
    assert cells(read) == [tuple(row) for row in expected]
    assert table.name == "table"
    assert len(table.partitions) == 1
    assert sum(batch.bytes_read for batch in read) == len(content)


@pytest.mark.parametrize("codec", sorted(CODECS))
@pytest.mark.parametrize(
    ("extension", "reader"), [("csv", "delimited"), ("tsv", "delimited"), ("ndjson", "json_lines")]
)
def test_the_same_batches_as_without_compression(written: Written, codec: str, extension: str, reader: str) -> None:
    delimiter = {"csv": ",", "tsv": "\t"}.get(extension, "")
    lines = [f"{n}{delimiter}Σταθμός {n}" for n in range(3000)]
    if extension == "ndjson":
        lines = [json.dumps({"n": n, "s": f"Σταθμός {n}"}, ensure_ascii=False) for n in range(3000)]
    lines[1500] = "torn"
    content = "\n".join([*([f"n{delimiter}s"] if delimiter else []), *lines]).encode()
    plain = written(content, f"table.{extension}")
    packed = written(CODECS[codec](content), f"table.{extension}.{codec}")
    one, other = plan(plain, 5000, reader), plan(packed, 5000)
    assert other.columns == one.columns
    assert other.partitions[0].pieces == one.partitions
    assert len(one.partitions) > 5
    update = {"compression": None, "content_media_type": None}
    assert other.reading.model_copy(update=update) == one.reading
    assert other.reading.compression == {"gz": "gzip", "zst": "zstd"}[codec]
    first, second = batches(plain, one, reader), batches(packed, other)
    assert [batch.rows for batch in first] == [batch.rows for batch in second]
    assert [(batch.rejected, batch.lines) for batch in first] == [(batch.rejected, batch.lines) for batch in second]
    assert sum(batch.rejected.count for batch in second) == 1


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_the_encoding_of_the_content_is_found(written: Written, encoding: str) -> None:
    text = "año,descripción\n1,gestión pública\n2,niños\n"
    source = written(gzip.compress(text.encode(encoding)), "table.csv.gz")
    assert cells(batches(source, plan(source, 1)))[:2] == [("1", "gestión pública"), ("2", "niños")]


@pytest.mark.parametrize(
    ("name", "content", "reader"),
    [
        ("data.gz", b"a,b\n1,2\n3,4\n", "delimited"),
        ("data", b"a\tb\n1\t2\n3\t4\n", "delimited"),
        ("table.csv", b"a\n1\n", "delimited"),
        ("table.txt.gz", b"a;b\n1;2\n3;4\n", "delimited"),
    ],
)
def test_the_format_goes_by_the_inner_name_else_by_the_content(
    written: Written, name: str, content: bytes, reader: str
) -> None:
    assert plan(written(gzip.compress(content), name)).reading.reader == reader


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tar.gz", b"x"),
        ("a.tgz", b"x"),
        ("a.avro.gz", b"Obj\x01"),
        ("a.txt.gz", b"Some words.\n"),
        ("a.parquet.gz", b"PAR1"),
    ],
)
def test_other_contents_are_named(written: Written, name: str, content: bytes) -> None:
    with pytest.raises(UnsupportedContent, match=rf"^{name}: holds \w+/[\w.+-]+; .* have to be unpacked$"):
        plan(written(gzip.compress(content), name))


def test_an_empty_table(written: Written) -> None:
    for content in (b"", b"a,b\n"):
        source = written(gzip.compress(content), "table.csv.gz")
        assert batches(source, plan(source)) == []


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_torn_and_damaged_streams(written: Written, codec: str) -> None:
    content = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(50_000))
    packed = CODECS[codec](content)
    middle = len(packed) // 2
    damaged = packed[:middle] + bytes(byte ^ 0xFF for byte in packed[middle : middle + 8]) + packed[middle + 8 :]
    for broken in (packed[:-3], packed[: len(packed) // 2], damaged, packed + b"garbage", packed + packed[:20]):
        with pytest.raises(UnreadableFile, match=rf"^table\.csv\.{codec}: cannot be decompressed"):
            plan(written(broken, f"table.csv.{codec}"))
    with pytest.raises(UnreadableFile, match="neither gzip nor Zstandard"):
        plan(written(content, f"table.csv.{codec}"))


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_a_content_larger_than_allowed(written: Written, codec: str) -> None:
    content = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(50_000))
    source = written(CODECS[codec](content), f"table.csv.{codec}")
    assert plan(source, max_decompressed_bytes=len(content)).partitions
    with pytest.raises(
        TooMuchData, match=rf"more than the {len(content) - 1} bytes .* reading\.max_decompressed_bytes"
    ):
        plan(source, max_decompressed_bytes=len(content) - 1)


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_a_bomb_is_refused_long_before_its_end(written: Written, codec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked = 0
    original = DecompressedFile._read_some

    def counted(self: DecompressedFile, size: int) -> bytes:
        nonlocal unpacked
        part = original(self, size)
        unpacked += len(part)
        return part

    monkeypatch.setattr(DecompressedFile, "_read_some", counted)
    monkeypatch.setattr(decompression, "_LEAST_TELLING_BYTES", 1 << 20)
    # Repeated members: a real one of gigabytes is as easily made.
    source = written(b"".join([CODECS[codec](b"0,0\n" * (1 << 20))] * 16), f"bomb.csv.{codec}")
    with pytest.raises(TooMuchData, match=r"times as large as the file.*reading\.max_compression_ratio"):
        plan(source, max_compression_ratio=100)
    assert unpacked < 16 << 20


def test_reading_unpacks_once_and_holds_one_piece(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(50_000))
    source = written(gzip.compress(content), "table.csv.gz")
    table = plan(source, 64 * 1024)
    sizes: list[int] = []
    original = DecompressedFile.read

    def watched(self: DecompressedFile, size: int = -1) -> bytes:
        part = original(self, size)
        sizes.append(len(part))
        return part

    monkeypatch.setattr(DecompressedFile, "read", watched)
    assert len(cells(batches(source, table))) == 50_000
    assert len(table.partitions[0].pieces) > 8
    assert sum(sizes) == len(content)
    assert max(sizes) < 70 * 1024


def test_going_back_starts_again(written: Written) -> None:
    source = written(gzip.compress(b"0123456789" * 1000), "table.gz")
    with DecompressedFile(source.open(), "gzip", source.path) as stream:
        assert stream.read(5) == b"01234"
        assert (stream.seek(9998), stream.read()) == (9998, b"89")
        assert (stream.seek(3), stream.read(2)) == (3, b"34")
        assert (stream.seek(20_000), stream.read(2), stream.tell()) == (10_000, b"", 10_000)
        with pytest.raises(io.UnsupportedOperation):
            stream.seek(0, io.SEEK_END)
    assert CompressedReader.media_types == {"application/gzip", "application/zstd"}
