"""From the merged state of a table to its record set: fields, examples and what is wrong with it."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.contract.profile import Field, QualityExample, RecordSet
from airflow_provider_profiler.contract.statistics import Accuracy, Scalar
from airflow_provider_profiler.profiling.archives.names import DistinctPaths
from airflow_provider_profiler.profiling.correlated_columns import read_correlations
from airflow_provider_profiler.profiling.formats import stem_of
from airflow_provider_profiler.profiling.quality import quality_errors
from airflow_provider_profiler.profiling.readers.json_paths import json_path
from airflow_provider_profiler.profiling.readers.reader import Column, Table
from airflow_provider_profiler.profiling.row_places import FileLines, RowPlaces
from airflow_provider_profiler.profiling.semantics.cells import typed_cell
from airflow_provider_profiler.profiling.semantics.column_type import describe
from airflow_provider_profiler.profiling.semantics.semantic_types import Seen, semantic_types
from airflow_provider_profiler.profiling.semantics.units import currency_of
from airflow_provider_profiler.profiling.table_state import TableState


def record_set_names(tables: Sequence[tuple[str, str, bool]]) -> list[str]:
    """A unique name for each table of a dataset.

    The file's name without its extension; with its folder where that repeats; the whole path where that does too, and
    a number behind it where even that does.

    :param tables: path of the file, name of the table, and whether it is the only table of its file.
    """

    def candidates(path: str, table: str, alone: bool) -> tuple[str, str, str]:
        folder, slash, name = path.rpartition("/")
        if "://" in path:  # a database: its tables are known by their own names
            return table, f"{name}/{table}", f"{path}/{table}"
        suffix = "" if alone else f"/{table}"
        stem = stem_of(name) + suffix
        return stem, f"{folder}{slash}{stem}", path + suffix

    choices = [candidates(*table) for table in tables]
    names = [choice[0] for choice in choices]
    for level in (1, 2):
        counts = Counter(names)
        names = [choice[level] if counts[name] > 1 else name for name, choice in zip(names, choices, strict=True)]
    distinct = DistinctPaths()
    return [distinct(name) for name in names]


def record_set(
    *,
    dataset_id: UUID,
    path: str,
    name: str,
    table: Table,
    state: TableState,
    options: StatisticsOptions,
    files: Sequence[FileLines] = (),
    rejected: tuple[QualityExample, ...] | None = None,
) -> RecordSet:
    """The record set of one table.

    :param dataset_id: the dataset that the ids are derived from.
    :param path: the file's path in the dataset.
    :param name: the record set's name, unique in the dataset.
    :param files: those that the table is made of, where they are several.
    :param rejected: examples of rows that were left out; those of the state where it is None.
    """
    columns = [describe(column, options) for column in state.columns]
    meanings = semantic_types(
        [
            Seen(column.name, column.values_type, remembered, profile)
            for column, remembered, profile in zip(table.wanted, state.columns, columns, strict=True)
        ]
    )
    fields = tuple(
        Field(
            id=part_uuid(dataset_id, "field", path, table.name, column.name),
            name=column.name,
            original_name=column.original_name,
            position=position,
            data_type=profile.data_type if profile.statistics.row_count else column.declared or profile.data_type,
            physical_type=column.physical_type,
            json_path=_json_path(table, column),
            nullable=column.nullable,
            description="; ".join((*filter(None, (column.description,)), *profile.notes)),
            format=profile.format,
            language=profile.language,
            unit=profile.unit,
            currency=None if profile.unit is None else currency_of(profile.unit),
            decimal_mark=profile.decimal_mark,
            group_mark=profile.group_mark,
            boolean_words=profile.boolean_words,
            votes=profile.votes,
            semantic_types=meaning,
            statistics=profile.statistics,
            sample=profile.sample,
        )
        for position, column, profile, meaning in zip(table.positions(), table.wanted, columns, meanings, strict=True)
    )
    duplicates, accuracy = (None, Accuracy()) if state.distinct_rows is None else state.distinct_rows.duplicates()
    id_ = part_uuid(dataset_id, "record_set", path, table.name)
    return RecordSet(
        id=id_,
        name=name,
        description=table.description,
        kind=table.kind,
        key=table.key if {column.name for column in table.wanted}.issuperset(table.key) else (),
        distribution_id=part_uuid(dataset_id, "distribution", path),
        path=path,
        row_count=state.rows,
        bytes_read=state.bytes_read,
        fields=fields,
        json_path=table.reading.json_path,
        examples=tuple(_typed(row, table, fields) for row in state.examples),
        rejected_rows=state.rejected.count,
        duplicate_rows=duplicates,
        duplicate_rows_accuracy=accuracy,
        correlations=read_correlations(state.correlations, table.wanted, fields),
        quality=quality_errors(
            id_, table, state, columns, (duplicates or 0, accuracy), places=RowPlaces(files), rejected=rejected
        ),
    )


def _json_path(table: Table, column: Column) -> str | None:
    """Where a column's values stand in a JSON document; None in other files."""
    rows = table.reading.json_path
    return None if rows is None else json_path(column.keys, rows)


def _typed(row: Sequence[Scalar | None], table: Table, fields: Sequence[Field]) -> tuple[Scalar | None, ...]:
    """An example row, with the texts of inferred columns as what they were found to be."""
    return tuple(
        typed_cell(cell, field.data_type, field.decimal_mark) if column.textual and isinstance(cell, str) else cell
        for cell, column, field in zip(row, table.wanted, fields, strict=True)
    )
