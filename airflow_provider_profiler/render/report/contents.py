"""What lies in a dataset as a tree of folders, with sizes and statuses."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    DistributionStatus,
)

#: Files that are shown by name, in a folder and in all; a page of ten thousand lines helps nobody, and the
#: profile has them. Files that failed are shown first.
MOST_IN_FOLDER = 200
MOST_IN_ALL = 3_000
_ORDER = {DistributionStatus.FAILED: 0, DistributionStatus.PROFILED: 1, DistributionStatus.LISTED: 2}


@dataclass
class Folder:
    """A folder, an archive or a database: what lies in it, and how much that is together."""

    name: str
    folders: dict[str, "Folder"] = field(default_factory=dict)
    files: list[Distribution] = field(default_factory=list)
    statuses: dict[DistributionStatus, int] = field(default_factory=dict)
    bytes: int = 0
    shown: list[Distribution] = field(default_factory=list)
    """The files that have a line of their own."""

    @property
    def count(self) -> int:
        """Files at any depth."""
        return sum(self.statuses.values())

    @property
    def left_out(self) -> int:
        """Files of this folder itself without a line."""
        return len(self.files) - len(self.shown)

    @property
    def left_out_bytes(self) -> int:
        """Their bytes."""
        return sum(item.content_size or 0 for item in self.files) - sum(item.content_size or 0 for item in self.shown)

    def add(self, item: Distribution) -> None:
        """Count a file."""
        self.statuses[item.status] = self.statuses.get(item.status, 0) + 1
        self.bytes += item.content_size or 0


def tree_of(profile: DatasetProfile) -> Folder:
    """The tree of a dataset's files and databases; sets of files are their members."""
    root = Folder(profile.specification.name)
    for item in profile.distributions:
        if item.kind is DistributionKind.FILE_SET:
            continue
        folder = root
        root.add(item)
        parts = item.path.split("/") if item.kind is DistributionKind.FILE else [item.path]
        for part in parts[:-1]:
            folder = folder.folders.setdefault(part, Folder(part))
            folder.add(item)
        folder.files.append(item)
    room = MOST_IN_ALL
    for folder in _folders(root):
        folder.files.sort(key=lambda item: (_ORDER[item.status], item.path))
        folder.shown = folder.files[: min(room, MOST_IN_FOLDER)]
        room -= len(folder.shown)
    return root


def _folders(root: Folder) -> Iterator[Folder]:
    """All folders, those above before those below: what is left out is what lies deepest."""
    level: list[Folder] = [root]
    while level:
        yield from level
        level = [below for folder in level for below in folder.folders.values()]


@dataclass(frozen=True)
class ReadingGroup:
    """Files that were read in one and the same way."""

    how: tuple[tuple[str, str], ...]
    paths: tuple[str, ...]


def readings_of(distributions: Iterable[Distribution]) -> tuple[ReadingGroup, ...]:
    """How files were read, those together that were read alike; the largest groups first."""
    groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for item in distributions:
        if item.reading is not None and item.kind is not DistributionKind.FILE_SET:
            groups.setdefault(_how(item), []).append(item.path)
    ordered = sorted(groups.items(), key=lambda entry: (-len(entry[1]), entry[1][0]))
    return tuple(ReadingGroup(how, tuple(paths)) for how, paths in ordered)


_SIGNS = {"\t": "tab", " ": "blank", "\x1f": "unit separator", "\x01": "U+0001"}


def _how(item: Distribution) -> tuple[tuple[str, str], ...]:
    reading = item.reading
    if reading is None:
        return ()
    told = [("reader", reading.reader)]
    if reading.encoding:
        told.append(("encoding", f"{reading.encoding}{' with a byte order mark' if reading.byte_order_mark else ''}"))
    if (dialect := reading.dialect) is not None:
        told.append(("delimiter", _SIGNS.get(dialect.delimiter, dialect.delimiter)))
        told.append(("quote", dialect.quote or "none"))
        if dialect.escape:
            told.append(("escape", dialect.escape))
        rows = f"{dialect.header_rows} rows" if dialect.header_rows != 1 else "1 row"
        told.append(("header", rows if dialect.header else "none"))
        told.append(("line ends", dialect.line_ending))
        if dialect.comment:
            told.append(("comments begin with", dialect.comment))
    for name, count in (
        ("lines above the header", reading.skipped_lines),
        ("comment lines", reading.comment_lines),
        ("lines below the rows", reading.footer_lines),
        ("rows mended", reading.mended_rows),
        ("bytes that are not UTF-8", reading.undecodable_bytes),
    ):
        if count:
            told.append((name, f"{count:,}"))
    if reading.compression:
        told.append(("compression", reading.compression))
    if reading.json_path:
        told.append(("rows at", reading.json_path))
    return tuple(told)
