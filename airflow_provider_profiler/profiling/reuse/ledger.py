"""What is known of each file: from before, where it has not changed, and from now on, for the next profile."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from airflow_provider_profiler.profiling.archives.looking import ArchiveListing, ArchiveTask, look_into
from airflow_provider_profiler.profiling.discovery.content import Inspection, InspectionTask, inspect
from airflow_provider_profiler.profiling.object_source import ObjectSource
from airflow_provider_profiler.profiling.partition import PlanTask, SourcePlan, plan_source
from airflow_provider_profiler.profiling.readers.content import Content
from airflow_provider_profiler.profiling.readers.reader import Source
from airflow_provider_profiler.profiling.reuse.archive_listings import kept_listing, listing_of
from airflow_provider_profiler.profiling.reuse.earlier import EarlierProfile
from airflow_provider_profiler.profiling.reuse.layout import KeptFile, KeptListing, KeptPlan, KeptTable
from airflow_provider_profiler.profiling.reuse.unit_keys import (
    File,
    count_key,
    file_of,
    listing_key,
    places_key,
    plan_key,
)
from airflow_provider_profiler.profiling.reuse.unusable import UnusableEarlier
from airflow_provider_profiler.profiling.selection.counting import CountTask, RowCount, count_rows
from airflow_provider_profiler.profiling.source import FileSource
from airflow_provider_profiler.profiling.table_state import TableState
from airflow_provider_profiler.storage.object_roots import ResolvedObjects
from airflow_provider_profiler.storage.roots import ResolvedDataset

log = logging.getLogger(__name__)

#: How files are compared: by how they look (path, size, moment of the last change), or by their content too.
Comparison = Literal["stamp", "content"]
#: Nanoseconds within which a file that was just written may be written again without another time of change: of file
#: systems that tell times in whole seconds, and of the others.
_COARSE, _FINE = 2_000_000_000, 20_000_000
_SECOND = 1_000_000_000
#: What databases keep beside their files while somebody writes: changes that the file itself does not hold yet.
_BESIDE = ("-wal", "-journal", ".wal")
_WITH_LOGS = frozenset({"sqlite", "duckdb"})


@dataclass
class FileNotes:
    """A file of this profile, while it is found out about."""

    file: File
    inspection: Inspection
    listing: KeptListing | None = None
    plans: dict[str, KeptPlan] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    tables: dict[str, KeptTable] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of reuse."""

    unchanged: int = 0
    """Files that looked as they had."""
    read: int = 0
    """Files that were opened, for whatever reason."""
    unused: str = ""
    """Why what the earlier profile left behind was not used in the end; empty where nothing was wrong with it."""
    databases: bool = False
    """Whether there were databases: they are always read."""
    too_large: bool = False
    """Whether states of parts of tables were not kept because they take too much room."""

    @property
    def everything(self) -> bool:
        """Whether nothing had to be read."""
        return bool(self.unchanged) and not self.read and not self.databases


class Ledger:
    """One profile's view of what an earlier one found out, and its own notes. Used by one thread."""

    def __init__(
        self,
        earlier: EarlierProfile | None = None,
        *,
        compare: Comparison = "stamp",
        moment: datetime | None = None,
    ) -> None:
        """Begin without notes.

        :param earlier: None: everything is read.
        :param compare: whether files that look unchanged are believed, or their checksums are compared; then a file
            that was touched and is the same counts as unchanged.
        :param moment: the present one, with a time zone; no file is looked at before it.
        """
        self.earlier = earlier
        self.compare: Comparison = compare
        self.began = moment or datetime.now(UTC)
        self.places: str | None = None
        self.notes: dict[str, FileNotes] = {}
        self._same: dict[str, KeptFile | None] = {}
        self._opened: set[str] = set()
        self._planned: set[str] = set()
        self._unused = ""
        self._databases = False
        self.too_large = False

    @property
    def outcome(self) -> Outcome:
        """What came of it; complete when the profile is."""
        unchanged = sum(kept is not None for kept in self._same.values())
        return Outcome(unchanged, len(self._opened), self._unused, self._databases, self.too_large)

    def give_up(self, why: str) -> None:
        """Use nothing of the earlier profile any more."""
        self.earlier, self._unused = None, why
        self._same = dict.fromkeys(self._same)
        self._planned.clear()

    def looks_into(self, datasets: Sequence[ResolvedDataset | ResolvedObjects]) -> None:
        """Take note of where the files are looked for, before any is looked at.

        Where they lay elsewhere, another file may have the same path, size and time: they are compared by content.
        """
        self.places = places_key(datasets)
        if self.earlier is not None and self.earlier.document.places != self.places and self.compare == "stamp":
            log.info("The data lies elsewhere than it did for the earlier profile: files are compared by checksums.")
            self.compare = "content"

    def has_plan(self, source: Source) -> bool:
        """Whether it was known how a source is read, or what is in it where it is no table."""
        return source.path in self._planned

    def opened(self, source: Source) -> None:
        """Take note that something of a file is read."""
        file = file_of(source)
        if file is None:
            self._databases = True
        else:
            self._opened.add(file.path)

    # Units of work whose results are small -------------------------------------------------------------------------

    def prepared(self, function: Callable[[Any], Any], task: Any) -> Any:
        """The task as it is run: contents are compared by their checksums, whether the profile shows them or not."""
        if function is inspect and self.earlier is not None and self.compare == "content":
            return InspectionTask(task.source, checksum=True)
        return task

    def recall(self, function: Callable[[Any], Any], task: Any) -> Any:
        """The result that a unit of work had, where the file is unchanged and it was given the same; else None."""
        file = None if self.earlier is None else file_of(task.source)
        if file is None:
            return None
        kept = self.unchanged(file)
        known = _RECALLED.get(function)
        return None if kept is None or known is None else known(self, kept, task)

    def note(self, task: Any, result: Any, *, recalled: bool) -> Any:
        """Take note of the result of a unit of work, and return it as the profile is to have it."""
        file = file_of(task.source)
        if file is None:
            self._databases = True
            return result
        match task, result:
            case InspectionTask(), Inspection():
                return self._note_inspection(file, task, result, recalled=recalled)
        if not recalled:
            self._opened.add(file.path)
        elif isinstance(task, PlanTask):
            self._planned.add(task.source.path)
        notes = self.notes.get(file.path)
        if notes is None:
            return result
        match task, result:
            case ArchiveTask(), ArchiveListing():
                notes.listing = kept_listing(result, listing_key(task))
            case PlanTask(), SourcePlan() if result.reason is None and not _has_log(file, result.reader):
                notes.plans[result.source.path] = KeptPlan(
                    path=result.source.path,
                    key=plan_key(task),
                    reader=result.reader,
                    tables=result.tables,
                    is_content=result.content is not None,
                )
            case CountTask(), RowCount() if result.reason is None:
                notes.counts[count_key(task)] = result.rows
        return result

    def unchanged(self, file: File) -> KeptFile | None:
        """What was kept of a file that has not changed since; None of any other."""
        if file.path not in self._same:
            kept = None if self.earlier is None else self.earlier.files.get(file.path)
            # By its content, a file is known to be the same when its checksum was taken, and not before.
            looks_same = kept is not None and self.compare == "stamp" and _matches(kept, file)
            self._same[file.path] = kept if looks_same else None
        return self._same[file.path]

    def _inspection(self, kept: KeptFile, task: InspectionTask) -> Inspection | None:
        if task.checksum and kept.sha256 is None:
            return None
        return Inspection(kept.media_type, kept.sha256 if task.checksum else None, packed_by=kept.packed_by)

    def _note_inspection(self, file: File, task: InspectionTask, result: Inspection, *, recalled: bool) -> Inspection:
        kept = None if self.earlier is None else self.earlier.files.get(file.path)
        if not recalled and self.compare == "content" and kept is not None:
            same = result.sha256 is not None and (kept.size, kept.sha256) == (file.size, result.sha256)
            self._same[file.path] = kept if same else None
        if self._same.get(file.path) is None or not (recalled or self.compare == "content"):
            self._opened.add(file.path)
        if result.reason is None and (recalled or _has_settled(file, self.began)):
            digest = kept.sha256 if recalled and kept is not None else result.sha256
            self.notes[file.path] = FileNotes(file, Inspection(result.media_type, digest, packed_by=result.packed_by))
        if task.checksum or result.sha256 is None:
            return result
        return Inspection(result.media_type, reason=result.reason, packed_by=result.packed_by)

    def _listing(self, kept: KeptFile, task: ArchiveTask) -> ArchiveListing | None:
        listing = kept.listing
        return None if listing is None or listing.key != listing_key(task) else listing_of(listing, task)

    def _plan(self, kept: KeptFile, task: PlanTask) -> SourcePlan | None:
        key, file = plan_key(task), file_of(task.source)
        plan = next((plan for plan in kept.plans if plan.path == task.source.path and plan.key == key), None)
        if plan is None or self.earlier is None or file is None or _has_log(file, plan.reader):
            return None
        if not plan.is_content:
            return SourcePlan(task.source, plan.reader, plan.tables)
        known = self.earlier.distributions.get(plan.path)
        if known is None or known.reading is None:
            return None
        return SourcePlan(task.source, plan.reader, content=Content(known.reading, known.document, known.image))

    def _count(self, kept: KeptFile, task: CountTask) -> RowCount | None:
        rows, file = kept.counts.get(count_key(task)), file_of(task.source)
        return None if rows is None or file is None or _is_behind(kept, file) else RowCount(rows)

    # States --------------------------------------------------------------------------------------------------------

    def table(self, source: Source, key: str) -> KeptTable | None:
        """What an unchanged file added to a table, where its states are there; else None."""
        file = file_of(source)
        kept = None if file is None else self.unchanged(file)
        if file is None or kept is None or self.earlier is None or _is_behind(kept, file):
            return None
        found = next((table for table in kept.tables if table.key == key), None)
        return found if found is not None and self.earlier.has_states(found.path, found.states) else None

    def state(self, kept: KeptTable) -> TableState:
        """The states of a table that :meth:`table` found.

        :raises UnusableEarlier: when they are damaged or gone.
        """
        if self.earlier is None:
            raise UnusableEarlier("nothing is used of it any more")
        return self.earlier.state(kept.path, kept.states)

    def note_table(self, source: Source, table: KeptTable) -> None:
        """Take note of what a file adds to a table, whose states are saved."""
        file = file_of(source)
        notes = None if file is None else self.notes.get(file.path)
        if notes is not None and source.path in notes.plans:
            notes.tables[table.key] = table

    def note_plain(self, source: Source, key: str) -> None:
        """Take note that what is said of a table has nothing to do with others."""
        file = file_of(source)
        notes = None if file is None else self.notes.get(file.path)
        if notes is not None and key in notes.tables:
            notes.tables[key] = notes.tables[key].model_copy(update={"plain": True})

    def note_failures(self, paths: Iterable[str]) -> None:
        """Forget how files are read that could not be, in the end: they are looked into again the next time."""
        failed = set(paths)
        for notes in self.notes.values():
            for path in failed.intersection(notes.plans):
                del notes.plans[path]
                notes.tables = {key: table for key, table in notes.tables.items() if table.path != path}


_RECALLED: dict[Callable[[Any], Any], Callable[[Ledger, KeptFile, Any], Any]] = {
    inspect: Ledger._inspection,
    look_into: Ledger._listing,
    plan_source: Ledger._plan,
    count_rows: Ledger._count,
}


def _matches(kept: KeptFile, file: File) -> bool:
    if isinstance(file, ObjectSource):
        return (kept.size, kept.version) == (file.size, file.stamp.version)
    return (kept.size, kept.modified_ns, kept.version) == (file.size, file.stamp.modified_ns, None)


def _has_settled(file: File, began: datetime) -> bool:
    """Whether a later change of a file would show: one right after another may leave size and time as they are."""
    if isinstance(file, ObjectSource):
        return True
    modified = file.stamp.modified_ns
    age = int(began.timestamp() * 1_000_000) * 1000 - modified
    return age >= (_FINE if modified % _SECOND else _COARSE)


def _is_behind(kept: KeptFile, file: File) -> bool:
    """Whether a file is a database that has changes beside it: what was found in the file alone is not all of it."""
    return any(_has_log(file, plan.reader) for plan in kept.plans)


def _has_log(file: File, reader: str) -> bool:
    """Whether a database file has changes beside it that it does not hold itself."""
    if reader not in _WITH_LOGS or not isinstance(file, FileSource):
        return False
    for ending in _BESIDE:
        try:
            file.open_beside(ending).close()
        except OSError:
            continue
        return True
    return False
