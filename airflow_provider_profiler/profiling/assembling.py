"""The heavy profile: the light one with what became of every file, and the tables that were found."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from airflow_provider_profiler.contract.errors import ProfilerError
from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    DistributionStatus,
    RecordSet,
    RowSelection,
)
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling.correlated_columns import left_out_note
from airflow_provider_profiler.profiling.databases.listing import database_outcome
from airflow_provider_profiler.profiling.databases.table_source import DatabaseTable
from airflow_provider_profiler.profiling.discovery.archive_members import outcomes_of_archives
from airflow_provider_profiler.profiling.executor import Session
from airflow_provider_profiler.profiling.failures import check_goes_on, file_reason, only_listed
from airflow_provider_profiler.profiling.readings import FileReading, Readings, TableReading
from airflow_provider_profiler.profiling.record_sets import record_set, record_set_names
from airflow_provider_profiler.profiling.relationships.relating import Relating
from airflow_provider_profiler.profiling.reuse.parts import PartStates
from airflow_provider_profiler.profiling.reuse.unusable import UnusableEarlier
from airflow_provider_profiler.profiling.selection.accuracy import with_selection
from airflow_provider_profiler.profiling.selection.row_choice import needs_total
from airflow_provider_profiler.profiling.shards.distribution import set_distribution
from airflow_provider_profiler.profiling.stored_states.writing import StatesWriter
from airflow_provider_profiler.profiling.table_state import TableState

log = logging.getLogger(__name__)


def assemble(
    light: DatasetProfile,
    readings: Readings,
    warnings: Sequence[JobWarning],
    session: Session,
    *,
    states: StatesWriter | None = None,
    reuse: PartStates | None = None,
) -> DatasetProfile:
    """The heavy profile.

    :param warnings: what is to be told beside what the light profile tells.
    :param states: where the states of the tables are saved; None: they are forgotten.
    :param reuse: where it is noted what was saved; None: nowhere.
    :raises FileFailed: at the first table that cannot be described, where the options say so.
    """
    sound = [table for table in readings.tables if table.files]
    names = record_set_names([_named(table) for table in sound])
    relating = Relating(light.distributions, tables=len(sound))
    found: list[JobWarning] = []
    for table, name in zip(sound, names, strict=True):
        if not table.files:  # another table of its file failed meanwhile
            continue
        path = table.selected.path
        try:
            state = table.state(light.options, session)
            chosen = table.selection(state.rows)
            known = None if reuse is None else reuse.before(light, table, name, chosen)
            table.alone = known or _described(light, table, name, state, chosen)
            table.record_set = relating.take(table.alone, table.selected.table, state)
        except ProfilerError:  # not the table's fault: the workers are gone
            raise
        except Exception as error:  # one table that cannot be described must not take the others with it
            if any(part.kept is not None for part in table.parts):
                # The texts of foreign errors may quote cells: they are for the log alone.
                log.exception("Describing the states of %s failed", path)
                raise UnusableEarlier(
                    f"the states of {path} cannot be described ({type(error).__name__}); the log says why"
                ) from error
            reason = file_reason(error, path)
            check_goes_on(reason, light.options)
            table.fail(reason)
        else:
            if states is not None:
                shown = table.selected.table
                told = replace(shown, columns=shown.wanted, only=None)
                stored = states.add(path, told, state, chosen, files=table.file_lines)
                if reuse is not None:
                    reuse.described(table, stored)
        found.extend(_notes(table, light.options))
    described = [table for table in sound if table.files and table.record_set is not None]
    related, notes = relating.finish([table.record_set for table in described if table.record_set is not None])
    if reuse is not None:
        reuse.related(described, related)
    found.extend(
        JobWarning(code="table_failed", message=f"{file.reason.message}.")
        for file in readings.files
        if isinstance(file.plan.source, DatabaseTable) and file.reason is not None
    )
    return light.model_copy(
        update={
            "kind": Target.HEAVY,
            "distributions": tuple(outcomes_of_archives(list(_distributions(light, readings)))),
            "record_sets": related,
            "warnings": (*light.warnings, *warnings, *found, *_failed_shards(sound), *notes),
        }
    )


def _named(table: TableReading) -> tuple[str, str, bool]:
    selected = table.selected
    path = selected.path if table.shards is None else table.shards.title
    return path, selected.table.name, table.parts[0].file.tables == 1


def _described(
    light: DatasetProfile, table: TableReading, name: str, state: TableState, chosen: RowSelection | None
) -> RecordSet:
    """The record set of a table.

    :param chosen: how its rows were chosen.
    """
    described = record_set(
        dataset_id=light.dataset_id,
        path=table.selected.path,
        name=name,
        table=table.selected.table,
        state=state,
        options=light.options.statistics,
        files=table.file_lines,
        rejected=None if table.shards is None else tuple(table.rejected),
    )
    if chosen is None:
        return described
    return with_selection(described, chosen, random=needs_total(light.options.sampling))


def _notes(table: TableReading, options: ProfileOptions) -> Iterator[JobWarning]:
    """What a person should know about how a table was found; of several files each note once."""
    told = [(table.selected.path, note) for note in table.selected.table.notes]
    if table.shards is not None:
        told = [(file.plan.source.path, note) for file in table.files for note in file.plan.tables[0].notes]
    count = Counter(note for _, note in told)
    for note, path in {note: path for path, note in reversed(told)}.items():
        more = f" (and so in {count[note] - 1} more files of this table)" if count[note] > 1 else ""
        yield JobWarning(code="table_found", message=f"{path}: {note}{more}.")
    wanted = table.selected.table.wanted
    limited = left_out_note(wanted) if options.statistics.correlations != "none" else None
    if limited is not None:
        yield JobWarning(code="correlations_limited", message=f"{table.selected.path}: {limited}.")


def _failed_shards(tables: Sequence[TableReading]) -> Iterator[JobWarning]:
    for table in tables:
        if table.shards is None or not table.files:
            continue
        for part in table.parts:
            if part.file.reason is not None:
                name = table.selected.table.name
                message = f"The table {name!r} is without one of its files: {part.file.reason.message.rstrip('.')}."
                yield JobWarning(code="shards_apart", message=message)


def _distributions(light: DatasetProfile, readings: Readings) -> Iterator[Distribution]:
    outcomes: dict[str, list[FileReading]] = {}
    for file in readings.files:
        outcomes.setdefault(file.plan.source.path, []).append(file)
    sets = {file.plan.source.path: table for table in readings.tables if table.shards for file in table.files}
    identities: dict[int, UUID] = {}
    for item in light.distributions:
        found = _outcome(item, outcomes.get(item.path, []))
        table = sets.get(item.path) if item.kind is DistributionKind.FILE else None
        if table is not None and table.shards is not None:
            if id(table) not in identities:
                identities[id(table)] = part_uuid(light.dataset_id, "distribution", table.selected.path)
                yield set_distribution(identities[id(table)], table.shards, item, [file.plan for file in table.files])
            found = found.model_copy(update={"contained_in": identities[id(table)]})
        yield found


def _outcome(distribution: Distribution, readings: Sequence[FileReading]) -> Distribution:
    if distribution.kind is DistributionKind.DATABASE:
        return database_outcome(distribution, [reading.reason for reading in readings])
    if not readings or distribution.kind is not DistributionKind.FILE:
        return distribution
    reading = readings[0]
    if reading.reason is not None:
        # Sound content that nothing here reads is no failure, wherever that was found out.
        status = DistributionStatus.LISTED if only_listed(reading.reason) else DistributionStatus.FAILED
        return distribution.model_copy(update={"status": status, "reason": reading.reason})
    tables, content = reading.plan.tables, reading.plan.content
    read: dict[str, Any] = {"status": DistributionStatus.PROFILED, "reading": tables[0].reading if tables else None}
    if content is not None:
        read |= {"reading": content.reading, "document": content.document, "image": content.image}
    return distribution.model_copy(update=read)
