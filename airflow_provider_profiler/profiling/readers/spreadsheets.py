"""Spreadsheets: every sheet is a table whose cells keep their types. See :mod:`.workbooks` for how they are parsed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import python_calamine

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.formats import MEDIA_TYPES, stem_of
from airflow_provider_profiler.profiling.readers.column_names import unique_names
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    Column,
    Partition,
    Source,
    Table,
    UnreadableFile,
    check_width,
)
from airflow_provider_profiler.profiling.readers.sheet_cells import CellType, column_of, type_of
from airflow_provider_profiler.profiling.readers.sheet_layout import SheetLayout, find_sheet_layout
from airflow_provider_profiler.profiling.readers.workbooks import Sheet, Workbook, describe_workbook, read_sheet
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering

_PARSER = Path(python_calamine.__file__).parents[1]


class SpreadsheetReader:
    """Reads the sheets of xls, xlsx, xlsm, xlsb and ods. A sheet is one partition: only whole can it be parsed."""

    name = "spreadsheets"
    media_types = frozenset(MEDIA_TYPES[extension] for extension in ("xls", "xlsx", "xlsm", "xlsb", "ods"))

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:  # noqa: ARG002
        """Find the table of every sheet. What is no table is told in the notes of the first one.

        :raises UnreadableFile: when it is encrypted, damaged or no workbook.
        :raises TooMuchData: when it is made to fill memory, or larger than options and limits allow.
        """
        workbook = describe_workbook(source, reading, _PARSER)
        names = unique_names([sheet.name for sheet in workbook.sheets])
        found = [
            (sheet, name, layout)
            for sheet, name in zip(workbook.sheets, names, strict=True)
            if sheet.cells is not None and (layout := find_sheet_layout(sheet.cells, reading)).names
        ]
        notes = _left_out(workbook, {sheet.index for sheet, _, _ in found})
        if not found:
            return (_nothing(source, workbook, notes),)
        cells = sum(_weight(layout) for _, _, layout in found)
        tables = []
        for sheet, name, layout in found:
            check_width(len(layout.names), source.path)
            share = source.size * _weight(layout) // cells
            tables.append(_table(sheet, name, layout, share, notes))
            notes = []
        return tuple(tables)

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The rows of a sheet in batches; empty cells are null, and blank rows are left out.

        :raises UnreadableFile: when the workbook is not what it was planned as.
        """
        index, first_column, share = partition.place
        types = [_TYPES[column.physical_type] for column in table.columns]
        rows = (partition.start, partition.stop)
        columns = (first_column, first_column + len(types))
        done = lines = 0
        for passed, cells, numbers in read_sheet(source, index, rows, columns, _PARSER):
            read = share * passed // (partition.stop - partition.start)
            try:
                yield Batch(
                    _batch(cells, types, table.positions()),
                    bytes_read=read - done,
                    lines=partition.start + passed - lines,
                    numbering=Numbering(numbers=np.array(numbers) - lines),
                )
            except (ValueError, TypeError, pa.ArrowException) as error:
                raise UnreadableFile(f"{source.path}: {table.name!r} does not hold what it did at first") from error
            done, lines = read, partition.start + passed


#: By name; every combination of kinds has one of these types.
_TYPES: dict[str, CellType] = {found.name: found for found in map(type_of, range(1 << 9))}


def _batch(cells: Sequence[Sequence[object]], types: Sequence[CellType], wanted: Sequence[int]) -> pa.RecordBatch:
    columns = list(zip(*cells, strict=True))
    arrays = [column_of(columns[position], types[position]) for position in wanted]
    if not arrays:
        return pa.RecordBatch.from_struct_array(pa.array([{}] * len(cells), pa.struct([])))
    schema = pa.schema([pa.field(f"c{index}", array.type) for index, array in enumerate(arrays)])
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _table(sheet: Sheet, name: str, layout: SheetLayout, share: int, notes: Sequence[str]) -> Table:
    types = [type_of(kinds) for kinds in layout.kinds]
    start, stop = layout.rows
    return Table(
        name=name,
        kind="sheet",
        columns=tuple(
            Column(
                name=unique,
                original_name=original,
                physical_type=found.name,
                textual=found.textual,
                arrow_type=str(found.arrow),
            )
            for unique, original, found in zip(unique_names(layout.names), layout.names, types, strict=True)
        ),
        partitions=(
            (Partition(0, start, stop, place=(sheet.index, layout.first_column, share)),) if stop > start else ()
        ),
        reading=Reading(
            reader=SpreadsheetReader.name, skipped_lines=layout.skipped_rows, footer_lines=layout.footer_rows
        ),
        notes=(*notes, *_notes(sheet, layout)),
    )


def _nothing(source: Source, workbook: Workbook, notes: Sequence[str]) -> Table:
    """A table without columns, which stands for a workbook without any.

    :raises UnreadableFile: when that is because its sheets cannot be read.
    """
    broken = [sheet for sheet in workbook.sheets if sheet.problem]
    if broken:
        raise UnreadableFile(f"{source.path}: its sheet {broken[0].name!r} is damaged: {broken[0].problem}")
    name = workbook.sheets[0].name if workbook.sheets else stem_of(source.path.rpartition("/")[2])
    return Table(name, (), (), Reading(reader=SpreadsheetReader.name), notes=tuple(notes), kind="sheet")


def _left_out(workbook: Workbook, found: set[int]) -> list[str]:
    """What of a workbook makes no table, and what counts as missing."""
    notes = []
    for sheet in workbook.sheets:
        if sheet.problem:
            notes.append(f"the sheet {sheet.name!r} is damaged and was left out: {sheet.problem}")
        elif sheet.type != "WorkSheet":
            notes.append(f"the sheet {sheet.name!r} holds no cells (it is a {sheet.type}) and was left out")
        elif sheet.index not in found:
            notes.append(f"the sheet {sheet.name!r} is empty and was left out")
    if workbook.error_cells:
        held = "1 cell holds an error" if workbook.error_cells == 1 else f"{workbook.error_cells} cells hold errors"
        notes.append(f"{held} such as #N/A, counted as missing")
    return notes


def _notes(sheet: Sheet, layout: SheetLayout) -> list[str]:
    """What a person should know about how a sheet's table was found."""
    name = f"the sheet {sheet.name!r}"
    notes = []
    if sheet.visibility != "Visible":
        notes.append(f"{name} is hidden")
    if layout.skipped_rows:
        notes.append(f"{_rows(layout.skipped_rows)} above the table of {name} skipped")
    if layout.header_rows > 1:
        notes.append(f"the names of the columns of {name} are joined from {layout.header_rows} rows")
    if not layout.header_rows:
        notes.append(f"{name} has no row that names its columns")
    if layout.blank_rows:
        notes.append(f"{_rows(layout.blank_rows, 'blank ')} in the table of {name} left out")
    if layout.footer_rows:
        notes.append(f"{_rows(layout.footer_rows)} below the table of {name} skipped")
    return notes


def _rows(number: int, kind: str = "") -> str:
    return f"1 {kind}row" if number == 1 else f"{number} {kind}rows"


def _weight(layout: SheetLayout) -> int:
    """Cells: what a sheet takes of the file is not known, and about in proportion to them."""
    return (layout.rows[1] - layout.rows[0]) * len(layout.names) + 1
