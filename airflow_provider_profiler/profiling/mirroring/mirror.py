"""Writes the mirrors: a second pass over the profiled rows, batch after batch, in the memory of a few of them.

The types of a mirror are those that the first pass found over all rows, so that it cannot be written in the same one.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from airflow_provider_profiler.contract.errors import ProfilerError
from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.profile import DatasetProfile, Mirror, RecordSet
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.mirroring.mirrored_columns import (
    ConvertedColumn,
    NotOfItsType,
    as_text,
    mirrored_column,
)
from airflow_provider_profiler.profiling.observer import Observer, Stopped
from airflow_provider_profiler.profiling.readers.registry import reader_named
from airflow_provider_profiler.profiling.selection.planning import SelectedTable
from airflow_provider_profiler.profiling.selection.rows import RowTally, wanted_rows
from airflow_provider_profiler.profiling.statistics.arrow_kinds import readable_values
from airflow_provider_profiler.render.croissant.names import Names
from airflow_provider_profiler.storage.results import MIRROR


def write_mirrors(
    profile: DatasetProfile, tables: Sequence[SelectedTable], folder: Path, observer: Observer
) -> DatasetProfile:
    """Write the profiled rows of every table, and tell in the profile where they are.

    A table that cannot be read a second time has no mirror, which a warning says.

    :param tables: what each record set of the profile was read from, in their order.
    :param folder: where the folder of mirrors goes; created where it is not there.
    :raises Stopped: when the observer wants no more.
    """
    (folder / MIRROR).mkdir(parents=True, exist_ok=True)
    names = Names()
    record_sets, warnings = [], []
    for record_set, selected in zip(profile.record_sets, tables, strict=True):
        path = f"{MIRROR}/{names.give(record_set.name.replace('/', '_'))}.parquet"
        try:
            mirror = _write(record_set, selected, folder, path, observer)
        except (Stopped, ProfilerError):
            raise
        except Exception as error:
            reason = file_reason(error, selected.path)
            warnings.append(
                JobWarning(
                    code="mirror_failed", message=f"The table {record_set.name} has no mirror: {reason.message}."
                )
            )
            record_sets.append(record_set)
        else:
            record_sets.append(record_set.model_copy(update={"mirror": mirror}))
    return profile.model_copy(update={"record_sets": tuple(record_sets), "warnings": (*profile.warnings, *warnings)})


def _write(record_set: RecordSet, selected: SelectedTable, folder: Path, path: str, observer: Observer) -> Mirror:
    columns: list[ConvertedColumn] | None = None
    while True:
        attempt = _Attempt(record_set, folder / path, columns)
        try:
            for batch in _rows(selected):
                observer.check()
                attempt.add(batch, selected)
            attempt.finish(selected)
        except BaseException:
            attempt.give_up()
            raise
        if not attempt.failed:
            break
        # What is known of a column may be wrong about a few of its values: then it is text from the beginning.
        columns = [as_text() if place in attempt.failed else kept for place, kept in enumerate(attempt.columns)]
    with (folder / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Mirror(
        path=path,
        content_size=(folder / path).stat().st_size,
        sha256=digest,
        rows=attempt.rows,
        data_types=tuple(column.data_type for column in attempt.columns),
    )


class _Attempt:
    """A mirror while it is written."""

    def __init__(self, record_set: RecordSet, file: Path, columns: list[ConvertedColumn] | None) -> None:
        self._record_set = record_set
        self._file = file
        self._unfinished = file.with_name(f".{file.name}.tmp")
        self.columns = columns or []
        self._known = columns is not None
        self._writer: pyarrow.parquet.ParquetWriter | None = None
        self.failed: set[int] = set()
        """Places of columns with values that are not of their type."""
        self.rows = 0

    def add(self, batch: pa.RecordBatch, selected: SelectedTable) -> None:
        """Write the rows of a batch; after a failure the others are only looked at."""
        if not self._known:
            self.columns = [
                mirrored_column(field, column, readable_values(values).type)
                for field, column, values in zip(
                    self._record_set.fields, selected.table.wanted, batch.columns, strict=True
                )
            ]
            self._known = True
        converted = []
        for place, (column, values) in enumerate(zip(self.columns, batch.columns, strict=True)):
            try:
                converted.append(column(values))
            except NotOfItsType:
                self.failed.add(place)
        if not self.failed:
            self._open().write_batch(pa.record_batch(converted, schema=self._schema()))
            self.rows += batch.num_rows

    def finish(self, selected: SelectedTable) -> None:
        """All rows were added."""
        if not self._known:
            self.columns = [
                mirrored_column(field, column, None)
                for field, column in zip(self._record_set.fields, selected.table.wanted, strict=True)
            ]
        writer = self._open()
        writer.close()
        self._writer = None
        with self._unfinished.open("rb") as file:
            os.fsync(file.fileno())
        if not self.failed:
            self._unfinished.replace(self._file)

    def give_up(self) -> None:
        """Leave nothing behind."""
        if self._writer is not None:
            with suppress(OSError, pa.ArrowException):
                self._writer.close()
        self._unfinished.unlink(missing_ok=True)

    def _schema(self) -> pa.Schema:
        names = [field.name for field in self._record_set.fields]
        return pa.schema([pa.field(name, column.type) for name, column in zip(names, self.columns, strict=True)])

    def _open(self) -> pyarrow.parquet.ParquetWriter:
        if self._writer is None:
            self._writer = pyarrow.parquet.ParquetWriter(self._unfinished, self._schema(), compression="zstd")
        return self._writer


def _rows(selected: SelectedTable) -> Iterator[pa.RecordBatch]:
    """The wanted rows and columns of a table, in order."""
    wanted = selected.table.positions()
    filters = selected.filters or (None,) * len(selected.table.partitions)
    for partition, rows in zip(selected.table.partitions, filters, strict=True):
        condition = rows.condition if rows is not None else None
        read = sorted({*wanted, *(condition.columns if condition is not None else ())})
        only = None if len(read) == len(selected.table.columns) else tuple(read)
        source, reader, table = selected.as_read(partition, only)
        places = [read.index(position) for position in wanted]
        for batch in wanted_rows(reader_named(reader).read(source, table, partition), table, rows, RowTally()):
            if batch.rows.num_rows:
                yield batch.rows.select(places)
        source.check_unchanged()
