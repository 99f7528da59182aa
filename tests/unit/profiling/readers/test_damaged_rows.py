"""A row with a quote or a delimiter too many or too few costs that row at most, wherever partitions end."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.readers.delimited import DelimitedReader
from airflow_provider_profiler.profiling.readers.reader import Table
from airflow_provider_profiler.profiling.source import FileSource
from tests.unit.profiling.readers.damaged_tables import DamagedTable, damaged_table

Rows = list[tuple[str, ...]]


def read(source: FileSource, partition_bytes: int) -> tuple[Table, Rows, int]:
    # Partitions below what users may ask for, so that small files have many.
    execution = ExecutionOptions.model_construct(partition_bytes=partition_bytes)
    (table,) = DelimitedReader().tables(source, ReadingOptions(), execution)
    batches = [batch for part in table.partitions for batch in DelimitedReader().read(source, table, part)]
    rows = [tuple(cell or "" for cell in row.values()) for batch in batches for row in batch.rows.to_pylist()]
    return table, rows, sum(batch.rejected.count for batch in batches)


def distinct(rows: Sequence[Sequence[str]]) -> list[int]:
    return [len(set(column) - {""}) for column in zip(*rows, strict=True)]


def broken_law(made: DamagedTable, path: Path, source_of: Callable[[Path], FileSource]) -> str:
    """What is wrong with the reading of a damaged table; nothing where the law holds."""
    path.write_text(made.damaged, encoding="utf-8", newline="")
    names, *expected = made.sound_rows()
    table, rows, rejected = read(source_of(path), 1 << 20)
    if [column.original_name for column in table.columns] != names:
        return f"columns {[column.original_name for column in table.columns]}"
    if abs(len(rows) - len(expected)) > made.damaged_rows:
        return f"{len(rows)} rows of {len(expected)}, {made.damaged_rows} damaged"
    for found, sound in zip(distinct(rows), distinct(expected), strict=True):
        if abs(found - sound) > made.damaged_rows:
            return f"{distinct(rows)} distinct values, not {distinct(expected)}"
    lost = [row for row in set(map(tuple, expected)) if row not in set(rows)]
    if len(lost) > made.damaged_rows:
        return f"{lost} were lost"
    if read(source_of(path), 150)[1:] != (rows, rejected):
        return "the rows depend on the partitions"
    return ""


@pytest.mark.parametrize("seed", range(80))
def test_damage_costs_its_rows_at_most(seed: int, tmp_path: Path, source_of: Callable[[Path], FileSource]) -> None:
    assert broken_law(damaged_table(seed), tmp_path / "table.csv", source_of) == ""


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_damage_of_any_kind(tmp_path: Path, source_of: Callable[[Path], FileSource]) -> None:
    """Some damage cannot be told from sound text, such as quotes at the start of one row and the end of another."""
    path = tmp_path / "table.csv"
    broken = {seed: law for seed in range(5000) if (law := broken_law(damaged_table(seed), path, source_of))}
    assert len(broken) <= 10, broken


@pytest.mark.parametrize(
    ("text", "rows", "rejected"),
    [
        # a stray quote at the start of a cell, before a later row that has quotes
        ('a,b,c\n1,"abc,3\n4,"def",5\n6,x,7\n', [("1", '"abc', "3"), ("4", "def", "5"), ("6", "x", "7")], 0),
        # two of them, which enclose whole rows between them
        ('a,b,c\n1,"x,3\n4,x,5\n7,x",9\n', [("1", '"x', "3"), ("4", "x", "5"), ("7", 'x"', "9")], 0),
        # within a quoted cell, at its start, at its end
        ('a,b\n"x"y",3\n"d",4\n', [('x"y', "3"), ("d", "4")], 0),
        ('a,b\n""xy",3\n"d",4\n', [('"xy', "3"), ("d", "4")], 0),
        ('a,b\n"xy"",3\n"d",4\n', [('xy"', "3"), ("d", "4")], 0),
        ('a,b\n"x",y",3\n"d",4\n', [('x",y', "3"), ("d", "4")], 0),
        # in an empty cell
        ('a,b,c\n1,",3\n4,5,6\n', [("1", '"', "3"), ("4", "5", "6")], 0),
        ('a,b,c\n1,""",3\n4,"",6\n', [("1", '"', "3"), ("4", "", "6")], 0),
        # in cells of several lines
        ('a,b\n"x\ny"z\n\nu, v",5\n"g\nh",6\n', [('x\ny"z\n\nu, v', "5"), ("g\nh", "6")], 0),
        ('a,b\n"x\ny"",5\n"g\nh",6\n"g\nh",7\n', [('x\ny"', "5"), ("g\nh", "6"), ("g\nh", "7")], 0),
        # a delimiter too few, before and behind a cell of several lines
        ('a,b\n"x\ny"3\n"d",5\n"g\nh",6\n', [("d", "5"), ("g\nh", "6")], 1),
        # cells of several lines that are sound, though their lines have as many delimiters as rows
        ('n,b,c\n1,"Main St\nAthens, GR",GR\n2,x,FR\n', [("1", "Main St\nAthens, GR", "GR"), ("2", "x", "FR")], 0),
        ('a,b\n"x\n\ny, z\n",1\nq,2\n', [("x\n\ny, z\n", "1"), ("q", "2")], 0),
    ],
)  # fmt: skip
def test_each_kind_of_damage(
    text: str, rows: Rows, rejected: int, tmp_path: Path, source_of: Callable[[Path], FileSource]
) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8", newline="")
    for partition_bytes in (1, 1 << 20):
        assert read(source_of(path), partition_bytes)[1:] == (rows, rejected)


def test_damage_where_a_large_file_is_cut(tmp_path: Path, source_of: Callable[[Path], FileSource]) -> None:
    lines = [f"{number},name {number % 50},{number / 8}" for number in range(60_000)]
    for number, place in ((20_000, 6), (40_000, 0), (59_999, len(lines[59_999]))):
        lines[number] = lines[number][:place] + '"' + lines[number][place:]
    path = tmp_path / "table.csv"
    path.write_text("id,name,value\n" + "\n".join(lines) + "\n", encoding="utf-8")
    found = {}
    for partition_bytes in (1 << 16, 1 << 24):
        table, rows, rejected = read(source_of(path), partition_bytes)
        found[len(table.partitions)] = rows, rejected
        assert [len(rows), rejected] == [60_000, 0]
    assert len(found) == 2
    first, second = found.values()
    assert first == second
