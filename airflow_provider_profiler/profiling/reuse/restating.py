"""An earlier profile told again, with another timestamp and other metadata, and nothing read for it."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.job import JobWarning, StageName
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import DatasetProfile, DistributionKind, DistributionStatus
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.stage_graph import VertexKind
from airflow_provider_profiler.profiling.databases.access import DatabaseAccess
from airflow_provider_profiler.profiling.discovery.discovering import Dataset
from airflow_provider_profiler.profiling.observer import ExpectedTable, Observer
from airflow_provider_profiler.profiling.reuse.earlier import EarlierProfile
from airflow_provider_profiler.profiling.reuse.keeping import Keeping, Outputs, reuse_document, write_reuse
from airflow_provider_profiler.profiling.reuse.layout import ReuseDocument, profile_digest
from airflow_provider_profiler.profiling.reuse.ledger import Ledger
from airflow_provider_profiler.profiling.reuse.unusable import UnusableEarlier
from airflow_provider_profiler.profiling.stored_states.writing import write_states
from airflow_provider_profiler.storage.atomic import read_chunks, write_atomic
from airflow_provider_profiler.storage.results import MIRROR, PARTS

#: How the work is carried out: of these options the size of partitions alone bears on a result.
_WITHOUT_MEANING = ("max_workers", "columns_per_task", "deadline_seconds", "continue_on_error")
#: The code of the warning that a profile was told again without a look at the files.
NOT_LOOKED_AT = "files_not_looked_at"
#: Warnings of a profile that is worth another try.
_INCOMPLETE = frozenset({"references_failed", "mirror_failed"})


def same_meaning(earlier: EarlierProfile, specification: ProfileSpecification, options: ProfileOptions) -> str:
    """What keeps a profile from being the earlier one with other metadata; empty where nothing does."""
    before = earlier.specification
    if before.id != specification.id:
        return "it is of another dataset"
    if before.data_connectors != specification.data_connectors:
        return "its data connectors differ"
    known = earlier.states.profile.options
    if _meant(known, before) != _meant(options, specification):
        return "its options differ"
    return ""


def _meant(options: ProfileOptions, specification: ProfileSpecification) -> ProfileOptions:
    defaults = dict.fromkeys(_WITHOUT_MEANING) | {"continue_on_error": True}
    languages = options.reading.languages or specification.languages
    return options.model_copy(
        update={
            "execution": options.execution.model_copy(update=defaults),
            "reading": options.reading.model_copy(update={"languages": languages}),
        }
    )


def worth_another_try(earlier: EarlierProfile) -> str:
    """What the earlier profile lacks that another try may bring; empty where it is whole."""
    before = earlier.states.profile
    if any(item.status is DistributionStatus.FAILED for item in before.distributions):
        return "some of the data could not be read for it"
    if not _INCOMPLETE.isdisjoint(warning.code for warning in before.warnings):
        return "some of it could not be written or compared"
    return ""


def nothing_new(earlier: EarlierProfile, light: DatasetProfile) -> bool:
    """Whether a dataset whose files are all unchanged has the profile that it had."""
    databases = any(item.kind is DistributionKind.DATABASE for item in light.distributions)
    return (
        not databases
        and not worth_another_try(earlier)
        and not same_meaning(earlier, light.specification, light.options)
        and (earlier.document.light, earlier.document.light_warnings) == (light.distributions, light.warnings)
    )


def restated(
    profile: DatasetProfile,
    specification: ProfileSpecification,
    options: ProfileOptions,
    generated_at: datetime,
    warnings: Iterable[JobWarning] = (),
) -> DatasetProfile:
    """The profile with other metadata.

    :param warnings: what is to be told beside what it told before of the data.
    """
    return profile.model_copy(
        update={
            "specification": specification,
            "options": options,
            "generated_at": generated_at,
            "warnings": (*(item for item in profile.warnings if item.code != NOT_LOOKED_AT), *warnings),
        }
    )


def told_again(ledger: Ledger, light: DatasetProfile, outputs: Outputs, observer: Observer) -> DatasetProfile | None:
    """The heavy profile of a dataset of which nothing has changed; None where something keeps it from being the same.

    :param ledger: all of whose files are unchanged.
    :raises UnusableEarlier: when something of the earlier profile is damaged or gone.
    :raises OSError: when something cannot be written.
    """
    earlier = ledger.earlier
    if earlier is None or not nothing_new(earlier, light):
        return None
    before = earlier.heavy()
    mirrored = [table.mirror is not None for table in before.record_sets]
    if any(mirrored) != (light.options.output.parquet_mirror and outputs.mirrors is not None) or not (
        all(mirrored) or not any(mirrored)
    ):
        return None
    observer.stage(StageName.HEAVY)
    tell_reused(earlier, observer)
    observer.stage(StageName.MERGE)
    profile = restated(before, light.specification, light.options, light.generated_at)
    for path, notes in ledger.notes.items():
        kept = earlier.files[path]
        notes.counts = dict(kept.counts)
        notes.tables = {table.key: table for table in kept.tables}
    document = reuse_document(ledger, light, profile, earlier.document.states, None)
    write_restated(earlier, profile, document, outputs)
    return profile


@dataclass(frozen=True)
class LightAgain:
    """The light profile, as it was."""

    profile: DatasetProfile


class EarlierAgain:
    """Stands in the place of the engine where no file is to be looked at: tells an earlier profile again."""

    def __init__(self, earlier: EarlierProfile, warning: JobWarning) -> None:
        """Take over a profile.

        :param warning: says that nothing was looked at; it stands in the profile.
        :raises UnusableEarlier: when something of it is damaged or gone.
        """
        self._earlier = earlier
        self._warning = warning
        self._heavy = earlier.heavy()
        earlier.check_states()
        for table in self._heavy.record_sets:
            if table.mirror is not None and not _mirror_in(earlier.folder, table.mirror.path).is_file():
                raise _mirror_is_gone(table.mirror.path)

    def light(
        self,
        specification: ProfileSpecification,
        datasets: Sequence[Dataset],  # noqa: ARG002
        options: ProfileOptions,
        *,
        generated_at: datetime,
        observer: Observer,
        databases: Sequence[DatabaseAccess] = (),  # noqa: ARG002
        ledger: Ledger | None = None,  # noqa: ARG002
    ) -> LightAgain:
        """See :meth:`~airflow_provider_profiler.profiling.engine.ProfilingEngine.light`."""
        observer.stage(StageName.DISCOVER)
        observer.stage(StageName.LIGHT)
        observer.check()
        return LightAgain(restated(self._earlier.light(), specification, options, generated_at, [self._warning]))

    def heavy(
        self,
        light: LightAgain,
        *,
        observer: Observer,
        states: Path | None = None,
        mirrors: Path | None = None,
        keep: Keeping | None = None,
    ) -> DatasetProfile:
        """See :meth:`~airflow_provider_profiler.profiling.engine.ProfilingEngine.heavy`."""
        told = light.profile
        observer.stage(StageName.READ)
        observer.stage(StageName.HEAVY)
        tell_reused(self._earlier, observer, content=True)
        observer.stage(StageName.MERGE)
        profile = restated(self._heavy, told.specification, told.options, told.generated_at, [self._warning])
        # The moment of the last look at the files stays what it was: telling them again is no look.
        write_restated(self._earlier, profile, self._earlier.document, Outputs(states, mirrors, keep))
        return profile


def tell_reused(earlier: EarlierProfile, observer: Observer, *, content: bool = False) -> None:
    """Tell an observer of the tables that are not read.

    :param content: of the documents and images too, which otherwise were told when they were planned.
    """
    paths = Counter(table.path for table in earlier.states.tables)
    expected = [
        ExpectedTable(item.path, VertexKind.DOCUMENT if item.document is not None else VertexKind.IMAGE)
        for item in earlier.states.profile.distributions
        if content and (item.document is not None or item.image is not None)
    ]
    expected += [
        ExpectedTable(table.path if paths[table.path] == 1 else f"{table.path}#{table.name}")
        for table in earlier.states.tables
    ]
    observer.tables_expected(expected)
    for item in expected:
        observer.table_finished(item.name, reused=True)
    observer.advanced(rows=0, bytes=0, percent=100.0)


def write_restated(earlier: EarlierProfile, profile: DatasetProfile, document: ReuseDocument, outputs: Outputs) -> None:
    """Write what lies beside the documents: the states, the mirrors, and what may be reused.

    :param profile: the heavy profile.
    :param document: for ``reuse.json``; what belongs to the profile and the states is filled in.
    :raises UnusableEarlier: when something of it is damaged or gone.
    :raises OSError: when something cannot be written.
    """
    if outputs.mirrors is not None:
        for table in profile.record_sets:
            if table.mirror is not None:
                _link(earlier.folder, outputs.mirrors, table.mirror.path)
    update: dict[str, Any] = {
        "generated_at": profile.generated_at,
        "profile": profile_digest(profile),
        "parts": None,
    }
    keep = outputs.keep
    try:
        if outputs.states is not None:
            with write_states(outputs.states) as writer:
                writer.copy(earlier.states)
                update["states"] = writer.finish(profile)
        if keep is not None and earlier.parts is not None:
            with write_states(keep.folder / PARTS) as writer:
                writer.copy(earlier.parts)
                bare = profile.model_copy(update={"distributions": (), "warnings": ()})
                update["parts"] = writer.finish(bare, whole=True)
    except InvalidRequest as error:
        raise UnusableEarlier(str(error).rstrip(".").replace(f"{earlier.folder}/", "")) from error
    if keep is not None and outputs.states is not None:
        write_reuse(keep.folder, document.model_copy(update=update))


def _link(before: Path, now: Path, path: str) -> None:
    """Give a mirror its place again, without a copy where that can be."""
    source, place = _mirror_in(before, path), now / path
    if source.resolve() == place.resolve():
        return
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            place.unlink()
        try:
            os.link(source, place)
        except FileNotFoundError:
            raise
        except OSError:
            write_atomic(place, read_chunks(source))
    except FileNotFoundError:
        raise _mirror_is_gone(path) from None


def _mirror_in(folder: Path, path: str) -> Path:
    name = path.removeprefix(f"{MIRROR}/")
    if name == path or "/" in name or name in ("", ".", ".."):
        raise UnusableEarlier("it names a mirror that is none")
    return folder / path


def _mirror_is_gone(path: str) -> UnusableEarlier:
    return UnusableEarlier(f"the mirror {path} is not there")
