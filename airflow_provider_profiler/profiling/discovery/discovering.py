"""From a specification and its resolved datasets to distributions: files, sets of files and databases."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.options import DiscoveryOptions
from airflow_provider_profiler.contract.profile import Distribution, DistributionKind, DistributionStatus
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.contract.specification import DatabaseConnection, ProfileSpecification
from airflow_provider_profiler.profiling.discovery.content import Inspection, InspectionTask, inspect
from airflow_provider_profiler.profiling.discovery.file_sets import with_file_sets
from airflow_provider_profiler.profiling.discovery.patterns import matches_any
from airflow_provider_profiler.profiling.discovery.walking import Entry, walk
from airflow_provider_profiler.profiling.executor import Executor
from airflow_provider_profiler.profiling.formats import FOLDER, SQL, UNKNOWN, media_type_of
from airflow_provider_profiler.profiling.observer import Observer
from airflow_provider_profiler.profiling.readers.reader import Source
from airflow_provider_profiler.profiling.readers.registry import ReaderNotInstalled, entry_for
from airflow_provider_profiler.profiling.source import FileSource
from airflow_provider_profiler.storage.roots import ResolvedDataset


@dataclass(frozen=True)
class Found:
    """An entry of a dataset that takes part, under the path it has in the profile."""

    dataset: ResolvedDataset
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


def find(datasets: Sequence[ResolvedDataset], options: DiscoveryOptions) -> tuple[list[Found], list[JobWarning]]:
    """Walk the datasets and choose what takes part, sorted by path, with a warning about what does not.

    With more than one dataset each path begins with its dataset's.
    """
    distinct = list({dataset.dataset_path: dataset for dataset in datasets}.values())
    found: list[Found] = []
    left_out: Counter[str] = Counter()
    for dataset in distinct:
        for entry in walk(dataset):
            if cause := _left_out(entry, options):
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
) -> Discovery:
    """Look into every file and describe it.

    :param found: what :func:`find` returned.
    """
    readable = [item for item in found if item.entry.stamp is not None]
    tasks = (InspectionTask(_source(item), options.checksum) for item in readable)
    inspections: dict[str, Inspection] = {}
    for item, inspection in zip(readable, executor.map(inspect, tasks), strict=True):
        inspections[item.path] = inspection
        observer.check()
    files = [_distribution(specification.id, item, inspections.get(item.path), options) for item in found]
    sources = tuple(
        replace(_source(item), media_type=file.media_type)
        for item, file in zip(found, files, strict=True)
        if file.status is DistributionStatus.LISTED and file.reason is None
    )
    warnings = []
    if not found:
        message = "The dataset holds no files that take part."
        warnings.append(JobWarning(code="empty_dataset", message=message))
    odd = [item.path for item in found if _is_odd(item)]
    if odd:
        message = f"{len(odd)} names are not UTF-8; their odd bytes are shown as \\xNN, first in {odd[0]!r}."
        warnings.append(JobWarning(code="names_not_utf8", message=message))
    distributions = with_file_sets(specification.id, files)
    distributions.extend(_databases(specification))
    return Discovery(tuple(distributions), Inventory(sources), tuple(warnings))


def _left_out(entry: Entry, options: DiscoveryOptions) -> str:
    """The option by which an entry takes no part, or ``""``."""
    if entry.is_folder:  # what is in it cannot be known
        return ""
    if matches_any(entry.path, options.exclude):
        return "exclude"
    if options.include and not matches_any(entry.path, options.include):
        return "include"
    if options.modified_since and entry.stamp and entry.stamp.modified_ns < _nanoseconds(options.modified_since):
        return "modified_since"
    return ""


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000


def _prefixed(dataset: ResolvedDataset, path: str) -> str:
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


def _source(item: Found) -> FileSource:
    if item.entry.stamp is None:
        raise ValueError(f"{item.path} is no file")
    return FileSource(
        root=item.dataset.root,
        location=item.entry.location,
        path=item.path,
        media_type=media_type_of(item.path.rpartition("/")[2]) or "",
        stamp=item.entry.stamp,
    )


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
        reason = reason or _why_not_read(item, media_type, options)
    return Distribution(
        id=part_uuid(dataset_id, "distribution", item.path),
        kind=DistributionKind.FILE,
        status=DistributionStatus.FAILED if failed else DistributionStatus.LISTED,
        reason=reason,
        path=item.path,
        name=name,
        media_type=media_type,
        content_url=item.path,
        content_size=entry.stamp.size if entry.stamp else None,
        sha256=digest,
    )


def _why_not_read(item: Found, media_type: str, options: DiscoveryOptions) -> FileReason | None:
    """Why a sound file is only listed, or None where it is going to be read."""
    entry = entry_for(media_type)
    if entry is None:
        message = f"{item.path}: files of {media_type} are listed; there is no reader for them in this version"
        return FileReason(code=FileReasonCode.UNSUPPORTED_FORMAT, message=message)
    try:
        entry.load()
    except ReaderNotInstalled as error:
        return FileReason(code=FileReasonCode.READER_NOT_INSTALLED, message=f"{item.path}: {error}")
    size = item.entry.stamp.size if item.entry.stamp else 0
    if options.max_file_size is not None and size > options.max_file_size:
        message = (
            f"{item.path}: has {size} bytes, more than the {options.max_file_size} that the option "
            "discovery.max_file_size allows"
        )
        return FileReason(code=FileReasonCode.TOO_LARGE, message=message)
    return None


def _databases(specification: ProfileSpecification) -> Iterator[Distribution]:
    """The databases of the specification's connectors, which hold no credentials."""
    seen = set()
    for connector in specification.data_connectors:
        if not isinstance(connector, DatabaseConnection):
            continue
        url = f"{connector.protocol}://{connector.host}:{connector.port}/{connector.database_name}"
        if url in seen:
            continue
        seen.add(url)
        yield Distribution(
            id=part_uuid(specification.id, "distribution", url),
            kind=DistributionKind.DATABASE,
            status=DistributionStatus.LISTED,
            reason=FileReason(
                code=FileReasonCode.READER_NOT_INSTALLED,
                message=f"{url}: the reader for databases is not installed; the database is listed, not read",
            ),
            path=url,
            name=connector.database_name,
            description=f"{connector.engine} database",
            media_type=SQL,
            content_url=url,
        )
