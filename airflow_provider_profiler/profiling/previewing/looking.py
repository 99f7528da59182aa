"""From the name of a table that was profiled to its sources as they are now: only what it is made of is looked at."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from airflow_provider_profiler.contract.errors import ProfilerError, TableNotFound
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.archives.member import MemberSource
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.partition import PlanTask, plan_source
from airflow_provider_profiler.profiling.previewing.finding import Sources, identity, refusal
from airflow_provider_profiler.profiling.previewing.profiled import ProfiledDataset, ProfiledTable
from airflow_provider_profiler.profiling.previewing.wish import Whereabouts
from airflow_provider_profiler.profiling.readers.declared_languages import with_languages
from airflow_provider_profiler.profiling.readers.reader import Source, Table
from airflow_provider_profiler.profiling.shards.keyed import KEYED, KeyedSource, key_columns
from airflow_provider_profiler.profiling.shards.names import shard_path


@dataclass(frozen=True)
class FoundTable:
    """A table of one file as it is now, or a part of a table of several."""

    source: Source
    reader: str
    table: Table
    changed: bool | None
    """Whether the file is another one than it was; None where that cannot be told."""

    def with_keys(self) -> "FoundTable":
        """A part of a table of several files with the columns whose values stand in the part's path."""
        within = self.source.container.path if isinstance(self.source, MemberSource) else ""
        keys = () if (path := shard_path(self.source.path, within=within)) is None else path.keys
        if not keys:
            return self
        own = self.table.columns
        columns = key_columns(own, [key for key, _ in keys])
        source = KeyedSource(self.source, self.reader, own, tuple(value for _, value in keys))
        return replace(self, source=source, reader=KEYED, table=replace(self.table, columns=(*own, *columns)))


def parts_of(table: ProfiledTable, profiled: ProfiledDataset, where: Whereabouts) -> Iterator[FoundTable]:
    """What a table is made of, file after file; each is looked at when it is its turn.

    :raises TableNotFound: when the first of its files, or the table in it, is not there any more.
    :raises InvalidRequest: when a file cannot be read, saying why.
    """
    told = with_languages(where.options, where.specification)
    sources = Sources(table, profiled, where)
    together, files = profiled.files_of(table)
    alone = together or sum(other.path == table.path for other in profiled.record_sets) == 1
    for number, file in enumerate(files):
        source, changed = sources.source(file)
        if source is None:
            if number:  # a part of a table went; the others are still its rows
                continue
            raise TableNotFound(f"{file.path} is not in the dataset any more; profile it again to see what is.")
        plan = plan_source(PlanTask(source, told.reading, told.execution))
        if plan.reason is not None:
            raise refusal(plan.reason)
        found = _table_in(plan.tables, table, where.specification, alone=alone)
        if found is None:
            raise TableNotFound(
                f"{file.path} holds no table {table.name!r} any more; profile the dataset again to see what it holds."
            )
        part = FoundTable(source, plan.reader, found, changed)
        yield part.with_keys() if together else part


def _table_in(
    tables: Sequence[Table], wanted: ProfiledTable, specification: ProfileSpecification, *, alone: bool
) -> Table | None:
    """The table of a file that is meant: the one of its name, or the only one where it was the only one, too.

    :param alone: whether it was the only table of its file.
    """
    for table in tables:
        if identity(specification, wanted.path, table.name) == wanted.id:
            return table
    return tables[0] if alone and len(tables) == 1 else None


@contextmanager
def reading(source: Source) -> Iterator[None]:
    """What goes wrong while a source is read is told as an error of ours."""
    try:
        yield
    except (ProfilerError, MemoryError):
        raise
    except Exception as error:
        raise refusal(file_reason(error, source.path)) from error


def narrowed(table: Table, names: Sequence[str]) -> Table:
    """The table with those of its columns that have one of the names."""
    wanted = set(names)
    return replace(
        table, only=tuple(position for position, column in enumerate(table.columns) if column.name in wanted)
    )
