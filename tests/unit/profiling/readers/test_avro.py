"""Avro arrives with the types that its schema means, from blocks of every codec; damage is a reason."""

import io
import json
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import fastavro
import pyarrow as pa
import pytest

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.readers import avro, avro_container
from airflow_provider_profiler.profiling.readers.avro import AvroReader
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    Table,
    TooMuchData,
    UnreadableFile,
    UnsupportedContent,
)
from airflow_provider_profiler.profiling.source import FileSource

Written = Callable[..., FileSource]


def logical(kind: str, meaning: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "logicalType": meaning, **more}


def of(kind: Any, values: list[Any], codec: str = "null", **more: Any) -> bytes:
    """A file of records with one field."""
    schema = {"type": "record", "name": "R", "namespace": "house", "fields": [{"name": "v", "type": kind}]}
    return written_by(schema, [{"v": value} for value in values], codec, **more)


def written_by(schema: Any, records: list[Any], codec: str = "null", interval: int = 200) -> bytes:
    out = io.BytesIO()
    fastavro.writer(out, schema, records, codec=codec, sync_interval=interval)
    return out.getvalue()


def plan(source: FileSource, partition_bytes: int = 1 << 24) -> Table:
    execution = ExecutionOptions.model_construct(partition_bytes=partition_bytes)
    (table,) = AvroReader().tables(source, ReadingOptions(), execution)
    return table


def batches(source: FileSource, table: Table) -> list[Batch]:
    return [batch for part in table.partitions for batch in AvroReader().read(source, table, part)]


def values_of(source: FileSource, table: Table, column: int = 0) -> list[Any]:
    return [value for batch in batches(source, table) for value in batch.rows.column(column).to_pylist()]


MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ONE = UUID("12345678-1234-5678-1234-567812345678")
INNER = {"type": "record", "name": "Inner", "fields": [{"name": "q", "type": "int"}]}


@pytest.mark.parametrize(
    ("kind", "values", "physical", "read"),
    [
        ("boolean", [True, False], "bool", None),
        ("int", [1, -(2**31)], "int32", None),
        ("long", [1, -(2**63)], "int64", None),
        ("float", [1.5, -0.25], "float", None),
        ("double", [1.5, 1e300], "double", None),
        ("bytes", [b"a\xff", b""], "binary", None),
        ("string", ["é🚇", ""], "string", None),
        ("null", [None, None], "null", None),
        (["null", "long"], [None, 7], "int64", None),
        (["int", "long", "null"], [None, 2**40], "int64", None),
        (["float", "int", "null"], [None, 2, 1.5], "double", [None, 2.0, 1.5]),
        (logical("int", "date"), [date(2026, 1, 2), date(1, 1, 1)], "date32[day]", None),
        (logical("int", "time-millis"), [time(1, 2, 3)], "time32[ms]", None),
        (logical("long", "time-micros"), [time(1, 2, 3, 4)], "time64[us]", None),
        (logical("long", "timestamp-millis"), [MOMENT], "timestamp[ms, tz=UTC]", None),
        (["null", logical("long", "timestamp-micros")], [None, MOMENT], "timestamp[us, tz=UTC]", None),
        (
            logical("long", "local-timestamp-micros"),
            [MOMENT.replace(tzinfo=None)],
            "timestamp[us]",
            None,
        ),
        (
            logical("bytes", "decimal", precision=9, scale=2),
            [Decimal("-1.25"), Decimal("9999999.99")],
            "decimal128(9, 2)",
            None,
        ),
        (logical("bytes", "decimal", precision=60, scale=5), [Decimal("1" * 50 + ".00001")], "decimal256(60, 5)", None),
        (logical("fixed", "decimal", name="D", size=8, precision=9), [Decimal(-7)], "decimal128(9, 0)", None),
        (logical("string", "uuid"), [ONE], "string", [str(ONE)]),
        (logical("fixed", "uuid", name="U", size=16), [ONE.bytes], "uuid", [str(ONE)]),
        (
            logical("fixed", "duration", name="P", size=12),
            [b"\1\0\0\0\2\0\0\0\xdc\5\0\0"],
            "duration",
            ["P1M2DT1.500S"],
        ),
        (logical("string", "made-up"), ["x"], "string", None),
        ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, ["B", "A"], "string", None),
        ({"type": "fixed", "name": "F", "size": 2}, [b"ab"], "fixed_size_binary[2]", None),
        ({"type": "array", "items": ["null", "string"]}, [["a", None], []], "list<item: string>", None),
        (["null", {"type": "map", "values": "long"}], [None, {"k": 1}], "map<string, int64>", [None, [("k", 1)]]),
        (["null", INNER], [None, {"q": 1}], "struct<q: int32>", None),
        ({"type": "array", "items": INNER}, [[{"q": 1}, {"q": 2}], []], "list<item: struct<q: int32>>", None),
        (
            ["null", "long", "string", logical("int", "date"), INNER, {"type": "array", "items": "long"}],
            [None, "a", {"q": 1}, [1, 2]],
            "union<int64, string, date32[day], struct<q: int32>, list<item: int64>>",
            [None, "a", '{"q":1}', "[1,2]"],
        ),
        (
            ["string", "boolean", logical("long", "timestamp-millis")],
            [MOMENT, True],
            None,
            ["2026-01-02 03:04:05.000Z", "true"],
        ),
    ],
    ids=str,
)
def test_types(written: Written, kind: Any, values: list[Any], physical: str | None, read: list[Any] | None) -> None:
    source = written(of(kind, values), "a.avro")
    table = plan(source)
    (column,) = table.columns
    assert physical is None or column.physical_type == physical
    assert column.textual == column.physical_type.startswith("union")
    assert column.nullable == ("null" in kind)
    assert values_of(source, table) == (values if read is None else read)


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2", "xz"])
def test_blocks_of_every_codec_are_bundled_into_partitions(written: Written, codec: str) -> None:
    schema = {"type": "record", "name": "R", "fields": [{"name": "n", "type": "long"}, {"name": "s", "type": "string"}]}
    content = written_by(schema, [{"n": n, "s": f"v{n}"} for n in range(2000)], codec)
    source = written(content, "a.b.avro")
    for partition_bytes in (1, 2000, 1 << 24):
        table = plan(source, partition_bytes)
        assert (table.name, [column.name for column in table.columns]) == ("a.b", ["n", "s"])
        assert values_of(source, table) == list(range(2000))
        assert values_of(source, table, 1) == [f"v{n}" for n in range(2000)]
        assert sum(batch.bytes_read for batch in batches(source, table)) == len(content) - table.partitions[0].start
        assert (len(table.partitions) > 20) == (partition_bytes == 1)


def repacked(content: bytes, codec: str, pack: Callable[[bytes], bytes]) -> bytes:
    """A file of one block with the records packed in a way for which fastavro needs libraries."""
    file = io.BytesIO(content)
    header = avro_container.read_header(file, "")
    (block,) = avro_container.blocks(file, header, header.size, len(content), "")
    file = avro_container.container(
        header.schema, [(block.records, pack(avro_container.unpacked(file, header, block, "")))]
    )
    return file.getvalue().replace(b"\x08null", bytes([2 * len(codec)]) + codec.encode(), 1)


def as_snappy(data: bytes) -> bytes:
    return bytes(pa.compress(data, "snappy", asbytes=True)) + zlib.crc32(data).to_bytes(4, "big")


def as_zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, "zstd", asbytes=True))


def test_codecs_that_arrow_knows(written: Written) -> None:
    content = of("string", [f"v{n}" for n in range(50)], interval=10_000)
    for codec, pack in (("snappy", as_snappy), ("zstandard", as_zstd)):
        source = written(repacked(content, codec, pack), "a.avro")
        assert values_of(source, plan(source)) == [f"v{n}" for n in range(50)]
    wrong = written(repacked(content, "snappy", lambda data: as_snappy(data)[:-1] + b"x"), "a.avro")
    with pytest.raises(UnreadableFile, match="cannot be unpacked with snappy: its checksum"):
        values_of(wrong, plan(wrong))
    with pytest.raises(UnsupportedContent, match="codec 'lz4', which is not read; write it with one of null, deflate"):
        plan(written(repacked(content, "lz4", as_zstd), "a.avro"))


@pytest.mark.parametrize("codec", ["deflate", "zstandard", "snappy", "xz", "bzip2"])
def test_blocks_that_unpack_to_too_much(written: Written, monkeypatch: pytest.MonkeyPatch, codec: str) -> None:
    monkeypatch.setattr(avro_container, "LARGEST_BLOCK", 1 << 20)
    large = of("string", ["x" * (2 << 20)], "null" if codec in ("zstandard", "snappy") else codec, interval=10)
    if codec in ("zstandard", "snappy"):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(avro_container, "LARGEST_BLOCK", 1 << 30)
            large = repacked(large, codec, as_zstd if codec == "zstandard" else as_snappy)
    source = written(large, "a.avro")
    with pytest.raises(TooMuchData, match="more than 1 MiB; write the file with smaller blocks"):
        values_of(source, plan(source))


def test_batches_within_a_partition(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(avro, "_BATCH_BYTES", 100)
    source = written(of("long", list(range(500)), interval=700), "a.avro")
    table = plan(source)
    found = batches(source, table)
    assert len(found) > 8
    assert max(batch.rows.num_rows for batch in found) <= 101
    assert values_of(source, table) == list(range(500))


def test_plain_values_are_one_column_and_named_types_are_found(written: Written) -> None:
    source = written(written_by("long", [1, 2]), "a.avro")
    table = plan(source)
    assert [column.name for column in table.columns] == ["value"]
    assert values_of(source, table) == [1, 2]
    schema = {
        **{"type": "record", "name": "a.b.R"},
        "fields": [
            {"name": "first", "type": {"type": "enum", "name": "E", "symbols": ["X"]}},
            {"name": "second", "type": ["null", "E"]},
            {"name": "third", "type": {"type": "array", "items": "a.b.E"}},
        ],
    }
    source = written(written_by(schema, [{"first": "X", "second": None, "third": ["X"]}]), "a.avro")
    assert [values_of(source, plan(source), place) for place in range(3)] == [["X"], [None], [["X"]]]


def test_what_makes_no_table(written: Written) -> None:
    chain = {
        **{"type": "record", "name": "Link"},
        "fields": [{"name": "n", "type": "int"}, {"name": "next", "type": ["null", "Link"]}],
    }
    with pytest.raises(UnsupportedContent, match="its type 'Link' holds itself"):
        plan(written(written_by(chain, [{"n": 1, "next": None}]), "a.avro"))
    with pytest.raises(UnsupportedContent, match="arrays of a type whose values take no bytes"):
        plan(written(of({"type": "array", "items": "null"}, [[None]]), "a.avro"))
    deep: Any = "long"
    for _ in range(90):
        deep = {"type": "array", "items": deep}
    with pytest.raises(UnsupportedContent, match="nested more than 64 levels"):
        plan(written(of(deep, []), "a.avro"))
    bomb = b'{"type":"array","items":' * 20_000
    header = io.BytesIO()
    fastavro.schemaless_writer(
        header, avro_container._HEADER, {"magic": b"Obj\1", "meta": {"avro.schema": bomb}, "sync": bytes(16)}
    )
    with pytest.raises(TooMuchData, match="nested more than 100 levels"):
        plan(written(header.getvalue(), "a.avro"))


def test_records_that_take_no_bytes_are_bounded(written: Written) -> None:
    empty = {"type": "record", "name": "R", "fields": []}
    source = written(written_by(empty, [{}] * 3), "a.avro")
    assert [batch.rows.num_rows for batch in batches(source, plan(source))] == [3]
    claimed = avro_container.container(empty, [(10**12, b"")]).getvalue()
    source = written(claimed, "a.avro")
    with pytest.raises(UnreadableFile, match="claims 1000000000000 records in 0 bytes"):
        batches(source, plan(source))


@pytest.mark.parametrize("kept", [0, 3, 50, 0.5, -1, -20])
def test_a_file_that_is_cut_short(written: Written, kept: float) -> None:
    content = of("string", [f"value {n}" for n in range(100)])
    source = written(content[: int(len(content) * kept) if kept == 0.5 else int(kept)], "cut.avro")
    with pytest.raises(UnreadableFile, match=r"^cut\.avro: "):
        plan(source)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "record", "name": "R"}, "makes no sense"),
        ({"type": "nothing"}, "makes no sense"),
        (17, "makes no sense"),
        ({"type": "fixed", "name": "F", "size": -1}, "makes no sense: a type of -1 bytes"),
    ],
)
def test_schemas_that_make_no_sense(written: Written, schema: Any, why: str) -> None:
    content = avro_container.container({}, [(1, b"\2")]).getvalue()
    text = json.dumps(schema).encode()
    source = written(content.replace(b"\x04{}", bytes([2 * len(text)]) + text), "a.avro")
    with pytest.raises(UnreadableFile, match=why):
        batches(source, plan(source))


def test_values_that_the_schema_does_not_allow(written: Written) -> None:
    for kind, values, old, new in (
        ("string", ["abcdefgh"], b"abcdefgh", b"abc\xff\xfe\xfdgh"),
        (logical("int", "time-millis"), [time(0, 0, 1)], b"\xd0\x0f", b"\xd1\x0f"),
        (logical("bytes", "decimal", precision=4), [Decimal(9999)], b"\x27\x0f", b"\x7f\x0f"),
    ):
        content = of(kind, values)
        assert old in content
        source = written(content.replace(old, new), "a.avro")
        with pytest.raises(UnreadableFile, match=r"a record (is not|does not hold) what the schema says"):
            values_of(source, plan(source))
