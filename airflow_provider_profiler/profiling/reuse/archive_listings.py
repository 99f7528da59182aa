"""What is in an archive as ``reuse.json`` keeps it, and back."""

from airflow_provider_profiler.profiling.archives.looking import ArchiveListing, ArchiveTask, Member
from airflow_provider_profiler.profiling.archives.member import MemberSource, TarPlace
from airflow_provider_profiler.profiling.archives.zip_content import ZipPlace
from airflow_provider_profiler.profiling.readers.reader import Source
from airflow_provider_profiler.profiling.reuse.layout import KeptListing, KeptMember


def kept_listing(listing: ArchiveListing, key: str) -> KeptListing | None:
    """The listing to keep; None where it is not whole, or a member failed: that archive is looked into again."""
    if listing.reason is not None or any(member.failed for member in listing.members):
        return None
    return KeptListing(
        key=key, members=tuple(map(_kept, listing.members)), astray=listing.astray, left_out=listing.left_out
    )


def _kept(member: Member) -> KeptMember:
    place = None if member.source is None else member.source.place
    return KeptMember(
        path=member.path,
        parent=member.parent,
        size=member.size,
        media_type=member.media_type,
        modified=member.modified,
        sha256=member.sha256,
        reason=member.reason,
        packed_by=member.packed_by,
        is_archive=member.is_archive,
        zip=place if isinstance(place, ZipPlace) else None,
        tar=place if isinstance(place, TarPlace) else None,
    )


def listing_of(kept: KeptListing, task: ArchiveTask) -> ArchiveListing | None:
    """The listing of an archive; None where the members are not in one another as they should be."""
    sources: dict[str, Source] = {task.source.path: task.source}
    members = []
    for item in kept.members:
        container = sources.get(item.parent)
        if container is None or not item.path.startswith(f"{item.parent}/"):
            return None
        place = item.zip or item.tar
        source = None if place is None else MemberSource(container, place, item.path, item.size, item.media_type)
        if source is not None and item.is_archive:
            sources[item.path] = source
        members.append(
            Member(
                path=item.path,
                parent=item.parent,
                size=item.size,
                media_type=item.media_type,
                modified=item.modified,
                sha256=item.sha256,
                source=source,
                reason=item.reason,
                packed_by=item.packed_by,
                is_archive=item.is_archive,
            )
        )
    return ArchiveListing(tuple(members), astray=kept.astray, left_out=kept.left_out)
