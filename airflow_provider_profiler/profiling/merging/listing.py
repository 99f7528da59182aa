"""The files of several profiles in one listing: kept apart by their paths, those of one table in a set."""

import glob
import os
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from uuid import UUID

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    DistributionStatus,
)
from airflow_provider_profiler.contract.specification import RawDataPath

#: Numbers, words, and signs one by one.
_PARTS = re.compile(r"\d+|[^\W\d_]+|.", re.DOTALL)


class Listing:
    """The distributions of a merged profile.

    As in a dataset of several connectors, each path begins with its dataset's where the profiles are of different ones.
    Where two paths are equal all the same (one file at two moments), the later one gets a number: ``a~2.csv``.
    """

    def __init__(self, dataset_id: UUID, profiles: Sequence[DatasetProfile]) -> None:
        """List what the profiles list.

        :param dataset_id: the merged dataset's id, which all ids are derived from.
        """
        self._dataset_id = dataset_id
        self._placed: list[dict[UUID, Distribution]] = []
        self._taken: set[tuple[str, str]] = set()
        self._sets: dict[tuple[UUID, ...], Distribution] = {}
        self._dissolved: set[UUID] = set()
        datasets = list(dict.fromkeys(path for profile in profiles for path in _raw_paths(profile)))
        for profile in profiles:
            prefix = _prefix(profile) if len(datasets) > 1 else ""
            self._placed.append(self._place(profile, prefix))
        self._sources = [_by_path(profile) for profile in profiles]

    def distributions(self) -> tuple[Distribution, ...]:
        """All of them, sorted as profiles sort them."""
        found = {item.id: item for placed in self._placed for item in placed.values()}
        owner = {member: found_set.id for members, found_set in self._sets.items() for member in members}
        listed = [
            item.model_copy(update={"contained_in": owner.get(item.id, item.contained_in)})
            for item in found.values()
            if item.id not in self._dissolved
        ]
        return tuple(sorted([*listed, *self._sets.values()], key=lambda item: (item.path, item.kind, item.media_type)))

    def path_of(self, profile: int, path: str) -> str:
        """The path here of what a profile's tables are read from.

        :param profile: the profile's position.
        :param path: the path in that profile.
        """
        found = self._sources[profile].get(path)
        return path if found is None else self._placed[profile][found.id].path

    def origin(self, places: Sequence[tuple[int, str]]) -> Distribution:
        """What a table is read from: its file, or the set of the files that are one table.

        :param places: position of each part's profile, and the part's path therein.
        """
        origins = [self._placed[profile][self._sources[profile][path].id] for profile, path in places]
        if len(origins) == 1:
            return origins[0]
        members = [member for item in origins for member in self._members(item)]
        key = tuple(member.id for member in members)
        if key not in self._sets:
            self._sets[key] = self._set_of(members)
        # Sets of tables that were merged before are part of the larger one.
        self._dissolved.update(item.id for item in origins if item.kind is DistributionKind.FILE_SET)
        return self._sets[key]

    def _members(self, origin: Distribution) -> list[Distribution]:
        if origin.kind is not DistributionKind.FILE_SET:
            return [origin]
        return [item for placed in self._placed for item in placed.values() if item.contained_in == origin.id]

    def _set_of(self, members: Sequence[Distribution]) -> Distribution:
        path = self._free(_pattern([item.path for item in members]), DistributionKind.FILE_SET)
        return Distribution(
            id=part_uuid(self._dataset_id, "file_set", *(item.path for item in members)),
            kind=DistributionKind.FILE_SET,
            status=DistributionStatus.PROFILED,
            path=path,
            name=path.rpartition("/")[2],
            description=f"{len(members)} files that are one table",
            media_type=members[0].media_type,
            content_url=os.path.commonpath([f"/{item.content_url}" for item in members])[1:] or "./",
            content_size=sum(item.content_size or 0 for item in members),
            includes=tuple(glob.escape(item.path) for item in members),
            reading=members[0].reading,
        )

    def _place(self, profile: DatasetProfile, prefix: str) -> dict[UUID, Distribution]:
        """The distributions by their ids in the profile, with the paths and ids they have here."""
        placed: dict[UUID, Distribution] = {}
        for item in profile.distributions:
            if item.kind is DistributionKind.DATABASE:  # its path is an address, equal ones are one database
                placed[item.id] = self._identified(item)
                continue
            is_set = item.kind is DistributionKind.FILE_SET
            update = {
                "path": self._free(_under(prefix, item.path, pattern=is_set), item.kind, item.media_type),
                "content_url": _under(prefix, item.content_url),
                "includes": tuple(_under(prefix, pattern, pattern=True) for pattern in item.includes),
            }
            placed[item.id] = self._identified(item.model_copy(update=update))
        return {
            identity: item.model_copy(update={"contained_in": placed[item.contained_in].id})
            if item.contained_in in placed
            else item
            for identity, item in placed.items()
        }

    def _identified(self, item: Distribution) -> Distribution:
        if item.kind is DistributionKind.FILE_SET:
            identity = part_uuid(self._dataset_id, "file_set", item.path, item.media_type)
        else:
            identity = part_uuid(self._dataset_id, "distribution", item.path)
        return item.model_copy(update={"id": identity})

    def _free(self, path: str, kind: DistributionKind, media_type: str = "") -> str:
        """The path, with a number before its extension where it is taken."""
        # Sets of documents in one folder share a path's beginning and differ in their media type.
        space = f"{kind}{media_type}" if kind is DistributionKind.FILE_SET else kind
        free, number = path, 2
        while (space, free) in self._taken:
            suffix = PurePosixPath(path).suffix
            free, number = f"{path.removesuffix(suffix)}~{number}{suffix}", number + 1
        self._taken.add((space, free))
        return free


def _raw_paths(profile: DatasetProfile) -> list[str]:
    connectors = profile.specification.data_connectors
    return [connector.dataset_id for connector in connectors if isinstance(connector, RawDataPath)]


def _prefix(profile: DatasetProfile) -> str:
    """The dataset's path, where the profile's paths do not begin with it yet."""
    paths = list(dict.fromkeys(_raw_paths(profile)))
    if len(paths) != 1:
        return ""
    files = [item.path for item in profile.distributions if item.kind is DistributionKind.FILE]
    if files == [paths[0].rpartition("/")[2]]:  # the dataset is this file
        return paths[0].rpartition("/")[0]
    return paths[0]


def _under(prefix: str, path: str, *, pattern: bool = False) -> str:
    if not prefix:
        return path
    if path in (".", "./"):
        return prefix if path == "." else f"{prefix}/"
    return f"{glob.escape(prefix) if pattern else prefix}/{path}"


def _by_path(profile: DatasetProfile) -> dict[str, Distribution]:
    """What tables are read from, by path."""
    read = [item for item in profile.distributions if item.status is DistributionStatus.PROFILED]
    return {item.path: item for item in read}


def _pattern(paths: Sequence[str]) -> str:
    """What the paths have in common, with a star for what differs; words and numbers differ as a whole."""
    parts = [_PARTS.findall(path) for path in paths]
    first = _common_start(parts)
    last = _common_start([part[len(first) :][::-1] for part in parts])[::-1]
    return f"{''.join(first)}*{''.join(last)}"


def _common_start(lists: Sequence[list[str]]) -> list[str]:
    """The longest list that all of them begin with."""
    start = []
    for parts in zip(*lists, strict=False):
        if any(part != parts[0] for part in parts):
            break
        start.append(parts[0])
    return start
