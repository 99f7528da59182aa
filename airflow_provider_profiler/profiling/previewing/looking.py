"""From the name of a table that was profiled to its sources as they are now: only what it is made of is looked at."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from airflow_provider_profiler.contract.errors import (
    ConnectionFailed,
    InvalidRequest,
    ProfilerError,
    ServiceUnavailable,
    TableNotFound,
)
from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.profile import DistributionKind
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.databases.listing import list_databases
from airflow_provider_profiler.profiling.discovery.discovering import discover, find
from airflow_provider_profiler.profiling.executor import ThreadExecutor
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.profiling.partition import PlanTask, plan_source
from airflow_provider_profiler.profiling.previewing.profiled import ProfiledDataset, ProfiledFile, ProfiledTable
from airflow_provider_profiler.profiling.previewing.wish import Whereabouts
from airflow_provider_profiler.profiling.readers.declared_languages import with_languages
from airflow_provider_profiler.profiling.readers.reader import Source, Table


@dataclass(frozen=True)
class FoundTable:
    """A table of one file as it is now, or a part of a table of several."""

    source: Source
    reader: str
    table: Table
    changed: bool | None
    """Whether the file is another one than it was; None where that cannot be told."""


def parts_of(table: ProfiledTable, profiled: ProfiledDataset, where: Whereabouts) -> Iterator[FoundTable]:
    """What a table is made of, file after file; each is looked at when it is its turn.

    :raises TableNotFound: when the first of its files, or the table in it, is not there any more.
    :raises InvalidRequest: when a file cannot be read, saying why.
    """
    told = with_languages(where.options, where.specification)
    for number, file in enumerate(profiled.files_of(table)):
        source, changed = _source(table, file, profiled, where)
        if source is None:
            if number:  # a part of a table went; the others are still its rows
                continue
            raise TableNotFound(f"{file.path} is not in the dataset any more; profile it again to see what is.")
        plan = plan_source(PlanTask(source, told.reading, told.execution))
        if plan.reason is not None:
            raise _refusal(plan.reason)
        found = _table_in(plan.tables, table, where.specification)
        if found is None:
            raise TableNotFound(
                f"{file.path} holds no table {table.name!r} any more; profile the dataset again to see what it holds."
            )
        yield FoundTable(source, plan.reader, found, changed)


def _source(
    table: ProfiledTable, file: ProfiledFile, profiled: ProfiledDataset, where: Whereabouts
) -> tuple[Source | None, bool | None]:
    """The file as it is now, and whether it is another one than it was."""
    if file.kind is DistributionKind.DATABASE:
        return _database_table(table, where), None
    outermost = profiled.outermost(file)
    found, _ = find(where.datasets, where.options.discovery)
    options = where.options.discovery.model_copy(update={"checksum": False})
    looked_at = discover(
        where.specification,
        [item for item in found if item.path == outermost],
        options,
        ThreadExecutor(1),
        NullObserver(),
        reading=where.options.reading,
    )
    source = next((item for item in looked_at.inventory.sources if item.path == file.path), None)
    now = next((item for item in looked_at.distributions if item.path == file.path), None)
    if now is None:
        return None, None
    if source is None:
        reason = now.reason or FileReason(
            code=FileReasonCode.UNSUPPORTED_FORMAT, message=f"{file.path}: is no file that holds tables any more"
        )
        raise _refusal(reason)
    return source, (now.content_size, now.modified) != (file.content_size, file.modified)


def _database_table(table: ProfiledTable, where: Whereabouts) -> Source | None:
    listing = list_databases(where.specification, where.databases, where.options, NullObserver())
    reason = next((item.reason for item in listing.distributions if item.path == table.path), None)
    if reason is not None:
        raise _refusal(reason)
    for item in listing.tables:
        if _identity(where.specification, table.path, item.name) == table.id and item.path == table.path:
            return item
    return None


def _table_in(tables: Sequence[Table], wanted: ProfiledTable, specification: ProfileSpecification) -> Table | None:
    """The table of a file that is meant: the one of its name, or the only one."""
    for table in tables:
        if _identity(specification, wanted.path, table.name) == wanted.id:
            return table
    return tables[0] if len(tables) == 1 else None


def _identity(specification: ProfileSpecification, path: str, name: str) -> object:
    return part_uuid(specification.id, "record_set", path, name)


@contextmanager
def reading(source: Source) -> Iterator[None]:
    """What goes wrong while a source is read is told as an error of ours."""
    try:
        yield
    except ProfilerError:
        raise
    except Exception as error:
        raise _refusal(file_reason(error, source.path)) from error


def _refusal(reason: FileReason) -> ProfilerError:
    message = f"{reason.message.rstrip('.')}."
    match reason.code:
        case FileReasonCode.CONNECTION_FAILED | FileReasonCode.TIMED_OUT | FileReasonCode.CREDENTIALS_MISSING:
            return ConnectionFailed(message)
        case FileReasonCode.READER_NOT_INSTALLED:
            return ServiceUnavailable(message)
        case _:
            return InvalidRequest(message)


def narrowed(table: Table, names: Sequence[str]) -> Table:
    """The table with those of its columns that have one of the names."""
    wanted = set(names)
    return replace(
        table, only=tuple(position for position, column in enumerate(table.columns) if column.name in wanted)
    )
