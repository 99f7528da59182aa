"""The members of archives as distributions of a dataset, and those of them that can be read."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from uuid import UUID

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.options import DiscoveryOptions
from airflow_provider_profiler.contract.profile import Distribution, DistributionKind, DistributionStatus, Reading
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.profiling.archives.looking import (
    ArchiveTask,
    Member,
    is_archive,
    look_into,
)
from airflow_provider_profiler.profiling.discovery.readability import type_note, why_not_read
from airflow_provider_profiler.profiling.discovery.signatures import TAR
from airflow_provider_profiler.profiling.executor import Executor
from airflow_provider_profiler.profiling.observer import Observer
from airflow_provider_profiler.profiling.readers.decompression import Limits
from airflow_provider_profiler.profiling.readers.reader import Source

#: What the ``reading`` of an archive says that was looked into.
ARCHIVE = "archive"


@dataclass
class ArchiveContents:
    """What is in the archives of a dataset."""

    distributions: list[Distribution] = field(default_factory=list)
    """Of the members."""
    sources: list[Source] = field(default_factory=list)
    """The members that are going to be read."""
    failed: dict[str, FileReason] = field(default_factory=dict)
    """Archives by path that could not be looked into, or not to their end."""
    warnings: list[JobWarning] = field(default_factory=list)


def archive_reading(media_type: str, packed_by: str | None) -> Reading | None:
    """How an archive is read; None for any other file."""
    if not is_archive(media_type, packed_by):
        return None
    return Reading(reader=ARCHIVE, compression=packed_by, content_media_type=TAR if packed_by else None)


def look_into_archives(
    dataset_id: UUID,
    archives: Sequence[tuple[Source, str | None]],
    options: DiscoveryOptions,
    *,
    limits: Limits,
    executor: Executor,
    observer: Observer,
) -> ArchiveContents:
    """List what is in archives.

    :param dataset_id: ids are derived from it.
    :param archives: each with the codec of a compressed tar file.
    """
    found = ArchiveContents()
    tasks = (ArchiveTask(source, packed_by, options, limits) for source, packed_by in archives)
    astray: list[str] = []
    left_out = 0
    with closing(executor.map(look_into, tasks)) as listings:
        for (source, _), listing in zip(archives, listings, strict=True):
            observer.check()
            if listing.reason is not None:
                found.failed[source.path] = listing.reason
            astray.extend(listing.astray)
            left_out += listing.left_out
            for member in listing.members:
                reason = member.reason
                if reason is None:
                    reason = why_not_read(member.path, member.size, member.media_type, member.packed_by, options)
                found.distributions.append(_distribution(dataset_id, member, reason))
                if reason is None and member.source is not None and not member.is_archive:
                    found.sources.append(member.source)
    if left_out:
        message = f"{left_out} files in archives were left out of the profile by exclude."
        found.warnings.append(JobWarning(code="files_left_out", message=message))
    if astray:
        message = (
            f"{len(astray)} files in archives have names that lead out of their archive; they were read in place and "
            f"are shown below it, first {astray[0]!r}."
        )
        found.warnings.append(JobWarning(code="names_lead_out", message=message))
    return found


def _distribution(dataset_id: UUID, member: Member, reason: FileReason | None) -> Distribution:
    name = member.path.rpartition("/")[2]
    return Distribution(
        id=part_uuid(dataset_id, "distribution", member.path),
        kind=DistributionKind.FILE,
        status=DistributionStatus.FAILED if member.failed else DistributionStatus.LISTED,
        reason=reason,
        path=member.path,
        name=name,
        description=type_note(name, member.media_type) if not member.failed else "",
        media_type=member.media_type,
        content_url=member.path,
        content_size=member.size,
        sha256=member.sha256,
        contained_in=part_uuid(dataset_id, "distribution", member.parent),
        modified=member.modified,
        reading=archive_reading(member.media_type, member.packed_by) if member.is_archive else None,
    )


def outcomes_of_archives(distributions: Sequence[Distribution]) -> Iterator[Distribution]:
    """The distributions, with what became of the archives: profiled where something in them was.

    An archive of which nothing was read is listed, with the reason that there is nothing that is read.
    """
    owner = {item.id: item.contained_in for item in distributions}
    read: set[UUID] = set()
    for item in distributions:
        if item.status is not DistributionStatus.PROFILED:
            continue
        inside: UUID | None = owner.get(item.id)
        while inside is not None and inside not in read:
            read.add(inside)
            inside = owner.get(inside)
    for item in distributions:
        if item.reading is None or item.reading.reader != ARCHIVE or item.status is not DistributionStatus.LISTED:
            yield item
        elif item.id in read:
            yield item.model_copy(update={"status": DistributionStatus.PROFILED})
        else:
            yield item.model_copy(update={"reason": item.reason or _nothing_read(item)})


def _nothing_read(item: Distribution) -> FileReason:
    message = f"{item.path}: none of the files in it is of a format that was read"
    return FileReason(code=FileReasonCode.UNSUPPORTED_FORMAT, message=message)
