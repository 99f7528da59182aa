"""ORC and Arrow files arrive with their types, in partitions of stripes and record batches, within bounds."""

import base64
import io
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pytest

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.reasons import FileReasonCode
from airflow_provider_profiler.profiling.readers import arrow_layout, orc, typed_batches
from airflow_provider_profiler.profiling.readers.arrow import ArrowReader
from airflow_provider_profiler.profiling.readers.orc import OrcReader
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    Reader,
    Table,
    TooMuchData,
    UnreadableFile,
    UnsupportedContent,
)
from airflow_provider_profiler.profiling.source import FileSource

Written = Callable[..., FileSource]
ROWS = 1000
PLAIN = pa.table(
    {
        "n": pa.array(range(ROWS), pa.int64()),
        "s": [None if n % 9 == 0 else f"é{n % 100}" for n in range(ROWS)],
        "price": pa.array([Decimal(n) / 4 for n in range(ROWS)], pa.decimal128(9, 2)),
        "day": pa.array(range(ROWS), pa.int32()).cast(pa.date32()),
        "nested": [{"a": n, "b": [n] * (n % 3)} for n in range(ROWS)],
    }
)


def as_orc(table: pa.Table) -> bytes:
    # Stripes are no smaller than the writer wants: several need rows that do not repeat.
    out = io.BytesIO()
    pa.orc.write_table(table, out, stripe_size=1024, batch_size=100, compression="uncompressed")
    return out.getvalue()


def as_arrow(table: pa.Table, *, stream: bool = False, codec: str | None = None, rows: int = 100) -> bytes:
    out = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=codec)
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(out, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=rows)
    return out.getvalue()


def plan(reader: Reader, source: FileSource, partition_bytes: int = 1 << 24) -> Table:
    execution = ExecutionOptions.model_construct(partition_bytes=partition_bytes)
    (table,) = reader.tables(source, ReadingOptions(), execution)
    return table


def batches(reader: Reader, source: FileSource, table: Table) -> list[Batch]:
    return [batch for part in table.partitions for batch in reader.read(source, table, part)]


def rows_of(reader: Reader, source: FileSource, table: Table) -> list[tuple[Any, ...]]:
    found = batches(reader, source, table)
    return [tuple(row) for batch in found for row in zip(*(c.to_pylist() for c in batch.rows.columns), strict=True)]


EXPECTED = list(zip(*(column.to_pylist() for column in PLAIN.columns), strict=True))


@pytest.mark.parametrize(
    ("reader", "content", "many"),
    [
        (OrcReader(), as_orc(PLAIN), True),
        (ArrowReader(), as_arrow(PLAIN), True),
        (ArrowReader(), as_arrow(PLAIN, codec="zstd"), True),
        (ArrowReader(), as_arrow(PLAIN, codec="lz4"), True),
        (ArrowReader(), as_arrow(PLAIN, stream=True), False),
        (ArrowReader(), as_arrow(PLAIN, stream=True)[:-8], False),
    ],
    ids=["orc", "arrow", "arrow zstd", "arrow lz4", "stream", "stream without an end"],
)
def test_rows_and_types(written: Written, reader: Reader, content: bytes, many: bool) -> None:
    source = written(content, "a.b.bin")
    for partition_bytes in (1, 1 << 24):
        table = plan(reader, source, partition_bytes)
        assert (table.name, table.reading.reader) == ("a.b", reader.name)
        assert [(column.name, column.physical_type, column.textual) for column in table.columns] == [
            (field.name, str(field.type), False) for field in PLAIN.schema
        ]
        assert rows_of(reader, source, table) == EXPECTED
        assert len(table.partitions) == (10 if many and partition_bytes == 1 else 1)
    assert sum(batch.bytes_read for batch in batches(reader, source, table)) <= len(content)


def test_stripes_are_bundled_up_to_the_size_of_a_partition(written: Written) -> None:
    numbers = pa.table({"n": [(n * 2654435761) % 2**61 for n in range(12_000)]})
    source = written(as_orc(numbers), "a.orc")
    table = plan(OrcReader(), source, 1)
    stripes = pa.orc.ORCFile(source.root / source.location).nstripes
    assert len(table.partitions) == stripes > 3
    assert len(plan(OrcReader(), source, source.size // 2).partitions) in (2, 3)
    assert [row for (row,) in rows_of(OrcReader(), source, table)] == numbers["n"].to_pylist()


def test_stripes_that_are_too_large_are_read_in_batches(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    source = written(as_orc(PLAIN), "a.orc")
    monkeypatch.setattr(orc, "_LARGEST_STRIPE", 1000)
    monkeypatch.setattr(orc, "BATCH_BYTES", 5000)
    table = plan(OrcReader(), source, 1)
    assert len(table.partitions) == 1
    assert len(batches(OrcReader(), source, table)) > 5
    assert rows_of(OrcReader(), source, table) == EXPECTED


def test_a_repeated_text_makes_a_stripe_large(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orc, "_LARGEST_STRIPE", 4_000_000)
    monkeypatch.setattr(orc, "BATCH_BYTES", 1_000_000)
    source = written(as_orc(pa.table({"s": ["y" * 100_000] * 200})), "a.orc")
    table = plan(OrcReader(), source)
    sizes = [batch.rows.nbytes for batch in batches(OrcReader(), source, table)]
    assert len(sizes) >= 20
    assert max(sizes) < 2_000_000


def test_layouts_that_share_values_are_read_in_small_pieces(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed_batches, "_MOST_BATCH_BYTES", 4_000_000)
    text, rows = "y" * 100_000, 300
    one = pa.array([text])
    indices = pa.array([0] * rows, pa.int8())
    columns = {
        "dictionary": pa.DictionaryArray.from_arrays(indices, one),
        "runs": pa.RunEndEncodedArray.from_arrays(pa.array([rows], pa.int32()), one),
        "view": pa.Array.from_buffers(
            pa.string_view(),
            rows,
            [None, pa.py_buffer(struct.pack("<i4sii", len(text), b"yyyy", 0, 0) * rows), pa.py_buffer(text.encode())],
        ),
        "lists": pa.ListArray.from_arrays(
            pa.array(range(rows + 1), pa.int32()), pa.DictionaryArray.from_arrays(indices, one)
        ),
    }
    for name, values in columns.items():
        source = written(as_arrow(pa.table({name: values}), rows=rows), "a.arrow")
        table = plan(ArrowReader(), source)
        found = batches(ArrowReader(), source, table)
        assert sum(batch.rows.num_rows for batch in found) == rows
        assert max(batch.rows.num_rows for batch in found) <= 40, name


def test_a_batch_that_takes_too_much_memory_is_not_read(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = pa.table({"n": pa.array([0] * 200_000, pa.int64())})
    monkeypatch.setattr(arrow_layout, "LARGEST_BATCH", 1 << 20)
    for content in (
        as_arrow(zeros, codec="zstd", rows=200_000),
        as_arrow(zeros, codec="zstd", rows=200_000, stream=True),
        as_arrow(zeros, rows=200_000),
    ):
        with pytest.raises(TooMuchData, match=r"a\.arrow: a record batch .* more than 1 MiB.*smaller record batches"):
            plan(ArrowReader(), written(content, "a.arrow"))
    source = written(as_arrow(zeros, codec="zstd", rows=50_000), "a.arrow")
    assert sum(batch.rows.num_rows for batch in batches(ArrowReader(), source, plan(ArrowReader(), source))) == 200_000


def test_the_layout_says_what_arrow_says(written: Written) -> None:
    table = pa.table({"s": pa.array(["a", "b"] * 500).dictionary_encode(), "n": range(1000)})
    for stream in (False, True):
        content = as_arrow(table, stream=stream, codec="zstd")
        look = arrow_layout.stream_messages if stream else arrow_layout.file_messages
        messages = look(io.BytesIO(content), len(content), "a")
        assert [message.is_dictionary for message in messages if message.is_dictionary or message.is_batch] == [
            *(True, *[False] * 10)
        ]
        assert {message.size for message in messages if message.is_batch} == {400 + 800}


def test_feather(written: Written) -> None:
    out = io.BytesIO()
    pa.feather.write_feather(PLAIN.drop(["nested"]), out, version=2)
    source = written(out.getvalue(), "a.feather")
    assert rows_of(ArrowReader(), source, plan(ArrowReader(), source)) == [row[:-1] for row in EXPECTED]
    with pytest.raises(UnsupportedContent, match=r"is Feather version 1, .*version 2"):
        plan(ArrowReader(), written(b"FEA1" + bytes(100) + b"FEA1", "old.feather"))


def test_columns_of_one_name_and_no_rows(written: Written) -> None:
    twice = pa.Table.from_arrays([pa.array([1]), pa.array(["x"])], names=["a", "a"])
    source = written(as_arrow(twice), "a.arrow")
    table = plan(ArrowReader(), source)
    assert [(column.name, column.original_name) for column in table.columns] == [("a", "a"), ("a_2", "a")]
    assert rows_of(ArrowReader(), source, table) == [(1, "x")]
    for reader, content in ((ArrowReader(), as_arrow(PLAIN[:0])), (OrcReader(), as_orc(PLAIN[:0]))):
        source = written(content, "empty.bin")
        table = plan(reader, source)
        assert (len(table.columns), rows_of(reader, source, table)) == (5, [])


@pytest.mark.parametrize("kept", [0, 1, 5, 8, 100, 0.5, -1, -9, -400])
@pytest.mark.parametrize(
    ("reader", "content"),
    [(OrcReader(), as_orc(PLAIN)), (ArrowReader(), as_arrow(PLAIN)), (ArrowReader(), as_arrow(PLAIN, stream=True))],
    ids=["orc", "file", "stream"],
)
def test_a_file_that_is_cut_short(written: Written, reader: Reader, content: bytes, kept: float) -> None:
    cut = content[: int(len(content) * kept) if kept == 0.5 else int(kept)]
    if content.startswith(b"\xff") and kept == -1:
        cut = content[:-11]  # only the mark of its end is missing
    source = written(cut, "cut.bin")
    with pytest.raises(UnreadableFile, match=r"^cut\.bin: "):
        rows_of(reader, source, plan(reader, source))


def test_values_that_types_do_not_allow(written: Written) -> None:
    content = as_arrow(pa.table({"s": ["abcdefgh"] * 20}))
    with pytest.raises(UnreadableFile, match=r"cannot be read as Arrow: .*UTF8"):
        source = written(content.replace(b"abcdefgh", b"abc\xff\xfe\xfdgh"), "a.arrow")
        rows_of(ArrowReader(), source, plan(ArrowReader(), source))
    offsets = pa.array(range(0, 168, 8), pa.int32()).buffers()[1].to_pybytes()
    wild = content.replace(offsets[:84], offsets[:40] + b"\xff\xff\xff\x7f" + offsets[44:84])
    assert wild != content
    with pytest.raises(UnreadableFile, match="cannot be read as Arrow"):
        source = written(wild, "a.arrow")
        rows_of(ArrowReader(), source, plan(ArrowReader(), source))


def test_the_tail_of_orc_is_read_as_the_library_reads_it(written: Written) -> None:
    content = pa.orc.ORCFile(io.BytesIO(as_orc(PLAIN)))
    tail = orc.read_tail(content.reader.serialized_file_tail(), "a")
    assert sum(stripe.rows for stripe in tail.stripes) == content.nrows
    assert sum(stripe.size for stripe in tail.stripes) <= content.content_length
    assert tail.text_bytes == sum(len((text or "").encode()) for text in PLAIN["s"].to_pylist())
    for cut in range(1, 40):
        with pytest.raises(UnreadableFile):
            orc.read_tail(content.reader.serialized_file_tail()[:cut], "a")


def test_names_with_dots_are_no_paths(written: Written) -> None:
    # Arrow's reader of data sets takes columns by name: names with dots must not be taken for paths.
    dotted = pa.table({"a.b": [1, 2], "a": [{"b": 3}, {"b": 4}]})
    source = written(as_orc(dotted), "a.orc")
    assert rows_of(OrcReader(), source, plan(OrcReader(), source)) == [(1, {"b": 3}), (2, {"b": 4})]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(orc, "_LARGEST_STRIPE", 0)
        with pytest.raises(TooMuchData, match="without dots in names"):
            plan(OrcReader(), source)


#: Forty rows as ORC with zlib, a few bytes of which were changed at random: decoding it ends the process.
DEADLY_ORC = base64.b85decode(
    "Pf|k>000UG5(Ee+Pyj6e016Ze0{{R35)B9_5(fwX5Kb7F3{U_z0085X;$me00U<#S4JB?arV0ZgrV2}mJB$Gg03!eZ3J(ec0000I"
    "2nZ-p0Ad0d04)Fj3KR+h0000I4G1U_2M7QVP8gUBPyi7C015^Y1PCZl04)Fj3KR+h0000I4G1U_2M7QVP8gUBPyjFh0OJzpVr2jU"
    "AwCWbB@QmeLLtUNiGTnG05AXm<C5TFV*mpoJ`N2p4haSY27{X$m;x982><}VCjbHs000L9z#RhsegFUs%)t!+APmF6l}OT3*v#X@"
    "*V37VFrjER!{MSIg^Yp<HQH#<K^HIljd5_{#v2bl_>x6L{xYOUlTC&kavuo*0Kg{!e+d8pz$X9#2><}VCjbHo006)z0RRjD04ppc"
    "4gdfV006)z|F@*d3IL@50A42m000UA5&#+iA^<7?G5|UNLI6qt3jkUGVgPCYasYY&f&hvDk^q_j69B3JvH-dO!T`zu(g4~3;sELZ"
    "8vyzN0s#sE5&;?kA^|D^G66ck004E2I}U&_3`5)W7s^s0h5!<WVPRr}`(K4%GQ#2~C$?+m+?@3Fp_d6HS-~J9810@cm(3Sh@Mq9#"
    "zbHxj9X!bfA8_}&^D<kmm@k%R>?hs3hRCitRr=A-?;Q5yyaA#B0OKm-V&TvTVBq5A&=6whU=Z+=n85?&3UX*DadR<M7zi;{SW4Vs"
    "1PXD0)Fm-VV5r4v03Xl*4lc$*A;v<90HAIl--|<nL4m>G<_4w!1^{XS0OMd5Xl9Y(;b0ax$tZE1Q6X7FLrH;yM~Ib?iJ6r{iZN4)"
    "u~>>RM~bPqM2e}TSb;%<!GJ-DgM$UmVu!N0Ik<!v5yCK*5YR9tHg+k-L@CB3JlZ)pI3cnI8dfYE8UYMeyc`-r>>LaNeiAcyfLuWi"
    "4JB?arV0ZgrV2}mJB&af4v@MeCJ79+SPkF<8o<HDSSZ9;C=meE4di=qNH8cc7~I^z6u{sx!Ow#+iPcCC2muJV0T2NgfPe%d0ssss"
    "R4@jD^aBG=QbQO"
)


def test_a_file_that_ends_the_process_which_decodes_it_fails_alone(bench, of_path) -> None:
    (bench.dataset / "deadly.orc").write_bytes(DEADLY_ORC)
    (bench.dataset / "sound.orc").write_bytes(as_orc(PLAIN))
    profile = bench.heavy()
    reason = of_path(profile, "deadly.orc").reason
    assert reason.code is FileReasonCode.MALFORMED
    assert reason.message == "deadly.orc: cannot be read as ORC: the library that decodes it broke down over it"
    assert [item.row_count for item in profile.record_sets] == [len(PLAIN)]
