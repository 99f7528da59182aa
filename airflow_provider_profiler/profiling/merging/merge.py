"""One profile out of the states that several profiles left behind, without reading their data again."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from airflow_provider_profiler.config.settings import source_date_epoch
from airflow_provider_profiler.contract.errors import InvalidRequest, ProfilerError
from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    RecordSet,
    RowSelection,
)
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling.engine import GENERATOR
from airflow_provider_profiler.profiling.merging.listing import Listing
from airflow_provider_profiler.profiling.merging.matching import Place, match_tables
from airflow_provider_profiler.profiling.merging.provenance import provenance, repeated_warnings, source_labels
from airflow_provider_profiler.profiling.merging.specifications import merged_specification
from airflow_provider_profiler.profiling.merging.tables import Part, merge_parts
from airflow_provider_profiler.profiling.readers.reader import Table
from airflow_provider_profiler.profiling.record_sets import record_set, record_set_names
from airflow_provider_profiler.profiling.relationships.relating import Relating
from airflow_provider_profiler.profiling.result import Profile
from airflow_provider_profiler.profiling.row_places import FileLines
from airflow_provider_profiler.profiling.selection.accuracy import with_selection
from airflow_provider_profiler.profiling.selection.row_choice import needs_total
from airflow_provider_profiler.profiling.stored_states.layout import StoredTable, UnusableStates
from airflow_provider_profiler.profiling.stored_states.reading import SavedStates
from airflow_provider_profiler.profiling.stored_states.writing import write_states
from airflow_provider_profiler.profiling.table_state import TableState


def merge(
    *sources: SavedStates | Path | str,
    dataset_id: str = "",
    name: str = "",
    states: str | Path | None = None,
) -> Profile:
    """Merge the saved states of two or more profiles: of one dataset's months, or of several datasets.

    Tables that belong together (see :func:`~airflow_provider_profiler.profiling.merging.matching.match_tables`) become
    one, as if their rows had been profiled one after the other in the order of the sources; all others are kept as they
    are. Every file of every source is listed. The warnings say what went in, and what does not fit together.

    :param sources: ``states.bin`` files, folders of profiles that hold one, or files that were opened before.
    :param dataset_id: the merged dataset's UUID, or a name to derive one from; see
        :func:`~airflow_provider_profiler.profiling.merging.specifications.merged_specification`.
    :param name: its name; the sources' names otherwise.
    :param states: a file to save the merged states in, which may be one of the sources; None: they are forgotten.
    :raises UnusableStates: when a file is damaged, of another program or of another version.
    :raises ColumnConflict: when a column's values are of kinds that do not fit together.
    :raises InvalidRequest: when there are fewer than two sources, or one is not there.
    """
    saved = [source if isinstance(source, SavedStates) else SavedStates.open(Path(source)) for source in sources]
    epoch = source_date_epoch()
    moment = datetime.now(UTC).replace(microsecond=0) if epoch is None else datetime.fromtimestamp(epoch, UTC)
    target = None if states is None else Path(states)
    return Profile(merge_saved(saved, dataset_id=dataset_id, name=name, generated_at=moment, states=target))


def merge_saved(
    saved: Sequence[SavedStates], *, dataset_id: str, name: str, generated_at: datetime, states: Path | None
) -> DatasetProfile:
    """The profile model of a merge; see :func:`merge`.

    :param generated_at: the profile's one timestamp, with a time zone.
    """
    if len(saved) < 2:
        raise InvalidRequest("Give two or more profiles to merge.")
    return _Merging(saved, dataset_id, name, generated_at).run(states)


@dataclass(frozen=True)
class _Group:
    """Tables that are one."""

    members: tuple[tuple[int, StoredTable], ...]
    """The position of each one's profile, and the table."""
    origin: Distribution
    """What the table is read from in the merged profile."""

    @property
    def selection(self) -> RowSelection | None:
        """How the rows of all members were chosen; None where all were asked for."""
        chosen = [table.selection for _, table in self.members]
        if not any(chosen):
            return None
        whole = [
            item or RowSelection(rows_seen=table.rows, rows_fulfilling=table.rows, complete=True, sample=False)
            for item, (_, table) in zip(chosen, self.members, strict=True)
        ]
        return RowSelection(
            rows_seen=sum(item.rows_seen for item in whole),
            rows_fulfilling=sum(item.rows_fulfilling for item in whole),
            complete=all(item.complete for item in whole),
            sample=any(item.sample for item in whole),
        )


class _Merging:
    """One merge, step by step."""

    def __init__(self, saved: Sequence[SavedStates], dataset_id: str, name: str, generated_at: datetime) -> None:
        self._saved = saved
        self._profiles = [item.profile for item in saved]
        self._labels = source_labels(self._profiles)
        self._generated_at = generated_at
        self._specification, left_empty = merged_specification(
            [profile.specification for profile in self._profiles], dataset_id=dataset_id, name=name
        )
        self._options = self._profiles[0].options
        self._listing = Listing(self._specification.id, self._profiles)
        self._warnings = list(provenance(saved, self._labels, left_empty))

    def run(self, states: Path | None) -> DatasetProfile:
        matched = match_tables([item.tables for item in self._saved])
        groups = [self._group(places) for places in matched.groups]
        groups.sort(key=lambda group: group.origin.path)
        for note in matched.notes:
            self._warn("tables_kept_apart", note)
        with ExitStack() as stack:
            writer = stack.enter_context(write_states(states)) if states is not None else None
            distributions = self._listing.distributions()
            relating = Relating(distributions, tables=len(groups))
            record_sets = []
            for group, table_name in zip(groups, _names(groups), strict=True):
                part = self._part(group)
                described = self._described(part, group, table_name)
                record_sets.append(relating.take(described, part.table, part.state))
                if writer is not None:
                    files = part.files if len(part.files) > 1 else ()
                    writer.add(group.origin.path, part.table, part.state, group.selection, files=files)
            related, notes = relating.finish(record_sets)
            profile = DatasetProfile(
                kind=Target.HEAVY,
                generated_at=self._generated_at,
                generator=GENERATOR,
                specification=self._specification,
                options=self._options,
                distributions=distributions,
                record_sets=related,
                warnings=(*self._warnings, *notes, *repeated_warnings(self._profiles, self._labels)),
            )
            if writer is not None:
                writer.finish(profile)
        return profile

    def _group(self, places: Sequence[Place]) -> _Group:
        members = tuple((place.profile, self._saved[place.profile].tables[place.table]) for place in places)
        try:
            return _Group(members, self._listing.origin([(profile, table.path) for profile, table in members]))
        except KeyError as error:
            files = ", ".join(str(self._saved[place.profile].file) for place in places)
            raise UnusableStates(
                f"{files}: holds states of a table in {members[-1][1].path}, which its profile does not list as read. "
                "Profile the data again."
            ) from error

    def _part(self, group: _Group) -> Part:
        """The table of a group; at most two states are in memory at a time."""
        merged: Part | None = None
        for profile, table in group.members:
            label = f"{self._labels[profile]} ({table.path})"
            state = self._saved[profile].state(table)
            part = Part((label,), self._as_read(profile, table), state, self._files(profile, table, state))
            if merged is None:
                merged = part
                continue
            merged, notes = merge_parts(merged, part, self._options.statistics)
            for note in notes:
                self._warn("columns_differ", note)
        if merged is None:
            raise AssertionError("a group has a table")
        return merged

    def _as_read(self, profile: int, table: StoredTable) -> Table:
        """The table, with the paths of its files in the merged profile."""
        read = table.as_read()
        damage = read.undecodable
        examples = tuple(
            item if item.path is None else item.model_copy(update={"path": self._listing.path_of(profile, item.path)})
            for item in damage.examples
        )
        return replace(read, undecodable=replace(damage, examples=examples))

    def _files(self, profile: int, table: StoredTable, state: TableState) -> tuple[FileLines, ...]:
        files = [(file.path, file.lines) for file in table.files] or [(table.path, state.lines)]
        return tuple(FileLines(self._listing.path_of(profile, path), lines) for path, lines in files)

    def _described(self, part: Part, group: _Group, name: str) -> RecordSet:
        try:
            found = record_set(
                dataset_id=self._specification.id,
                path=group.origin.path,
                name=name,
                table=part.table,
                state=part.state,
                options=self._options.statistics,
                files=part.files if len(part.files) > 1 else (),
            )
        except ProfilerError:
            raise
        except Exception as error:  # sound lengths and sums, and yet something that no data can have
            raise UnusableStates(
                f"The states of {part.label} cannot be described: {error}. Profile the data again."
            ) from error
        found = found.model_copy(update={"distribution_id": group.origin.id})
        if group.selection is None:
            return found
        # Parts that were sampled one by one are no random sample of the whole: no bounds can be given.
        alone = self._profiles[group.members[0][0]] if len(group.members) == 1 else None
        random = alone is not None and needs_total(alone.options.sampling)
        return with_selection(found, group.selection, random=random)

    def _warn(self, code: str, message: str) -> None:
        self._warnings.append(JobWarning(code=code, message=f"{message}."))


def _names(groups: Sequence[_Group]) -> list[str]:
    paths = [group.origin.path for group in groups]
    return record_set_names(
        [
            (_without_star(path), group.members[0][1].name, paths.count(path) == 1)
            for path, group in zip(paths, groups, strict=True)
        ]
    )


def _without_star(path: str) -> str:
    """A path without the part that differs and what leads up to it: ``trips_2019-*.csv`` is ``trips_2019.csv``."""
    before, star, after = path.rpartition("*")
    if not star or before.endswith("*"):
        return path
    folder, slash, name = before.rpartition("/")
    kept = f"{folder}{slash}{name.rstrip('-_. ')}{after if name else after.lstrip('-_. ')}"
    return kept.lstrip("/") or path
