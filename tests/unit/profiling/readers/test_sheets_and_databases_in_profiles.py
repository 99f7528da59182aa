"""Sheets and tables of database files as the profile of their dataset shows them."""

import sqlite3
from collections.abc import Callable
from typing import Any

import duckdb

from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    DataType,
    Distribution,
    DistributionStatus,
    RecordSet,
)
from airflow_provider_profiler.contract.reasons import FileReasonCode
from tests.unit.profiling.readers.workbook_files import SheetFile, Styled, write_parts, write_workbook

Named = Callable[[DatasetProfile, str], RecordSet]
Placed = Callable[[DatasetProfile, str], Distribution]


def types_of(table: RecordSet) -> dict[str, DataType]:
    return {field.name: field.data_type for field in table.fields}


def test_sheets(bench: Any, of_name: Named, of_path: Placed) -> None:
    rows = [[n, f"{n:03}", Styled(45292 + n, 1), f"2024-01-{n % 28 + 1:02}", n % 2 or "n/a"] for n in range(300)]
    table = [["id", "code", "day", "text", "mixed"], *rows]
    write_workbook(bench.dataset / "ports.xlsx", {"a": table, "b": SheetFile(table[:11], state="hidden"), "c": []})
    ends = "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"
    write_parts(bench.dataset / "far.xlsx", {"t": [f"<sheetData>{ends}</sheetData>"]})
    profile = bench.heavy()
    first, second = of_name(profile, "ports/a"), of_name(profile, "ports/b")
    assert (first.kind, first.row_count, second.row_count) == ("sheet", 300, 10)
    assert types_of(first) == {
        "id": DataType.INTEGER,
        "code": DataType.TEXT,
        "day": DataType.DATE,
        "text": DataType.DATE,
        "mixed": DataType.INTEGER,
    }
    assert first.fields[0].statistics.numeric is not None
    assert first.fields[2].statistics.temporal.maximum == "2024-10-26"  # type: ignore[union-attr]
    ports, bomb = of_path(profile, "ports.xlsx"), of_path(profile, "far.xlsx")
    assert ports.status is DistributionStatus.PROFILED
    assert bomb.reason is not None
    assert (bomb.status, bomb.reason.code) == (DistributionStatus.FAILED, FileReasonCode.TOO_LARGE)
    said = [warning.message for warning in profile.warnings]
    assert "ports.xlsx: the sheet 'b' is hidden." in said
    assert "ports.xlsx: the sheet 'c' is empty and was left out." in said
    assert bench.heavy(workers=1).record_sets == profile.record_sets


def test_databases(bench: Any, of_name: Named, of_path: Placed) -> None:
    script = (
        "CREATE TABLE port (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, since DATE);"
        "INSERT INTO port VALUES (1, 'Syros', '2024-01-31'), (2, 'Tinos', '2024-02-29');"
        "CREATE TABLE call (ship VARCHAR, port INTEGER REFERENCES port (id));"
        "INSERT INTO call VALUES ('Ariadne', 1), ('Phaedra', 1), ('Ariadne', 2);"
        "CREATE VIEW busy AS SELECT port, count(*) AS calls FROM call GROUP BY port ORDER BY port;"
    )
    connection = sqlite3.connect(bench.dataset / "lite.db")
    connection.executescript(script)
    connection.close()
    with duckdb.connect(bench.dataset / "duck.duckdb") as other:
        other.execute(script)
    profile = bench.heavy()
    for stem, file in (("lite", "lite.db"), ("duck", "duck.duckdb")):
        assert of_path(profile, file).status is DistributionStatus.PROFILED
        port, call, busy = (of_name(profile, f"{stem}/{name}") for name in ("port", "call", "busy"))
        assert (port.kind, port.key, port.row_count) == ("table", ("id",), 2)
        assert (busy.kind, busy.row_count) == ("view", 2)
        assert types_of(port) == {"id": DataType.INTEGER, "name": DataType.TEXT, "since": DataType.DATE}
        assert types_of(busy) == {"port": DataType.INTEGER, "calls": DataType.INTEGER}
        assert [field.nullable for field in port.fields] == [False, False, True]
        (reference,) = call.fields[1].references
        assert (reference.field_id, reference.declared) == (port.fields[0].id, True)
        assert sum(table.bytes_read for table in (port, call, busy)) <= of_path(profile, file).content_size
