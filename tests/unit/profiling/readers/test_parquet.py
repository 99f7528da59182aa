"""Parquet arrives with its types, in partitions of row groups; damage is a reason and never a crash."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.readers import parquet
from airflow_provider_profiler.profiling.readers.parquet import ParquetReader
from airflow_provider_profiler.profiling.readers.reader import Table, UnreadableFile
from airflow_provider_profiler.profiling.source import FileSource

SourceOf = Callable[[Path], FileSource]


def plan(source: FileSource, partition_bytes: int = 1 << 24) -> Table:
    execution = ExecutionOptions.model_construct(partition_bytes=partition_bytes)
    (table,) = ParquetReader().tables(source, ReadingOptions(), execution)
    return table


def read(source: FileSource, table: Table) -> list[pa.RecordBatch]:
    return [batch.rows for part in table.partitions for batch in ParquetReader().read(source, table, part)]


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.v1.parquet"
    table = pa.table({"n": pa.array(range(1000), pa.uint64()), "s": [f"{n:04}" for n in range(1000)]})
    pq.write_table(table, path, row_group_size=100)
    return path


def test_row_groups_are_bundled_up_to_the_size_of_a_partition(numbers: Path, source_of: SourceOf) -> None:
    source = source_of(numbers)
    size = pq.read_metadata(numbers).row_group(0).total_byte_size
    assert len(plan(source, 1).partitions) == 10
    assert [(part.start, part.stop) for part in plan(source, 3 * size + size // 2).partitions] == [
        (0, 3),
        (3, 6),
        (6, 9),
        (9, 10),
    ]
    assert len(plan(source).partitions) == 1


def test_rows_and_types(numbers: Path, source_of: SourceOf) -> None:
    source = source_of(numbers)
    for partition_bytes in (1, 1 << 24):
        table = plan(source, partition_bytes)
        rows = pa.Table.from_batches(read(source, table))
        assert rows.column(0).to_pylist() == list(range(1000))
        assert rows.column(1)[7].as_py() == "0007"
    assert table.name == "numbers.v1"
    assert [(column.name, column.physical_type, column.textual) for column in table.columns] == [
        ("n", "uint64", False),
        ("s", "string", False),
    ]


def test_bytes_read_add_up_to_what_is_stored(numbers: Path, source_of: SourceOf) -> None:
    source = source_of(numbers)
    table = plan(source, 1)
    metadata = pq.read_metadata(numbers)
    stored = sum(
        metadata.row_group(group).column(column).total_compressed_size for group in range(10) for column in range(2)
    )
    batches = [batch for part in table.partitions for batch in ParquetReader().read(source, table, part)]
    assert sum(batch.bytes_read for batch in batches) == stored


def test_columns_of_one_name(tmp_path: Path, source_of: SourceOf) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array(["x"])], names=["a", "a"]), path)
    table = plan(source_of(path))
    assert [(column.name, column.original_name) for column in table.columns] == [("a", "a"), ("a_2", "a")]
    (batch,) = read(source_of(path), table)
    assert [column.to_pylist() for column in batch.columns] == [[1], ["x"]]


def test_no_rows(tmp_path: Path, source_of: SourceOf) -> None:
    path = tmp_path / "empty.parquet"
    pq.write_table(pa.table({"a": pa.array([], pa.int8())}), path)
    table = plan(source_of(path))
    assert sum(batch.num_rows for batch in read(source_of(path), table)) == 0
    assert len(table.columns) == 1


@pytest.mark.parametrize("kept", [0, 3, 4, 100, -1, -9])
def test_a_file_that_is_cut_short(numbers: Path, source_of: SourceOf, kept: int) -> None:
    numbers.write_bytes(numbers.read_bytes()[:kept])
    with pytest.raises(UnreadableFile, match=r"^numbers.v1.parquet: cannot be read as Parquet: "):
        plan(source_of(numbers))


def test_a_damaged_page(numbers: Path, source_of: SourceOf) -> None:
    content = bytearray(numbers.read_bytes())
    content[10:200] = bytes(190)
    numbers.write_bytes(content)
    source = source_of(numbers)
    with pytest.raises(UnreadableFile):
        read(source, plan(source))


def test_all_good_files_are_read(shared_data: Path, source_of: SourceOf) -> None:
    files = sorted((shared_data / "parquet/data").glob("*.parquet"))
    assert len(files) == 16
    for file in files:
        source = source_of(file)
        table = plan(source)
        assert sum(batch.num_rows for batch in read(source, table)) == pq.read_metadata(file).num_rows


READ_ALL = """
import sys
from pathlib import Path
from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.readers.parquet import ParquetReader
from airflow_provider_profiler.profiling.readers.reader import UnreadableFile
from airflow_provider_profiler.profiling.source import FileSource
from airflow_provider_profiler.storage.opening import FileStamp

for path in sorted(Path(sys.argv[1]).glob("*.parquet")):
    source = FileSource(path.parent, path.name, path.name, "", FileStamp.of(path.stat()))
    try:
        (table,) = ParquetReader().tables(source, ReadingOptions(), ExecutionOptions())
        rows = sum(b.rows.num_rows for p in table.partitions for b in ParquetReader().read(source, table, p))
        print("read", path.name, rows)
    except UnreadableFile as error:
        print("unreadable", error)
"""


def test_bad_files_fail_cleanly(shared_data: Path) -> None:
    # In a process of its own: a crash in the library must fail this test and not end the suite.
    folder = shared_data / "parquet/bad_data"
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(folder)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(list(folder.glob("*.parquet"))) == 8
    assert sum(line.startswith("unreadable") for line in lines) >= 7


@pytest.mark.parametrize("nested", [False, True])
def test_values_that_repeat_do_not_fill_the_memory(
    tmp_path: Path, source_of: SourceOf, monkeypatch: pytest.MonkeyPatch, nested: bool
) -> None:
    monkeypatch.setattr(parquet, "_MOST_BATCH_BYTES", 4_000_000)
    path = tmp_path / "small.parquet"
    text, rows = "y" * 100_000, 500
    column = [None, *[[text] if nested else text] * rows]
    pq.write_table(pa.table({"n": range(rows + 1), "s": column}), path, compression="zstd", use_dictionary=True)
    assert path.stat().st_size < 100_000
    source = source_of(path)
    table = plan(source)
    (part,) = table.partitions
    sizes = [(batch.rows.num_rows, batch.rows.nbytes) for batch in ParquetReader().read(source, table, part)]
    assert sum(number for number, _ in sizes) == rows + 1
    assert max(size for _, size in sizes) < 5_000_000


READ_CONTRADICTION = """
import io, sys
from pathlib import Path
import pyarrow as pa, pyarrow.parquet as pq
from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.readers.parquet import ParquetReader
from airflow_provider_profiler.profiling.readers.reader import UnreadableFile
from airflow_provider_profiler.profiling.source import FileSource
from airflow_provider_profiler.storage.opening import FileStamp

buffer = io.BytesIO()
pq.write_table(pa.table({"port": [1, 2, 3], "ships": ["a", None, "b"]}), buffer)
# In the schema the column is not optional any more; that its chunk counts levels of definition contradicts that.
before, after = buffer.getvalue().replace(b"%\\x02\\x18\\x04port", b"%\\x00\\x18\\x04port"), buffer.getvalue()
assert before != after
path = Path(sys.argv[1])
path.write_bytes(before)
source = FileSource(path.parent, path.name, path.name, "", FileStamp.of(path.stat()))
reader = ParquetReader()
(table,) = reader.tables(source, ReadingOptions(), ExecutionOptions())
try:
    list(reader.read(source, table, table.partitions[0]))
except UnreadableFile as error:
    print(error)
"""


def test_metadata_that_contradict_each_other(tmp_path: Path) -> None:
    # In a process of its own: the library would end it.
    done = subprocess.run(
        [sys.executable, "-c", READ_CONTRADICTION, str(tmp_path / "a.parquet")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("a.parquet: cannot be read as Parquet: ")
