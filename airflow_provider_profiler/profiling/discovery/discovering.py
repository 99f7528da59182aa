"""From a specification and its resolved datasets to distributions: files, sets of files and databases."""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.options import DiscoveryOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import Distribution, DistributionKind, DistributionStatus
from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.contract.specification import ProfileSpecification, RawDataPath
from airflow_provider_profiler.profiling.archives.entries import moment
from airflow_provider_profiler.profiling.archives.looking import is_archive
from airflow_provider_profiler.profiling.discovery.archive_members import archive_reading, look_into_archives
from airflow_provider_profiler.profiling.discovery.content import Inspection, InspectionTask, inspect
from airflow_provider_profiler.profiling.discovery.file_sets import with_file_sets
from airflow_provider_profiler.profiling.discovery.object_listing import list_objects
from airflow_provider_profiler.profiling.discovery.patterns import matches_any
from airflow_provider_profiler.profiling.discovery.readability import type_note, type_warnings, why_not_read
from airflow_provider_profiler.profiling.discovery.walking import Entry, walk
from airflow_provider_profiler.profiling.executor import Executor
from airflow_provider_profiler.profiling.formats import FOLDER, UNKNOWN, media_type_of
from airflow_provider_profiler.profiling.object_source import ObjectSource
from airflow_provider_profiler.profiling.observer import Observer
from airflow_provider_profiler.profiling.readers.decompression import Limits
from airflow_provider_profiler.profiling.readers.reader import Source
from airflow_provider_profiler.profiling.source import FileSource
from airflow_provider_profiler.storage.object_roots import ResolvedObjects
from airflow_provider_profiler.storage.object_stores import ObjectStamp
from airflow_provider_profiler.storage.opening import FileStamp
from airflow_provider_profiler.storage.roots import ResolvedDataset

#: Where a dataset's raw data lies, once it was found there.
Dataset = ResolvedDataset | ResolvedObjects


@dataclass(frozen=True)
class Found:
    """An entry of a dataset that takes part, under the path it has in the profile."""

    dataset: Dataset
    entry: Entry
    path: str


@dataclass(frozen=True)
class Inventory:
    """The files whose content can be read."""

    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Discovery:
    """What lies in a dataset."""

    distributions: tuple[Distribution, ...]
    inventory: Inventory
    warnings: tuple[JobWarning, ...]


def find(
    datasets: Sequence[Dataset], options: DiscoveryOptions, *, generated_at: datetime | None = None
) -> tuple[list[Found], list[JobWarning]]:
    """Walk the datasets and choose what takes part, sorted by path, with a warning about what does not.

    With more than one dataset each path begins with its dataset's.

    :param generated_at: the moment from which days are counted back; the present one where it is None.
    """
    oldest = _oldest(options, generated_at or datetime.now(UTC))
    distinct = list({dataset.dataset_path: dataset for dataset in datasets}.values())
    found: list[Found] = []
    left_out: Counter[str] = Counter()
    for dataset in distinct:
        for entry in _entries(dataset):
            if cause := _left_out(entry, options, oldest):
                left_out[cause] += 1
                continue
            path = entry.path if len(distinct) == 1 else _prefixed(dataset, entry.path)
            found.append(Found(dataset, entry, path))
    found.sort(key=lambda item: item.path)
    warnings = []
    if left_out:
        causes = ", ".join(f"{count} by {cause}" for cause, count in sorted(left_out.items()))
        message = f"{left_out.total()} files were left out of the profile: {causes}."
        warnings.append(JobWarning(code="files_left_out", message=message))
    return _distinct_paths(found), warnings


def discover(
    specification: ProfileSpecification,
    found: Sequence[Found],
    options: DiscoveryOptions,
    executor: Executor,
    observer: Observer,
    *,
    reading: ReadingOptions | None = None,
) -> Discovery:
    """Look into every file and describe it.

    :param found: what :func:`find` returned.
    :param reading: how much archives may hold.
    """
    readable = [item for item in found if item.entry.stamp is not None]
    tasks = (InspectionTask(_source(item), options.checksum) for item in readable)
    inspections: dict[str, Inspection] = {}
    # Closed and not left to be collected: where the observer stops it, no file is to be read on.
    with closing(executor.map(inspect, tasks)) as results:
        for item, inspection in zip(readable, results, strict=True):
            inspections[item.path] = inspection
            observer.check()
    files = [_distribution(specification.id, item, inspections.get(item.path), options) for item in found]
    sources: list[Source] = []
    archives: list[tuple[Source, str | None]] = []
    for item, file in zip(found, files, strict=True):
        if file.status is not DistributionStatus.LISTED or file.reason is not None:
            continue
        source = replace(_source(item), media_type=file.media_type)
        packed_by = inspections[item.path].packed_by
        if is_archive(file.media_type, packed_by):
            archives.append((source, packed_by))
        else:
            sources.append(source)
    inside = look_into_archives(
        specification.id,
        archives,
        options,
        limits=Limits.of(reading or ReadingOptions()),
        executor=executor,
        observer=observer,
    )
    files = [_looked_into(file, inside.failed.get(file.path)) for file in files]
    sources = sorted([*sources, *inside.sources], key=lambda source: source.path)
    warnings = inside.warnings
    sound = (file for file in [*files, *inside.distributions] if file.status is not DistributionStatus.FAILED)
    warnings.extend(type_warnings((file.path, file.media_type) for file in sound))
    if not found and any(isinstance(connector, RawDataPath) for connector in specification.data_connectors):
        message = "The dataset holds no files that take part."
        warnings.append(JobWarning(code="empty_dataset", message=message))
    odd = [item.path for item in found if _is_odd(item)]
    if odd:
        message = f"{len(odd)} names are not UTF-8; their odd bytes are shown as \\xNN, first in {odd[0]!r}."
        warnings.append(JobWarning(code="names_not_utf8", message=message))
    distributions = with_file_sets(specification.id, [*files, *inside.distributions])
    return Discovery(tuple(distributions), Inventory(tuple(sources)), tuple(warnings))


def _oldest(options: DiscoveryOptions, generated_at: datetime) -> int:
    """The modification time in nanoseconds before which the option ``modified_within_days`` leaves files out."""
    days = options.modified_within_days
    return 0 if days is None else _nanoseconds(generated_at) - int(timedelta(days=days).total_seconds() * 1e9)


def _left_out(entry: Entry, options: DiscoveryOptions, oldest: int) -> str:
    """The option by which an entry takes no part, or ``""``."""
    if entry.is_folder:  # what is in it cannot be known
        return ""
    name = entry.path.rpartition("/")[2].lower()
    modified = None if entry.stamp is None else entry.stamp.modified_ns or 0
    since = options.modified_since
    causes = {
        "exclude": matches_any(entry.path, options.exclude),
        "include": bool(options.include) and not matches_any(entry.path, options.include),
        "extensions": bool(options.extensions)
        and not name.endswith(tuple(f".{extension}" for extension in options.extensions)),
        "modified_since": since is not None and modified is not None and modified < _nanoseconds(since),
        "modified_within_days": modified is not None and modified < oldest,
    }
    return next((option for option, holds in causes.items() if holds), "")


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000


def _prefixed(dataset: Dataset, path: str) -> str:
    """A path with its dataset's before it; a dataset that is a file is its own path."""
    if dataset.is_file:
        return dataset.dataset_path
    return dataset.dataset_path if path == "." else f"{dataset.dataset_path}/{path}"


def _distinct_paths(found: Sequence[Found]) -> list[Found]:
    """Names that differ in bytes may be shown alike; ids come from what is shown."""
    taken: set[str] = set()
    distinct = []
    for item in found:
        path, number = item.path, 2
        while path in taken:
            path, number = f"{item.path}~{number}", number + 1
        taken.add(path)
        distinct.append(replace(item, path=path))
    return distinct


def _entries(dataset: Dataset) -> list[Entry]:
    return list_objects(dataset) if isinstance(dataset, ResolvedObjects) else walk(dataset)


def _source(item: Found) -> FileSource | ObjectSource:
    dataset, entry = item.dataset, item.entry
    media_type = media_type_of(item.path.rpartition("/")[2]) or ""
    if isinstance(dataset, ResolvedObjects) and isinstance(entry.stamp, ObjectStamp):
        return ObjectSource(dataset.store, entry.location, item.path, media_type, entry.stamp)
    if isinstance(dataset, ResolvedDataset) and isinstance(entry.stamp, FileStamp):
        return FileSource(dataset.root, entry.location, item.path, media_type, entry.stamp)
    raise ValueError(f"{item.path} is no file")


def _is_odd(item: Found) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in item.entry.location)


def _distribution(
    dataset_id: UUID, item: Found, inspection: Inspection | None, options: DiscoveryOptions
) -> Distribution:
    entry = item.entry
    name = item.path.rpartition("/")[2]
    if inspection is None:
        media_type = FOLDER if entry.is_folder else media_type_of(name) or UNKNOWN
        reason, digest = entry.reason, None
        if reason is not None:
            reason = FileReason(code=reason.code, message=f"{item.path}: {reason.message}")
        failed = True
    else:
        media_type, reason, digest = inspection.media_type, inspection.reason, inspection.sha256
        failed = reason is not None
        size = entry.stamp.size if entry.stamp else 0
        reason = reason or why_not_read(item.path, size, media_type, inspection.packed_by, options)
    return Distribution(
        id=part_uuid(dataset_id, "distribution", item.path),
        kind=DistributionKind.FILE,
        status=DistributionStatus.FAILED if failed else DistributionStatus.LISTED,
        reason=reason,
        path=item.path,
        name=name,
        description="" if failed else type_note(name, media_type),
        media_type=media_type,
        content_url=item.path,
        content_size=entry.stamp.size if entry.stamp else None,
        sha256=digest,
        modified=_modified(entry),
        reading=archive_reading(media_type, inspection.packed_by) if inspection and reason is None else None,
    )


def _modified(entry: Entry) -> datetime | None:
    """When a file was last written to, in UTC and to the microsecond."""
    nanoseconds = entry.stamp.modified_ns if entry.stamp else None
    found = None if nanoseconds is None else moment(nanoseconds // 1_000_000_000)
    return None if found is None else found.replace(microsecond=(nanoseconds or 0) % 1_000_000_000 // 1000)


def _looked_into(file: Distribution, reason: FileReason | None) -> Distribution:
    """An archive, failed where it could not be looked into to its end."""
    if reason is None:
        return file
    return file.model_copy(update={"status": DistributionStatus.FAILED, "reason": reason})
