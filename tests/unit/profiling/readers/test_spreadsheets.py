"""Every sheet is a table with typed cells, wherever in the sheet it stands; what is no table is told."""

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.formats import media_type_of
from airflow_provider_profiler.profiling.readers import workbooks
from airflow_provider_profiler.profiling.readers.reader import Source, Table, TooMuchData, UnreadableFile
from airflow_provider_profiler.profiling.readers.spreadsheets import SpreadsheetReader
from airflow_provider_profiler.profiling.readers.workbooks import describe_workbook
from airflow_provider_profiler.profiling.source import FileSource
from tests.unit.profiling.readers.packed_source import Packed
from tests.unit.profiling.readers.workbook_files import ErrorValue, SheetFile, Styled, write_parts, write_workbook

SourceOf = Callable[[Path], FileSource]
Reads = Callable[..., dict[str, tuple[Table, list[dict[str, Any]]]]]


@pytest.fixture
def reads(source_of: SourceOf) -> Reads:
    """The tables of a workbook by name, and their rows."""

    def read(path: Path, **options: Any) -> dict[str, tuple[Table, list[dict[str, Any]]]]:
        source = replace(source_of(path), media_type=media_type_of(path.name) or "")
        tables = SpreadsheetReader().tables(source, ReadingOptions(**options), ExecutionOptions())
        return {table.name: (table, rows_of(source, table)) for table in tables}

    return read


def rows_of(source: Source, table: Table) -> list[dict[str, Any]]:
    names = [column.name for column in table.wanted]
    return [
        dict(zip(names, row.values(), strict=True))
        for part in table.partitions
        for batch in SpreadsheetReader().read(source, table, part)
        for row in batch.rows.to_pylist()
    ]


def types_of(table: Table) -> dict[str, tuple[str, bool]]:
    return {column.name: (column.physical_type, column.textual) for column in table.columns}


#: For each file the sheets with their columns and rows, or what is said of the file.
HARD = {
    "bian-anal-mca-2005-dols-eng-1011-0312-tab3.xlsm": {"Definitions": (4, 37)},
    "blank_line.ods": {"Sheet1": (3, 3)},
    "encrypted_no_password.xls": "is encrypted with a password",
    "excel_properties.xls": {"Sheet1": (1, 17)},
    "large.xlsx": {"Report": (11, 28), "data": (11, 8544), "criteria": (5, 7)},
    "libreoffice.xlsx": {"Sheet1": (0, 0)},
    "loffice-4.4.1.2.ods": {"Sheet1": (3, 3)},
    "multilineods.ods": {"Sheet1": (1, 1)},
    "ods_formats.ods": {"Sheet1": (10, 5)},
    "simple.ods": {"Sheet1": (3, 3)},
    "simple.xls": {"simple.csv": (3, 6)},
    "simple.xlsx": {"simple.csv": (3, 6)},
    "span_rich.xls": {"Sheet1": (4, 5)},
    "sw_gen.xlsx": {"tweets": (17, 15)},
    "unicode_sheet_name.xls": {"mês": (1, 0)},
}


def test_hard_files(shared_data: Path, reads: Reads) -> None:
    files = sorted((shared_data / "hard_excel").iterdir())
    assert [file.name for file in files] == sorted(HARD)
    found: dict[str, object] = {}
    tables = {}
    for file in files:
        try:
            tables[file.name] = reads(file)
            found[file.name] = {name: (len(t.columns), len(rows)) for name, (t, rows) in tables[file.name].items()}
        except UnreadableFile as error:
            assert str(error).startswith(f"{file.name}: ")
            found[file.name] = next(text for text in HARD.values() if isinstance(text, str) and text in str(error))
    assert found == HARD

    table, rows = tables["large.xlsx"]["data"]
    assert types_of(table)["RptDate"] == ("date", False)
    assert types_of(table)["Total Pieces"] == ("integer", False)
    assert rows[0]["RptDate"] == datetime.date(2013, 6, 30)
    assert rows[0]["Series_2"] == "A"
    assert table.reading.skipped_lines == 2
    assert "the sheet 'data' is hidden" in table.notes
    report, _ = tables["large.xlsx"]["Report"]
    assert report.columns[3].name == "'B' ALL BONDS REDEEMED (A - C) OR (F + I)"
    table, rows = tables["ods_formats.ods"]["Sheet1"]
    assert rows[0]["Time"] == "11:12:12", "a column of times and words is text"
    assert rows[0]["Int"] == 3
    assert rows[1]["Boolean"] is False
    assert "the sheet 'Sheet3' is empty and was left out" in table.notes
    assert tables["libreoffice.xlsx"]["Sheet1"][0].notes == ("the sheet 'Sheet1' is empty and was left out",)


def test_cells_keep_their_types(tmp_path: Path, reads: Reads) -> None:
    day = Styled(45292, 1)
    path = write_workbook(
        tmp_path / "types.xlsx",
        {
            "t": [
                ["id", "whole", "part", "yes", "day", "moment", "time", "lasts", "mixed", "code", "none", " ", "huge"],
                [
                    "a",
                    1,
                    1,
                    True,
                    day,
                    Styled(45292.5, 2),
                    Styled(0.25, 3),
                    Styled(1.5, 4),
                    1,
                    "007",
                    None,
                    None,
                    1e300,
                ],
                ["b", -2, 2.5, False, day, day, Styled(0.5, 3), Styled(0.5, 4), "x", "012", None, "  ", 1],
                ["c", 3, ErrorValue("#N/A"), True, None, day, None, None, 2.5, "x", None, None, 2],
                ["d", 4, 4, True, day, day, None, None, True, "y", None, None, 2],
                ["e", 4, 4, True, day, day, None, None, day, "y", None, None, 2],
            ]
        },
    )
    ((table, rows),) = reads(path).values()
    assert types_of(table) == {
        "id": ("text", True),
        "whole": ("integer", False),
        "part": ("number", False),
        "yes": ("boolean", False),
        "day": ("date", False),
        "moment": ("date and time", False),
        "time": ("time", False),
        "lasts": ("duration in seconds", False),
        "mixed": ("mixed", True),
        "code": ("text", True),
        "none": ("text", True),
        "column_12": ("text", True),
        "huge": ("number", False),
    }
    assert rows[0] == {
        "id": "a",
        "whole": 1,
        "part": 1.0,
        "yes": True,
        "day": datetime.date(2024, 1, 1),
        "moment": datetime.datetime(2024, 1, 1, 12),
        "time": datetime.time(6),
        "lasts": 129600.0,
        "mixed": "1",
        "code": "007",
        "none": None,
        "column_12": None,
        "huge": 1e300,
    }
    assert [row["mixed"] for row in rows] == ["1", "x", "2.5", "true", "2024-01-01"]
    assert rows[2]["part"] is None
    assert rows[1]["column_12"] is None
    assert "1 cell holds an error such as #N/A, counted as missing" in table.notes


def test_an_error_value_that_the_parser_does_not_know(tmp_path: Path, reads: Reads) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx", {"t": [["a", "b"], [1, ErrorValue("#SPILL!")], [2, "#SPILL! in a text"]]}
    )
    ((_, rows),) = reads(path).values()
    assert rows == [{"a": 1, "b": None}, {"a": 2, "b": "#SPILL! in a text"}]


def test_titles_an_indent_groups_and_notes(tmp_path: Path, reads: Reads) -> None:
    path = write_workbook(
        tmp_path / "report.xlsx",
        {
            "r": SheetFile(
                [
                    [],
                    [None, "Passengers by port"],
                    [],
                    [None, "port", "2023", None, "2024", None],
                    [None, None, "in", "out", "in", "out"],
                    *([None, name, n, n + 1, n + 2, n + 3] for n, name in enumerate(["Syros", "Tinos", "Naxos"] * 70)),
                    [],
                    [None, "Source: the port authority"],
                ],
                merged=("B4:B5", "C4:D4", "E4:F4"),
            )
        },
    )
    ((table, rows),) = reads(path).values()
    assert list(rows[0]) == ["port", "2023 in", "2023 out", "2024 in", "2024 out"]
    assert rows[0] == {"port": "Syros", "2023 in": 0, "2023 out": 1, "2024 in": 2, "2024 out": 3}
    assert len(rows) == 210
    assert table.reading.skipped_lines == 3
    assert table.reading.footer_lines == 1
    assert "the names of the columns of the sheet 'r' are joined from 2 rows" in table.notes


def test_merged_names_over_columns_of_text(tmp_path: Path, reads: Reads) -> None:
    rows = [
        ["person", None, "city"],
        ["first", "last", None],
        ["Ada", "Byron", "London"],
        ["Alan", "Turing", "Wilmslow"],
    ]
    path = write_workbook(tmp_path / "a.xlsx", {"t": SheetFile(rows, merged=("A1:B1", "C1:C2"))})
    ((table, found),) = reads(path).values()
    assert [column.name for column in table.columns] == ["person first", "person last", "city"]
    assert len(found) == 2


def test_names_that_repeat_or_are_missing(tmp_path: Path, reads: Reads) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"t": [["n", "n", None, "x"], *[[1, 2, 3, "y"]] * 3]})
    ((table, _),) = reads(path).values()
    assert [column.name for column in table.columns] == ["n", "n_2", "column_3", "x"]
    assert [column.original_name for column in table.columns] == ["n", "n", "", "x"]


def test_what_options_tell(tmp_path: Path, reads: Reads) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"t": [["u", "v"], ["w", "x"], ["y", "z"]]})
    ((_, rows),) = reads(path, header=False).values()
    assert rows[0] == {"column_1": "u", "column_2": "v"}
    ((table, rows),) = reads(path, skip_lines=1, header=True).values()
    assert rows == [{"w": "y", "x": "z"}]
    assert table.reading.skipped_lines == 1
    long = write_workbook(tmp_path / "b.xlsx", {"t": [*[["no", "thing"]] * 300, ["a", "b"], *[[1, 2]] * 400]})
    ((_, rows),) = reads(long, skip_lines=300).values()
    assert rows == [{"a": 1, "b": 2}] * 400


def test_a_value_of_another_kind_far_down(tmp_path: Path, reads: Reads) -> None:
    rows: list[list[object]] = [["n", "m"], *([n, n] for n in range(1000))]
    rows[500][1] = "n/a"
    ((table, found),) = reads(write_workbook(tmp_path / "a.xlsx", {"t": rows})).values()
    assert types_of(table) == {"n": ("integer", False), "m": ("mixed", True)}
    assert [row["m"] for row in found] == [*map(str, range(499)), "n/a", *map(str, range(500, 1000))]


def test_sheets_that_are_hidden_empty_or_broken(tmp_path: Path, reads: Reads) -> None:
    good = ["<sheetData><row r='1'><c r='A1'><v>1</v></c></row></sheetData>"]
    path = write_parts(
        tmp_path / "a.xlsx",
        {"good": good, "secret": good, "void": ["<sheetData/>"], "bad": ["<sheetData><row r='1'><c r='A1'></row>"]},
        {"secret": "veryHidden"},
    )
    found = reads(path)
    assert list(found) == ["good", "secret"]
    notes = found["good"][0].notes
    assert "the sheet 'void' is empty and was left out" in notes
    assert any(note.startswith("the sheet 'bad' is damaged and was left out: ") for note in notes)
    assert "the sheet 'secret' is hidden" in found["secret"][0].notes


def test_only_wanted_columns_in_the_same_batches(tmp_path: Path, source_of: SourceOf) -> None:
    source = source_of(write_workbook(tmp_path / "a.xlsx", {"t": [["a", "b", "c"], *[[1, "x", 2.5]] * 3]}))
    (table,) = SpreadsheetReader().tables(source, ReadingOptions(), ExecutionOptions())
    assert rows_of(source, replace(table, only=(2,))) == [{"c": 2.5}] * 3
    (part,) = table.partitions
    batches = list(SpreadsheetReader().read(source, table, part))
    assert sum(batch.bytes_read for batch in batches) == source.size


def test_a_workbook_in_another_file(tmp_path: Path, source_of: SourceOf) -> None:
    source = Packed(source_of(write_workbook(tmp_path / "a.xlsx", {"t": [["a", "b"], [1, "x"]]})))
    (table,) = SpreadsheetReader().tables(source, ReadingOptions(), ExecutionOptions())
    assert rows_of(source, table) == [{"a": 1, "b": "x"}]


def test_two_cells_at_the_far_ends_of_a_sheet(tmp_path: Path, reads: Reads) -> None:
    cells = "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"
    path = write_parts(tmp_path / "far.xlsx", {"t": [f"<sheetData>{cells}</sheetData>"]})
    with pytest.raises(TooMuchData, match=r"far.xlsx: a sheet of it needs more than 2048 MiB of memory"):
        reads(path)


def test_a_workbook_that_unpacks_to_too_much(tmp_path: Path, reads: Reads) -> None:
    blanks = " " * 1_000_000
    path = write_parts(tmp_path / "bomb.xlsx", {"t": ["<sheetData>", *[blanks] * 70, "</sheetData>"]})
    with pytest.raises(TooMuchData, match=r"reading\.max_compression_ratio"):
        reads(path)
    with pytest.raises(TooMuchData, match=r"reading\.max_decompressed_bytes"):
        reads(path, max_decompressed_bytes=1_000_000)


def test_the_parser_does_not_see_what_surrounds_this_process(
    tmp_path: Path, source_of: SourceOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "word")
    (tmp_path / "python_calamine.py").write_text("import os\nraise ValueError(sorted(os.environ))")
    (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    with pytest.raises(UnreadableFile) as caught:
        describe_workbook(source_of(tmp_path / "a.xls"), ReadingOptions(), tmp_path)
    assert "cannot be read as xls: [" in str(caught.value)
    assert "A_SECRET" not in str(caught.value)


def test_what_is_no_workbook(tmp_path: Path, reads: Reads) -> None:
    path = tmp_path / "page.xls"
    path.write_bytes(b"<html><table><tr><td>1</td></tr></table></html>")
    with pytest.raises(UnreadableFile, match=r"page.xls: is no workbook: it begins with b'<html><t'"):
        reads(path)


def test_an_encrypted_workbook_of_today(tmp_path: Path, reads: Reads) -> None:
    path = tmp_path / "secret.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(480)
    )
    with pytest.raises(UnreadableFile, match=r"^secret.xlsx: is encrypted with a password"):
        reads(path)


def test_a_workbook_under_another_name(tmp_path: Path, shared_data: Path, reads: Reads) -> None:
    path = tmp_path / "really_old.xlsx"
    path.write_bytes((shared_data / "hard_excel/simple.xls").read_bytes())
    ((_, rows),) = reads(path).values()
    assert len(rows) == 6


def test_no_process_outlives_a_reading_that_is_given_up(tmp_path: Path, source_of: SourceOf) -> None:
    source = source_of(write_workbook(tmp_path / "a.xlsx", {"t": [["a"], *[["x" * 1000]] * 3000]}))
    (table,) = SpreadsheetReader().tables(source, ReadingOptions(), ExecutionOptions())
    started = []
    popen = workbooks.subprocess.Popen

    class Watched(popen):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            started.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workbooks.subprocess, "Popen", Watched)
        reading = SpreadsheetReader().read(source, table, table.partitions[0])
        next(reading)
        reading.close()  # type: ignore[attr-defined]
    assert [process.poll() is not None for process in started] == [True]


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_a_reason(data: st.DataObject, tmp_path: Path, shared_data: Path, reads: Reads) -> None:
    name = data.draw(st.sampled_from(["simple.xls", "libreoffice.xlsx", "multilineods.ods", "sw_gen.xlsx"]))
    content = bytearray((shared_data / "hard_excel" / name).read_bytes())
    for _ in range(data.draw(st.integers(0, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / name
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        reads(path)
    except (UnreadableFile, TooMuchData) as error:
        assert str(error).startswith(f"{name}: ")


def test_types_are_those_of_arrow(tmp_path: Path, source_of: SourceOf) -> None:
    source = source_of(write_workbook(tmp_path / "a.xlsx", {"t": [["a", "b"], [1, "x"], [2.5, "y"]]}))
    (table,) = SpreadsheetReader().tables(source, ReadingOptions(), ExecutionOptions())
    (batch,) = SpreadsheetReader().read(source, table, table.partitions[0])
    assert [str(kind) for kind in batch.rows.schema.types] == [column.arrow_type for column in table.columns]
    assert batch.rows.schema.types == [pa.float64(), pa.string()]
