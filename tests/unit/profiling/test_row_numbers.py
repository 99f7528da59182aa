"""Examples of what is wrong say where it stands, in the numbers by which people find it."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_provider_profiler.contract.options import ExecutionOptions, ProfileOptions
from airflow_provider_profiler.contract.profile import RecordSet
from airflow_provider_profiler.profiling import merge, profile
from airflow_provider_profiler.render import moma
from tests.unit.profiling.readers.workbook_files import write_workbook

#: A row of the table; what is odd about it is in some rows alone.
ODD = {
    7: {"number": "x"},
    12: {"number": "NA"},
    15: {"day": "31.01.2024"},
    23: {"text": "ΑOΑ"},
    31: {"number": "z"},
    40: {"number": "-999", "text": "again"},
    41: {"number": "-999", "text": "once more"},
    42: {"number": "-999", "text": "and again"},
}
ROWS = 60
#: Rows, counted from 1, of what is found, by column and the beginning of what is said.
EXPECTED = {
    ("number", "2 of"): [("x", 7), ("z", 31)],
    ("number", "1 value is"): [("NA", 12)],
    ("number", "-999"): [("-999", 40)],
    ("day", "Dates are"): [("31.01.2024", 15)],
    ("text", "Words mix"): [("ΑOΑ", 23)],
    ("", "1 of"): [("the same as row 3", 50)],
}


def rows_of_table() -> list[dict[str, str]]:
    rows = [
        {"number": str(row % 17), "day": f"2024-01-{row % 28 + 1:02d}", "text": f"text {row}"} | ODD.get(row, {})
        for row in range(1, ROWS + 1)
    ]
    rows[49] = rows[2]
    return rows


def found(table: RecordSet) -> dict[tuple[str, str], list[tuple[str | None, int | None]]]:
    """The examples of all errors but those about rows that were left out."""
    return {
        (error.column, start): [(example.value, example.row) for example in error.examples]
        for error in table.quality
        for column, start in EXPECTED
        if error.column == column and error.description.startswith(start)
    }


def shifted(lines: dict[int, int]) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """What is expected of a file in which row ``n`` stands in line ``lines[n]``."""
    return {
        key: [(value.replace("row 3", f"row {lines[3]}"), lines[row]) for value, row in examples]
        for key, examples in EXPECTED.items()
    }


def table_of(path: Path, **options: Any) -> RecordSet:
    (table,) = profile(path, options).model.record_sets
    return table


def csv_of(rows: list[dict[str, str]]) -> list[str]:
    return ["number;day;text", *(";".join(row.values()) for row in rows)]


PARTITIONS = pytest.mark.parametrize("partition_bytes", [64 * 1024, 200])


def partitioned(path: Path, partition_bytes: int, columns_per_task: int | None = None, **options: Any) -> RecordSet:
    """The table of a file in partitions below what users may ask for, so that small files have many."""
    small = {"partition_bytes": partition_bytes, "columns_per_task": columns_per_task}
    chosen = ProfileOptions.model_validate(options).model_copy(
        update={"execution": ExecutionOptions().model_copy(update=small)}
    )
    (table,) = profile(path, chosen).model.record_sets
    return table


@PARTITIONS
@pytest.mark.parametrize("columns_per_task", [None, 1])
def test_rows_of_a_delimited_text_are_its_lines(
    tmp_path: Path, partition_bytes: int, columns_per_task: int | None
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("\n".join(csv_of(rows_of_table())) + "\n")
    table = partitioned(file, partition_bytes, columns_per_task)
    assert found(table) == shifted({row: row + 1 for row in range(1, ROWS + 1)})


@PARTITIONS
def test_lines_count_whatever_stands_between_the_rows(tmp_path: Path, partition_bytes: int) -> None:
    lines = ["# made by hand", "#", *csv_of(rows_of_table())]
    at = {row: row + 3 for row in range(1, ROWS + 1)}
    for row, inserted in ((5, ""), (10, "# a comment"), (20, "too;many;cells;here"), (26, None)):
        place = at[row]
        if inserted is None:  # a cell of two lines
            number, day, _ = lines[place - 1].split(";")
            lines[place - 1 : place] = [f'{number};{day};"two', 'lines"']
            at = {other: line + (line > place) for other, line in at.items()}
        else:
            lines.insert(place - 1, inserted)
            at = {other: line + (line >= place) for other, line in at.items()}
    file = tmp_path / "a.csv"
    file.write_text("\n".join(lines) + "\n")
    table = partitioned(file, partition_bytes)
    assert (table.row_count, table.rejected_rows) == (ROWS, 1)
    assert found(table) == shifted(at)
    (left_out,) = (error for error in table.quality if "left out" in error.description)
    assert [lines[example.row - 1] for example in left_out.examples] == ["too;many;cells;here"]
    for error in table.quality:
        if error.column:
            assert all(example.value in lines[example.row - 1] for example in error.examples)


@PARTITIONS
def test_lines_of_json_and_rows_of_parquet(tmp_path: Path, partition_bytes: int) -> None:
    rows = rows_of_table()
    lines = [json.dumps(row) for row in rows]
    lines.insert(9, "no object")
    lines.insert(30, "")
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(lines) + "\n")
    at = {row: row + (row >= 10) + (row >= 30) for row in range(1, ROWS + 1)}
    assert found(partitioned(file, partition_bytes)) == shifted(at)
    array = tmp_path / "b.json"
    array.write_text("[" + ",\n".join(json.dumps(row) for row in rows) + "]")
    assert found(partitioned(array, partition_bytes)) == EXPECTED
    parquet = tmp_path / "c.parquet"
    typed = {
        "number": [None if row["number"] in {"x", "z", "NA"} else int(row["number"]) for row in rows],
        "text": [row["text"] for row in rows],
    }
    pq.write_table(pa.table(typed), parquet, row_group_size=7)
    found_in = found(partitioned(parquet, partition_bytes))
    assert found_in == {key: EXPECTED[key] for key in (("number", "-999"), ("text", "Words mix"), ("", "1 of"))}


def test_rows_that_were_chosen_keep_their_numbers(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    header, *lines = csv_of(rows_of_table())
    file.write_text("\n".join([f"id;{header}", *(f"{row};{line}" for row, line in enumerate(lines, start=1))]))
    for partition_bytes in (200, 64 * 1024):
        table = partitioned(file, partition_bytes, selection={"where": "id > 20"})
        assert found(table)["text", "Words mix"] == [("ΑOΑ", 24)]
        assert found(table)["number", "-999"] == [("-999", 41)]
        table = partitioned(file, partition_bytes, sampling={"method": "nth", "n": 2})
        assert found(table)["text", "Words mix"] == [("ΑOΑ", 24)]
        assert {(item.value, item.row) for error in table.quality for item in error.examples} >= {("x", 8), ("z", 32)}


def test_of_several_files_the_one_is_named_in_which_a_row_is_counted(tmp_path: Path) -> None:
    header, *lines = csv_of(rows_of_table())
    cuts = {"t_1.csv": lines[:20], "t_2.csv": lines[20:45], "t_3.csv": lines[45:]}
    folder = tmp_path / "data"
    folder.mkdir()
    for name, part in cuts.items():
        (folder / name).write_text("\n".join([header, *part]))  # the last line does not end
    whole = profile(folder, states=tmp_path / "whole.bin").model
    parts = []
    for name in cuts:
        parts.append(tmp_path / f"{name}.bin")
        profile(folder / name, states=parts[-1])
    for model in (whole, merge(*parts).model):
        (table,) = model.record_sets
        seen = {
            (item.column, example.value, (example.path or "").rpartition("/")[2], example.row)
            for item in table.quality
            for example in item.examples
        }
        assert seen >= {
            ("number", "x", "t_1.csv", 8),
            ("number", "z", "t_2.csv", 12),
            ("number", "-999", "t_2.csv", 21),
            ("text", "ΑOΑ", "t_2.csv", 4),
        }
        (repeated,) = (item for item in table.quality if item.description.startswith("1 of 60 row repeats"))
        (example,) = repeated.examples
        assert (example.row, str(example.path).rpartition("/")[2]) == (6, "t_3.csv")
        assert str(example.value).startswith("the same as row 4 of ")
    (again,) = merge(tmp_path / "whole.bin", parts[0]).model.record_sets
    rows = {(example.value, example.row) for item in again.quality for example in item.examples}
    assert {("x", 8), ("z", 12), ("ΑOΑ", 4)} <= rows


def test_a_column_with_too_many_texts_to_list_tells_its_rows_too(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    lines = [f"word {row};{row}" for row in range(1, 3001)]
    lines[1233], lines[2500] = "ΑOΑ;-", "ΑOΑ;z"
    file.write_text("\n".join(["text;number", *lines]))
    exact = table_of(file, statistics={"exact_values": 100_000})
    sketched = table_of(file, statistics={"exact_values": 16})

    def examples(table: RecordSet) -> dict[str, list[Any]]:
        return {f"{item.column} {item.error_type}": list(item.examples) for item in table.quality if item.column}

    assert {item.row for found_ones in examples(exact).values() for item in found_ones} == {1235, 2502}
    kept = examples(sketched)
    assert kept["number value_error"] == examples(exact)["number value_error"]


def test_rows_of_a_sheet_are_those_that_a_person_sees(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    rows: list[list[Any]] = [[], ["number", "text"], *([row, f"text {row}"] for row in range(3, 40))]
    rows[9], rows[20][1] = [], "ΑOΑ"
    write_workbook(file, {"sheet": rows})
    (error,) = (item for item in table_of(file).quality if item.column == "text")
    assert [(example.value, example.row) for example in error.examples] == [("ΑOΑ", 21)]


def test_bytes_that_could_not_be_read_are_told_of_a_merged_profile_too(tmp_path: Path) -> None:
    files = []
    for number in (1, 2):
        file = tmp_path / f"t_{number}.csv"
        words = [f"{row},ΑΒΓ {row}".encode() for row in range(200)]
        words[10 * number] += b"\xff"
        file.write_bytes(b"id,name\n" + b"\n".join(words) + b"\n")
        files.append(tmp_path / f"{number}.bin")
        profile(file, states=files[-1])
    (table,) = merge(*files).model.record_sets
    (error,) = (item for item in table.quality if "not UTF-8" in item.description)
    assert error.affected_rows == 2
    places = [(str(item.path).rpartition("/")[2], item.row) for item in error.examples]
    assert places == [("t_1.csv", 12), ("t_2.csv", 22)]


def test_moma_shows_the_rows(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("\n".join(csv_of(rows_of_table())) + "\n")
    document = moma.heavy_document(profile(file).model)
    (node,) = document["recordSet"]
    examples = [item for error in node["dataQuality"]["errors"] for item in error["errorExamples"]]
    assert examples
    assert all(isinstance(item["row"], int) for item in examples)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_last_line_that_is_left_out_and_does_not_end_is_one_of_its_file(tmp_path: Path, kind: str) -> None:
    good = [f'{{"a": {row}, "b": {row}}}' for row in range(5)] if kind == "jsonl" else [f"{row},1" for row in range(5)]
    states = []
    for name in ("one", "two"):
        file = tmp_path / f"{name}.{kind}"
        lines = [*([] if kind == "jsonl" else ["a,b"]), *good, "left,out,of,all"]
        file.write_text("\n".join(lines))
        states.append(tmp_path / f"{name}.bin")
        profile(file, states=states[-1])
    (table,) = merge(*states).model.record_sets
    (error,) = (item for item in table.quality if "left out" in item.description)
    assert {(str(item.path).rpartition("/")[2], item.row) for item in error.examples} == {
        (f"one.{kind}", len(lines)),
        (f"two.{kind}", len(lines)),
    }


def test_inches_within_cells_take_no_row_its_number(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    cells = ['"one, two"', 'pipe 5" wide', "three", '"four\nlines"', 'hose 3" long', "", "five", '"x ""y"""', "ΑOΑ"]
    lines = ["number,text", *(f"{row},{cell}" if cell else "" for row, cell in enumerate(cells))]
    file.write_text("\n".join(lines) + "\n")
    table = table_of(file, reading={"delimiter": ",", "quote": '"'})
    assert table.row_count == len(cells) - 1
    (error,) = (item for item in table.quality if item.description.startswith("Words mix"))
    assert [(item.value, item.row) for item in error.examples] == [("ΑOΑ", 11)]
