"""Looking into an archive: every file in it at any depth, as what it is, with a source to read it from."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from airflow_provider_profiler.contract.options import DiscoveryOptions
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.profiling.archives.compression import PACKED, compressed_tar
from airflow_provider_profiler.profiling.archives.entries import Budget, Entry, in_memory
from airflow_provider_profiler.profiling.archives.member import MemberSource, TarPlace
from airflow_provider_profiler.profiling.archives.names import DistinctPaths, shown_path
from airflow_provider_profiler.profiling.archives.tar_entries import TarEnds, tar_entries
from airflow_provider_profiler.profiling.archives.zip_entries import zip_entries
from airflow_provider_profiler.profiling.discovery.content import HEAD, settled_type
from airflow_provider_profiler.profiling.discovery.patterns import matches_any
from airflow_provider_profiler.profiling.discovery.signatures import OPEN_CONTAINERS, TAR, ZIP, signed_type
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.formats import UNKNOWN, media_type_of
from airflow_provider_profiler.profiling.readers.decompression import Limits
from airflow_provider_profiler.profiling.readers.reader import Source, TooMuchData


@dataclass(frozen=True)
class ArchiveTask:
    """An archive to look into."""

    source: Source
    """With its media type."""
    packed_by: str | None
    """The codec of a compressed tar file."""
    options: DiscoveryOptions
    limits: Limits


@dataclass(frozen=True)
class Member:
    """A file in an archive."""

    path: str
    """In the dataset: that of the archive, and below it the name in the archive."""
    parent: str
    """The archive's path."""
    size: int
    media_type: str
    modified: datetime | None = None
    sha256: str | None = None
    source: MemberSource | None = None
    reason: FileReason | None = None
    failed: bool = False
    """Whether the reason is a failure; otherwise the member is only listed."""
    packed_by: str | None = None
    is_archive: bool = False
    """Whether it was looked into."""


@dataclass(frozen=True)
class ArchiveListing:
    """What is in an archive."""

    members: tuple[Member, ...] = ()
    reason: FileReason | None = None
    """Why it could not be looked into, or not to its end."""
    astray: tuple[str, ...] = ()
    """Paths of members whose names lead out of the archive."""
    left_out: int = 0
    """Members that the option ``exclude`` covers."""


def is_archive(media_type: str, packed_by: str | None) -> bool:
    """Whether files of a media type are looked into."""
    return packed_by is not None or media_type in (ZIP, TAR)


def look_into(task: ArchiveTask) -> ArchiveListing:
    """List the members of an archive and of the archives in it. Never raises for what is wrong with it."""
    source = task.source
    looking = _Looking(task, Budget(source.path, source.size, task.limits, task.options.max_archive_entries))
    reason = looking.into(source, task.packed_by, depth=1)
    if reason is not None and reason.code is FileReasonCode.TOO_LARGE:
        # What was listed before the limit was met depends on the order in the archive alone, and says little.
        return ArchiveListing(reason=reason)
    try:
        source.check_unchanged()
    except Exception as error:
        return ArchiveListing(reason=file_reason(error, source.path))
    return ArchiveListing(tuple(looking.members), reason, tuple(looking.astray), looking.left_out["exclude"])


@dataclass
class _Looking:
    task: ArchiveTask
    budget: Budget
    members: list[Member] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    distinct: DistinctPaths = field(default_factory=DistinctPaths)
    """At all depths: a name in an archive may be the path of a file in an archive beside it."""

    def into(self, source: Source, packed_by: str | None, depth: int) -> FileReason | None:
        """Look into an archive, and then into those in it. Returns why that was not possible, or ended."""
        found: list[tuple[Member, bool]] = []
        reason = None
        try:
            with source.open() as file:
                entries: Iterator[Entry] = (
                    zip_entries(file, source.path, self.budget, HEAD, checksum=self.task.options.checksum)
                    if source.media_type == ZIP
                    else tar_entries(
                        file, source.path, packed_by, self.budget, HEAD, checksum=self.task.options.checksum
                    )
                )
                for entry in entries:
                    shown, astray = shown_path(entry.name)
                    path = self.distinct(f"{source.path}/{shown}")
                    if matches_any(path, self.task.options.exclude):
                        self.left_out["exclude"] += 1
                        continue
                    if astray:
                        self.astray.append(path)
                    found.append(_member(entry, path, source))
        except TarEnds as error:
            message = f"{source.path}: is damaged or ends too early behind {len(found)} of its files: {error}"
            reason = FileReason(code=FileReasonCode.MALFORMED, message=message)
        except Exception as error:
            reason = file_reason(error, source.path)
            if reason.code is FileReasonCode.TOO_LARGE:
                return reason
        for member, settled in _whole_streams(found):
            self._add(member if settled else _settled(member), depth)
        return reason

    def _add(self, member: Member, depth: int) -> None:
        source = member.source
        if source is None or not is_archive(member.media_type, member.packed_by):
            self.members.append(member)
            return
        if depth >= self.task.options.max_archive_depth:
            message = (
                f"{member.path}: lies {depth + 1} archives deep, more than the {self.task.options.max_archive_depth} "
                "that the option discovery.max_archive_depth allows"
            )
            self.members.append(replace(member, reason=FileReason(code=FileReasonCode.TOO_LARGE, message=message)))
            return
        place = len(self.members)
        self.members.append(member)
        reason = self.into(source, member.packed_by, depth + 1)
        if reason is not None and reason.code is FileReasonCode.TOO_LARGE:
            del self.members[place + 1 :]
        self.members[place] = replace(member, reason=reason, failed=reason is not None, is_archive=True)


def _member(entry: Entry, path: str, container: Source) -> tuple[Member, bool]:
    """The member of an entry, and whether its media type is settled."""
    name = path.rpartition("/")[2]
    declared = media_type_of(name) or ""
    common = Member(
        path=path,
        parent=container.path,
        size=entry.size,
        media_type=declared or UNKNOWN,
        modified=entry.modified,
        sha256=entry.sha256,
    )
    if entry.failed is not None:
        reason = entry.failed.model_copy(update={"message": entry.failed.message.replace(entry.name, path, 1)})
        return replace(common, reason=reason, failed=True), True
    if entry.place is None:
        reason = FileReason(code=FileReasonCode(entry.listed_by), message=f"{path}: {entry.listed}")
        return replace(common, reason=reason), True
    signed = signed_type(entry.head)
    source = MemberSource(container, entry.place, path, entry.size, declared)
    if signed in OPEN_CONTAINERS or signed in PACKED:
        return replace(common, source=source), False
    complete = entry.size <= len(entry.head)
    found = settled_type(path, declared, entry.head, in_memory(entry.head), complete=complete)
    return replace(common, media_type=found, source=replace(source, media_type=found)), True


def _whole_streams(found: Sequence[tuple[Member, bool]]) -> Iterator[tuple[Member, bool]]:
    """The members, those of a compressed tar file with how much of it has to be unpacked to read any of them."""
    ends = [
        source.place.offset + source.size
        for member, _ in found
        if (source := member.source) is not None and isinstance(source.place, TarPlace)
    ]
    for member, settled in found:
        source = member.source
        if source is not None and isinstance(source.place, TarPlace) and source.place.codec is not None:
            place = replace(source.place, unpacked=max(ends))
            yield replace(member, source=replace(source, place=place)), settled
        else:
            yield member, settled


def _settled(member: Member) -> Member:
    """The member with its media type, for which more than its beginning is looked at."""
    source = member.source
    if source is None:
        return member
    try:
        with source.open() as file:
            head = file.read(HEAD)
            found = settled_type(member.path, source.media_type, head, file, complete=member.size <= HEAD)
            packed_by = compressed_tar(file, head) if found in PACKED else None
    except TooMuchData as error:
        return replace(member, source=None, reason=file_reason(error, member.path))
    except Exception as error:
        return replace(member, source=None, reason=file_reason(error, member.path), failed=True)
    return replace(member, media_type=found, packed_by=packed_by, source=replace(source, media_type=found))
