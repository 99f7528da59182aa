"""DuckDB files: tables and views with their types; nothing but the file can be reached through them."""

import datetime
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.profiling.readers import duckdb_file
from airflow_provider_profiler.profiling.readers.duckdb_reader import DuckdbReader
from airflow_provider_profiler.profiling.readers.reader import ChangedWhileRead, Source, Table, UnreadableFile
from airflow_provider_profiler.profiling.source import FileSource
from tests.unit.profiling.readers.packed_source import Packed

SourceOf = Callable[[Path], FileSource]
Written = Callable[..., FileSource]


@pytest.fixture
def database(tmp_path: Path, source_of: SourceOf) -> Written:
    def make(*statements: str, name: str = "harbour.duckdb") -> FileSource:
        with duckdb.connect(tmp_path / name) as connection:
            for statement in statements:
                connection.execute(statement)
        return source_of(tmp_path / name)

    return make


def tables_of(source: Source, partition_bytes: int = 1 << 24) -> dict[str, Table]:
    execution = ExecutionOptions.model_construct(partition_bytes=partition_bytes)
    return {table.name: table for table in DuckdbReader().tables(source, ReadingOptions(), execution)}


def rows_of(source: Source, table: Table) -> list[tuple[Any, ...]]:
    return [
        tuple(row.values())
        for part in table.partitions
        for batch in DuckdbReader().read(source, table, part)
        for row in batch.rows.to_pylist()
    ]


def test_types(database: Written) -> None:
    source = database(
        """CREATE TABLE t (i INTEGER, s VARCHAR, d DATE, ts TIMESTAMPTZ, n DECIMAL(10, 2), wide HUGEINT, b BLOB,
           e ENUM ('x', 'y'), span INTERVAL, bits BIT, zoned TIMETZ, l HUGEINT[], st STRUCT(a INTEGER), ok BOOLEAN)""",
        """INSERT INTO t VALUES (1, '007', '2024-01-31', '2024-01-31 12:00:00+02', 1.5,
           170141183460469231731687303715884105727, 'ab'::BLOB, 'y', INTERVAL 3 DAY, '0101', '10:00:00+02', [1, 2],
           {'a': 1}, true)""",
    )
    table = tables_of(source)["t"]
    found = {column.name: (column.physical_type, column.arrow_type) for column in table.columns}
    assert found["i"] == ("INTEGER", "int32")
    assert found["wide"] == ("HUGEINT", "double")
    assert found["ts"] == ("TIMESTAMP WITH TIME ZONE", "timestamp[us, tz=UTC]")
    assert found["span"] == ("INTERVAL", "string")
    assert not any(column.textual for column in table.columns)
    (row,) = rows_of(source, table)
    values = dict(zip(found, row, strict=True))
    assert values["s"] == "007"
    assert values["wide"] == pytest.approx(1.7014118e38)
    assert values["ts"] == datetime.datetime(2024, 1, 31, 10, tzinfo=datetime.UTC)
    assert (values["span"], values["bits"], values["zoned"]) == ("3 days", "0101", "10:00:00+02")
    assert (values["l"], values["st"], values["e"]) == ([1.0, 2.0], {"a": 1}, "y")


def test_keys_comments_and_schemas(database: Written) -> None:
    tables = tables_of(
        database(
            "CREATE SCHEMA trips",
            "CREATE TABLE port (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL)",
            "CREATE TABLE call (ship VARCHAR, port_id INTEGER REFERENCES port (id))",
            'CREATE TABLE trips."odd ""name; --" ("a b" INTEGER)',
            "COMMENT ON TABLE port IS 'where ships call'",
            "COMMENT ON COLUMN port.name IS 'in Greek'",
        )
    )
    assert list(tables) == ["main.call", "main.port", 'trips.odd "name; --']
    port = tables["main.port"]
    assert (port.key, port.description) == (("id",), "where ships call")
    assert [(column.nullable, column.description) for column in port.columns] == [(False, ""), (False, "in Greek")]
    assert [column.declared for column in port.columns] == [DataType.INTEGER, DataType.TEXT]
    (key,) = tables["main.call"].foreign_keys
    assert (key.columns, key.target_table, key.target_columns) == (("port_id",), "port", ("id",))


def test_views_and_those_that_fail(database: Written, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("password\nopen sesame\n")
    # Far more than the sound one takes on a busy machine.
    monkeypatch.setattr(duckdb_file, "MOST_SECONDS", 1.0)
    source = database(
        "CREATE TABLE t AS SELECT i, 'x' || i AS s FROM range(10) r(i)",
        "CREATE VIEW twice AS SELECT i * 2 AS j FROM t",
        "CREATE VIEW casting AS SELECT s::INTEGER AS n FROM t",
        f"CREATE VIEW file AS SELECT * FROM read_csv('{tmp_path}/secret.csv')",
        """CREATE VIEW endless AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)
           SELECT x FROM n ORDER BY x""",
        "CREATE VIEW large AS SELECT a.range AS x FROM range(100000000) a ORDER BY hash(a.range)",
    )
    tables = tables_of(source)
    assert list(tables) == ["t", "twice"]
    assert tables["twice"].kind == "view"
    assert rows_of(source, tables["twice"])[:2] == [(0,), (2,)]
    said = {note.split("'")[1]: note.partition("left out: ")[2] for note in tables["t"].notes}
    assert said["casting"].startswith("Conversion Error: Could not convert string 'x0' to INT32")
    assert said["file"].startswith("Permission Error")
    assert said["endless"] == "it takes more than 1 seconds to compute"
    assert "large" in said


def test_python_objects_are_out_of_reach(database: Written, tmp_path: Path) -> None:
    source = database("CREATE TABLE frame AS SELECT 1 AS a", "CREATE VIEW v AS SELECT * FROM frame")
    with duckdb.connect(tmp_path / source.path) as connection:
        connection.execute("DROP TABLE frame")
    frame = duckdb.sql("SELECT 2 AS a").to_arrow_table()
    assert frame.num_rows == 1
    source = replace(source, stamp=type(source.stamp).of((tmp_path / source.path).stat()))
    with pytest.raises(UnreadableFile, match=r"the view 'v' cannot be read and was left out: Catalog Error"):
        tables_of(source)


def test_ranges_of_row_ids_hold_every_row_once(database: Written) -> None:
    source = database(
        "CREATE TABLE t AS SELECT i, hash(i) AS h FROM range(400000) r(i)",
        "DELETE FROM t WHERE i BETWEEN 100 AND 90000",
    )
    whole, cut = tables_of(source)["t"], tables_of(source, 100_000)["t"]
    assert (len(whole.partitions), len(cut.partitions)) == (1, 3)
    batches = [batch for part in cut.partitions for batch in DuckdbReader().read(source, cut, part)]
    assert max(batch.rows.num_rows for batch in batches) <= 16_384
    assert 0 < sum(batch.bytes_read for batch in batches) <= source.size
    only = replace(cut, only=(0,))
    numbers = [row[0] for row in rows_of(source, only)]
    assert numbers == [*range(100), *range(90_001, 400_000)]
    assert numbers == [row[0] for row in rows_of(source, whole)]


def test_a_log_beside_it_is_read_and_left_alone(tmp_path: Path, source_of: SourceOf) -> None:
    path = tmp_path / "a.duckdb"
    script = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('CREATE TABLE t AS SELECT 1 AS a');"
        "c.execute('CHECKPOINT'); c.execute('INSERT INTO t VALUES (2)'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, timeout=60)
    before = {item.name: item.read_bytes() for item in tmp_path.iterdir()}
    assert set(before) == {"a.duckdb", "a.duckdb.wal"}
    source = source_of(path)
    table = tables_of(source)["t"]
    assert rows_of(source, table) == [(1,), (2,)]
    assert table.notes == ("the file a.duckdb.wal lies beside it; the changes that it holds are in the profile",)
    assert {item.name: item.read_bytes() for item in tmp_path.iterdir()} == before


def test_a_log_that_is_a_link(database: Written, tmp_path: Path) -> None:
    source = database("CREATE TABLE t AS SELECT 1 AS a")
    (tmp_path / "harbour.duckdb.wal").symlink_to("/etc/passwd")
    with pytest.raises(UnreadableFile, match=r"its log harbour.duckdb.wal is a link or cannot be read"):
        tables_of(source)


def test_a_connection_that_was_led_elsewhere(database: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    source = database("CREATE TABLE t AS SELECT 1 AS a")
    other = database("CREATE TABLE secret AS SELECT 1 AS a", name="other.duckdb")
    monkeypatch.setattr(duckdb_file, "path_of", lambda file: str(other.root / other.location))
    with pytest.raises(ChangedWhileRead, match="was replaced while it was opened"):
        tables_of(source)


def test_a_database_in_another_file(database: Written) -> None:
    source = Packed(database("CREATE TABLE t AS SELECT 1 AS a"))
    assert rows_of(source, tables_of(source)["t"]) == [(1,)]


def test_what_is_no_database(written: Written, database: Written) -> None:
    with pytest.raises(UnreadableFile, match=r"a.duckdb: is no DuckDB database: it begins with b'nothing"):
        tables_of(written(b"nothing of the kind" * 10, "a.duckdb"))
    (table,) = tables_of(database("SELECT 1")).values()
    assert table.notes == ("the database holds no tables",)


def test_errors_name_no_path_of_this_machine(database: Written, tmp_path: Path, source_of: SourceOf) -> None:
    whole = database("CREATE TABLE t AS SELECT i, 'text ' || i AS s FROM range(3000) r(i)")
    content = (tmp_path / whole.path).read_bytes()
    for name, length in (("a.duckdb", 5000), ("b.duckdb", len(content) - 1000)):
        (tmp_path / name).write_bytes(content[:length])
        for source in (source_of(tmp_path / name), Packed(source_of(tmp_path / name))):
            with pytest.raises(UnreadableFile, match=r"Could not read enough bytes from file: attempted") as caught:
                [rows_of(source, table) for table in tables_of(source).values()]
            assert "/" not in str(caught.value).replace(source.path, "")


def test_text_that_is_not_utf_8(database: Written, tmp_path: Path, source_of: SourceOf) -> None:
    source = database("CREATE TABLE t AS SELECT 'a text that is not inlined' || i AS s FROM range(9) r(i)")
    content = bytearray((tmp_path / source.path).read_bytes())
    place = content.index(b"text that is not inlined")
    content[place] = 0xFF
    # A block begins with its checksum (DuckDB, src/common/checksum.cpp).
    block = 12288 + (place - 12288) // 262144 * 262144
    checksum = 5381
    for at in range(block + 8, block + 262144, 8):
        checksum ^= int.from_bytes(content[at : at + 8], "little") * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    content[block : block + 8] = checksum.to_bytes(8, "little")
    (tmp_path / source.path).write_bytes(content)
    source = source_of(tmp_path / source.path)
    (table,) = tables_of(source).values()
    with pytest.raises(UnreadableFile, match=r"the table 't' cannot be read: .*UTF8"):
        rows_of(source, table)


READ_DAMAGED = """
import random, sys
from pathlib import Path
from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.readers.duckdb_reader import DuckdbReader
from airflow_provider_profiler.profiling.readers.reader import UnreadableFile
from airflow_provider_profiler.profiling.source import FileSource
from tests.unit.profiling.readers.packed_source import Packed
from airflow_provider_profiler.storage.opening import FileStamp

path = Path(sys.argv[1])
sound = path.read_bytes()
chance = random.Random(7)
for _ in range(25):
    content = bytearray(sound)
    for _ in range(chance.randrange(1, 30)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    path.write_bytes(content[: chance.choice([len(content), chance.randrange(len(content))])])
    source = FileSource(path.parent, path.name, path.name, "", FileStamp.of(path.stat()))
    try:
        reader = DuckdbReader()
        tables = reader.tables(source, ReadingOptions(), ExecutionOptions())
        print("read", sum(b.rows.num_rows for t in tables for p in t.partitions for b in reader.read(source, t, p)))
    except UnreadableFile as error:
        print("unreadable", error)
"""


def test_damage_is_a_reason(database: Written, tmp_path: Path) -> None:
    # In a process of its own: a crash in the library must fail this test and not end the suite.
    source = database("CREATE TABLE t AS SELECT i, 'text ' || i AS s FROM range(3000) r(i)")
    done = subprocess.run(
        [sys.executable, "-c", READ_DAMAGED, str(tmp_path / source.path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 25
    assert sum(line.startswith("unreadable harbour.duckdb: ") for line in lines) > 6
