"""SQLite files: tables, views and GeoPackages with what their columns really hold; hostile ones cannot do anything."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.observer import Stopped
from airflow_provider_profiler.profiling.readers import sqlite_file, sqlite_reader
from airflow_provider_profiler.profiling.readers.reader import (
    ChangedWhileRead,
    Source,
    Table,
    TooMuchData,
    UnreadableFile,
)
from airflow_provider_profiler.profiling.readers.sqlite_reader import SqliteReader
from airflow_provider_profiler.profiling.source import FileSource
from airflow_provider_profiler.profiling.stopping import asking
from tests.unit.profiling.readers.packed_source import Packed

SourceOf = Callable[[Path], FileSource]
Written = Callable[..., FileSource]


@pytest.fixture
def database(tmp_path: Path, source_of: SourceOf) -> Written:
    def make(script: str, name: str = "harbour.sqlite") -> FileSource:
        connection = sqlite3.connect(tmp_path / name)
        connection.executescript(script)
        connection.close()
        return source_of(tmp_path / name)

    return make


def tables_of(source: Source, partition_bytes: int = 1 << 24) -> dict[str, Table]:
    execution = ExecutionOptions.model_construct(partition_bytes=partition_bytes)
    return {table.name: table for table in SqliteReader().tables(source, ReadingOptions(), execution)}


def rows_of(source: Source, table: Table) -> list[tuple[Any, ...]]:
    return [
        tuple(row.values())
        for part in table.partitions
        for batch in SqliteReader().read(source, table, part)
        for row in batch.rows.to_pylist()
    ]


def columns_of(table: Table) -> list[tuple[str, str, str]]:
    return [(column.name, column.physical_type, column.arrow_type) for column in table.columns]


def test_what_columns_really_hold(database: Written) -> None:
    source = database(
        """
        CREATE TABLE t (i INTEGER, r REAL, n NUMERIC, s TEXT, b BLOB, yes BOOLEAN, d DATE, mixed INT, wide NUMERIC, x);
        INSERT INTO t VALUES (1, 1, 1, '007', x'00ff', 1, '2024-01-31', 5, 9007199254740993, NULL);
        INSERT INTO t VALUES (-9223372036854775808, 2.5, 2.5, 'a' || char(0) || 'b', x'', 0, NULL, 'n/a', 0.5, NULL);
        """
    )
    table = tables_of(source)["t"]
    assert columns_of(table) == [
        ("i", "INTEGER", "int64"),
        ("r", "REAL", "double"),
        ("n", "NUMERIC", "double"),
        ("s", "TEXT", "string"),
        ("b", "BLOB", "binary"),
        ("yes", "BOOLEAN", "bool"),
        ("d", "DATE", "string"),
        ("mixed", "INT", "string"),
        ("wide", "NUMERIC", "string"),
        ("x", "any", "string"),
    ]
    assert rows_of(source, table) == [
        (1, 1.0, 1.0, "007", b"\0\xff", True, "2024-01-31", "5", "9007199254740993", None),
        (-(2**63), 2.5, 2.5, "a\0b", b"", False, None, "n/a", "0.5", None),
    ]
    assert {column.name for column in table.columns if column.textual} == {"s", "d", "mixed", "wide", "x"}


def test_keys_references_and_what_may_be_missing(database: Written) -> None:
    tables = tables_of(
        database(
            """
            CREATE TABLE port (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
            CREATE TABLE call (
                ship TEXT, day DATE, port_id INT REFERENCES port, note TEXT DEFAULT '',
                PRIMARY KEY (day, ship), FOREIGN KEY (ship, day) REFERENCES plan (ship, "on day")
            ) WITHOUT ROWID;
            """
        )
    )
    assert tables["port"].key == ("id",)
    assert tables["call"].key == ("day", "ship")
    assert [column.nullable for column in tables["call"].columns] == [False, False, True, True]
    assert [column.nullable for column in tables["port"].columns] == [False, False]
    keys = {key.columns: (key.target_table, key.target_columns) for key in tables["call"].foreign_keys}
    assert keys == {("port_id",): ("port", ("id",)), ("ship", "day"): ("plan", ("ship", "on day"))}


def test_odd_names_computed_columns_and_shadowed_row_ids(database: Written) -> None:
    source = database(
        """
        CREATE TABLE "a ""b""; --" ("x y" INT, "x  y" INT AS ("x y" * 2), "z" INT AS ("x y" + 1) STORED);
        INSERT INTO "a ""b""; --" VALUES (1), (2);
        CREATE TABLE ids (rowid TEXT, oid TEXT, _rowid_ TEXT);
        INSERT INTO ids VALUES ('a', 'b', 'c');
        """
    )
    tables = tables_of(source)
    odd = tables['a "b"; --']
    assert [column.name for column in odd.columns] == ["x y", "x y_2", "z"]
    assert rows_of(source, odd) == [(1, 2, 2), (2, 4, 3)]
    assert rows_of(source, tables["ids"]) == [("a", "b", "c")]


def test_a_view_of_few_steps_that_take_long(database: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "MOST_SECONDS", 0.2)
    source = database(
        """
        CREATE TABLE t (a INT); INSERT INTO t VALUES (1);
        CREATE VIEW slow AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 10000)
        SELECT length(replace(hex(zeroblob(100000 + x)), '00', 'abcdef')) AS s FROM n;
        """
    )
    tables = tables_of(source)
    assert list(tables) == ["t"]
    assert "the view 'slow' cannot be read and was left out: it takes more than" in tables["t"].notes[0]


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"


def test_many_views_do_not_take_longer_than_a_few(database: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "MOST_STEPS", 100_000)
    views = "".join(f"CREATE VIEW v{number:02} AS {ENDLESS};" for number in range(20))
    source = database(f"CREATE TABLE t (a INT); INSERT INTO t VALUES (1); {views} CREATE VIEW w AS SELECT a FROM t;")
    tables = tables_of(source)
    assert list(tables) == ["t"]
    said = {note.split("'")[1]: note.partition("left out: ")[2] for note in tables["t"].notes}
    assert list(said) == [*(f"v{number:02}" for number in range(20)), "w"]
    looked_at = [name for name, why in said.items() if why.startswith("it takes more than 100000 steps")]
    assert looked_at == ["v00", "v01", "v02", "v03", "v04"]
    assert (
        said["v05"]
        == said["w"]
        == (
            "the views before it took all of the 500000 steps or 600 seconds that the views of a file may take together"
        )
    )


@pytest.mark.parametrize("what", [f"CREATE VIEW v AS {ENDLESS}", f"CREATE TABLE large AS {ENDLESS} LIMIT 100000"])
def test_a_database_that_is_not_wanted_any_more(database: Written, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "MOST_STEPS", 2_000_000)

    def stop() -> None:
        raise Stopped

    source = database(what)
    with asking(stop), pytest.raises(Stopped):
        tables_of(source)


def test_views_and_those_that_fail(database: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "MOST_STEPS", 2_000_000)
    source = database(
        """
        CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2);
        CREATE VIEW double AS SELECT a * 2 AS b FROM t;
        CREATE VIEW dangling AS SELECT * FROM gone;
        CREATE VIEW endless AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n;
        CREATE VIEW sorted AS WITH RECURSIVE n(x) AS (SELECT 1 UNION SELECT x + 1 FROM n) SELECT x FROM n ORDER BY -x;
        CREATE VIEW peeking AS SELECT * FROM pragma_database_list;
        CREATE VIEW loading AS SELECT load_extension('evil') FROM t;
        CREATE VIEW huge AS SELECT hex(zeroblob(999999999)) AS x;
        """
    )
    tables = tables_of(source)
    assert list(tables) == ["double", "t"]
    assert tables["double"].kind == "view"
    assert rows_of(source, tables["double"]) == [(2,), (4,)]
    (notes, others) = (table.notes for table in tables.values())
    assert not others
    said = {note.split("'")[1]: note.partition("left out: ")[2] for note in notes}
    assert said["dangling"] == "no such table: main.gone"
    assert said["endless"] == said["sorted"] == "it takes more than 2000000 steps or 120 seconds to compute"
    assert "unsafe use" in said["peeking"]
    assert "unsafe use" in said["loading"]
    assert "too big" in said["huge"]


def test_virtual_tables_are_left_out(database: Written) -> None:
    tables = tables_of(
        database(
            """
            CREATE TABLE t (a INT); INSERT INTO t VALUES (1);
            CREATE VIRTUAL TABLE search USING fts5(body); INSERT INTO search VALUES ('hello');
            CREATE VIEW through AS SELECT body FROM search;
            """
        )
    )
    assert list(tables) == ["t"]
    assert "the table 'search' is computed by an extension of SQLite (virtual) and left out" in tables["t"].notes
    assert any("part of a virtual one" in note for note in tables["t"].notes)
    assert any(note.startswith("the view 'through' cannot be read") for note in tables["t"].notes)


def test_ranges_of_row_ids_hold_every_row_once(database: Written) -> None:
    source = database(
        """
        CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT);
        INSERT INTO t VALUES (-9223372036854775808, 'first'), (9223372036854775807, 'last');
        WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5000)
        INSERT INTO t SELECT x * 7, printf('text %d', x % 10) FROM n;
        """
    )
    whole, cut = tables_of(source)["t"], tables_of(source, 10_000)["t"]
    assert len(whole.partitions) == 1
    assert len(cut.partitions) > 5
    assert rows_of(source, cut) == rows_of(source, whole)
    assert len(rows_of(source, whole)) == 5002
    for table in (whole, cut):
        batches = [batch for part in table.partitions for batch in SqliteReader().read(source, table, part)]
        assert 0 < sum(batch.bytes_read for batch in batches) <= source.size


def test_batches_are_bounded_by_their_bytes_whatever_is_wanted(
    database: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_reader, "_BATCH_BYTES", 100_000)
    source = database(
        """
        CREATE TABLE t (n INT, s TEXT, b BLOB);
        WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 50)
        INSERT INTO t SELECT x, char(0) || hex(zeroblob(10000)), zeroblob(x * 100) FROM n;
        """
    )
    table = tables_of(source)["t"]
    (part,) = table.partitions

    def sizes(table: Table) -> list[int]:
        return [batch.rows.num_rows for batch in SqliteReader().read(source, table, part)]

    assert sum(sizes(table)) == 50
    assert max(sizes(table)) <= 5
    assert sizes(replace(table, only=(0,))) == sizes(table)
    assert sizes(replace(table, only=())) == sizes(table)


def test_bytes_that_are_no_text(database: Written) -> None:
    source = database("CREATE TABLE t (s TEXT); INSERT INTO t VALUES (CAST(x'ff41' AS TEXT)), ('é');")
    assert rows_of(source, tables_of(source)["t"]) == [("\\xffA",), ("é",)]


def test_nothing_is_written_beside_it(tmp_path: Path, source_of: SourceOf) -> None:
    path = tmp_path / "log.db"
    writer = sqlite3.connect(path)
    writer.executescript("PRAGMA journal_mode = wal; CREATE TABLE t (a INT); INSERT INTO t VALUES (1);")
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writer.execute("INSERT INTO t VALUES (2)")
    writer.commit()
    before = {item.name: item.read_bytes() for item in tmp_path.iterdir()}
    source = source_of(path)
    table = tables_of(source)["t"]
    assert rows_of(source, table) == [(1,)]
    assert table.notes == ("the file log.db-wal lies beside it; changes that only it holds are not in the profile",)
    assert {item.name: item.read_bytes() for item in tmp_path.iterdir()} == before
    writer.close()


def test_a_geopackage(database: Written) -> None:
    source = database(
        """
        CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL);
        CREATE TABLE ports (fid INTEGER PRIMARY KEY, geom POINT, name TEXT);
        INSERT INTO ports VALUES (1, x'4750000100000000', 'Syros');
        """,
        "ports.gpkg",
    )
    assert rows_of(source, tables_of(source)["ports"]) == [(1, b"GP\0\1\0\0\0\0", "Syros")]


def test_a_database_without_tables(database: Written, written: Written) -> None:
    for source in (database("PRAGMA user_version = 1"), written(b"", "empty.db")):
        (table,) = tables_of(source).values()
        assert (table.columns, table.partitions, table.notes) == ((), (), ("the database holds no tables",))


def test_a_database_in_another_file(database: Written) -> None:
    source = Packed(database("CREATE TABLE t (a INT); INSERT INTO t VALUES (1);"))
    assert rows_of(source, tables_of(source)["t"]) == [(1,)]


def test_what_is_no_database(database: Written, written: Written, tmp_path: Path, source_of: SourceOf) -> None:
    with pytest.raises(UnreadableFile, match=r"thumbs.db: is no SQLite database, or an encrypted one"):
        tables_of(written(b"\x01\x02" * 100, "thumbs.db"))
    path = tmp_path / database("CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(50000));").path
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(UnreadableFile, match=r"harbour.sqlite: is cut short: it has \d+ bytes of the \d+"):
        tables_of(source_of(path))


def test_a_file_that_was_replaced(database: Written, tmp_path: Path) -> None:
    source = database("CREATE TABLE t (a INT); INSERT INTO t VALUES (1);")
    table = tables_of(source)["t"]
    (tmp_path / source.path).rename(tmp_path / "old.sqlite")
    database("CREATE TABLE t (a INT); INSERT INTO t VALUES (2);")
    with pytest.raises(ChangedWhileRead):
        rows_of(source, table)


def test_a_connection_that_was_led_elsewhere(database: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    source = database("CREATE TABLE t (a INT)")
    other = database("CREATE TABLE secret (a INT)", "other.sqlite")
    monkeypatch.setattr(sqlite_file, "path_of", lambda file: str(other.root / other.location))
    with pytest.raises(ChangedWhileRead, match="was replaced while it was opened"):
        tables_of(source)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bytes]:
    path = tmp_path_factory.mktemp("sound") / "a.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(
        """
        PRAGMA page_size = 512;
        CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT, r REAL); CREATE INDEX i ON t (s);
        CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
        CREATE VIEW joined AS SELECT t.s, w.v FROM t JOIN w ON w.k = t.s;
        WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 200)
        INSERT INTO t SELECT x, 'text ' || x, x / 3.0 FROM n;
        INSERT INTO w SELECT s, hex(zeroblob(id)) FROM t;
        """
    )
    connection.close()
    yield path.read_bytes()


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_a_reason(
    data: st.DataObject, sound: bytes, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "MOST_STEPS", 1_000_000)
    content = bytearray(sound)
    for _ in range(data.draw(st.integers(0, 12))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    source = written(bytes(content), "damaged.sqlite")
    try:
        for table in tables_of(source, 4096).values():
            rows_of(source, table)
    except (UnreadableFile, TooMuchData) as error:
        assert str(error).startswith("damaged.sqlite: ")
