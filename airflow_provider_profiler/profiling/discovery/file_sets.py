"""Sets of files: documents, images and the like of one kind in one folder stand together."""

import glob
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.profile import Distribution, DistributionKind, DistributionStatus
from airflow_provider_profiler.profiling.formats import holds_tables

_LEAST_MEMBERS = 2


def with_file_sets(dataset_id: UUID, files: Sequence[Distribution]) -> list[Distribution]:
    """The files, each with the set that holds it, and the sets: one for files of one media type in one folder.

    Tables, files that could not be read and archives stand for themselves, and what is in an archive belongs to that.
    """
    groups: dict[tuple[str, str], list[Distribution]] = defaultdict(list)
    for file in files:
        if file.status is DistributionStatus.FAILED or file.contained_in is not None or file.reading is not None:
            continue
        if not holds_tables(file.name, file.media_type):
            groups[file.path.rpartition("/")[0], file.media_type].append(file)
    sets: list[Distribution] = []
    owner: dict[UUID, UUID] = {}
    members_of = {key: members for key, members in groups.items() if len(members) >= _LEAST_MEMBERS}
    for (folder, media_type), members in members_of.items():
        includes = _patterns(folder, members)
        identity = part_uuid(dataset_id, "file_set", folder, media_type)
        alone = sum(other == folder for other, _ in members_of) == 1
        kind = _kind(members)
        sets.append(
            Distribution(
                id=identity,
                kind=DistributionKind.FILE_SET,
                status=DistributionStatus.LISTED,
                path=includes[0],
                name=(folder.rpartition("/")[2] if alone else f"{folder.rpartition('/')[2]} ({kind})")
                if folder
                else f"{kind} files",
                description=f"{len(members)} files of {media_type}",
                media_type=media_type,
                content_url=f"{folder}/" if folder else "./",
                content_size=sum(member.content_size or 0 for member in members),
                includes=includes,
            )
        )
        owner.update((member.id, identity) for member in members)
    placed = [file.model_copy(update={"contained_in": owner.get(file.id, file.contained_in)}) for file in files]
    return sorted([*placed, *sets], key=lambda item: (item.path, item.kind, item.media_type))


def _patterns(folder: str, members: Sequence[Distribution]) -> tuple[str, ...]:
    """Glob patterns that name the members: by extension, or by name where a file has none."""
    prefix = f"{glob.escape(folder)}/" if folder else ""
    patterns = set()
    for member in members:
        suffix = _suffix(member.name)
        patterns.add(f"{prefix}*.{glob.escape(suffix)}" if suffix else f"{prefix}{glob.escape(member.name)}")
    return tuple(sorted(patterns))


def _kind(members: Sequence[Distribution]) -> str:
    """A word for what the members are: the commonest extension, else the media type's last part."""
    suffixes = sorted(suffix for member in members if (suffix := _suffix(member.name).lower()))
    return max(suffixes, key=suffixes.count) if suffixes else members[0].media_type.rpartition("/")[2]


def _suffix(name: str) -> str:
    """The extension as it is written: patterns tell upper from lower case."""
    stem, dot, suffix = name.rpartition(".")
    return suffix if dot and stem else ""
