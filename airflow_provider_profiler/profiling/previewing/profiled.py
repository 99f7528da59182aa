"""What a preview needs of a profile: its tables, and the files that they are made of."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from airflow_provider_profiler.contract.errors import InvalidRequest, TableNotFound
from airflow_provider_profiler.contract.profile import DataType, DistributionKind
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling.selection.columns import listed, meant


class ProfiledField(msgspec.Struct):
    """A column that was profiled."""

    name: str
    data_type: DataType
    decimal_mark: str | None = None


class ProfiledRows(msgspec.Struct):
    """How the rows of a table were chosen, where options asked for fewer than all."""

    rows_seen: int
    rows_fulfilling: int


class ProfiledTable(msgspec.Struct):
    """A table that was profiled."""

    id: UUID
    name: str
    path: str
    distribution_id: UUID
    row_count: int
    fields: list[ProfiledField]
    selection: ProfiledRows | None = None


class ProfiledFile(msgspec.Struct):
    """A file, a set of files, or a database."""

    id: UUID
    kind: DistributionKind
    path: str
    content_size: int | None = None
    modified: datetime | None = None
    contained_in: UUID | None = None


class ProfiledDataset(msgspec.Struct):
    """The part of ``profile.json`` that matters here; all else of it, most of its bytes, is passed over."""

    kind: Target
    generated_at: datetime
    distributions: list[ProfiledFile]
    record_sets: list[ProfiledTable] = []

    @classmethod
    def of(cls, document: bytes) -> "ProfiledDataset":
        """Of the bytes of ``profile.json``."""
        return msgspec.json.decode(document, type=cls)

    def table(self, name: str | None) -> ProfiledTable:
        """The table of this name.

        :param name: None: the dataset's only table.
        :raises TableNotFound: when there is no such table, or no table at all.
        :raises InvalidRequest: when no name is given, and there are several.
        """
        names = [table.name for table in self.record_sets]
        if not names:
            why = "it is a light one" if self.kind is Target.LIGHT else "no table was found in the dataset"
            raise TableNotFound(f"The profile tells of no table that could be looked into: {why}.")
        if name is None:
            if len(names) > 1:
                raise InvalidRequest(f"The dataset has {len(names)} tables; say which one: {listed(names)}.")
            return self.record_sets[0]
        if name not in names:
            raise TableNotFound(f"There is no table {name!r}{meant(name, names)}; the tables are {listed(names)}.")
        return self.record_sets[names.index(name)]

    def files_of(self, table: ProfiledTable) -> tuple[bool, list[ProfiledFile]]:
        """Whether a table is made of a set of files, and the files in the order of their rows; a database is one."""
        own = next(item for item in self.distributions if item.id == table.distribution_id)
        if own.kind is not DistributionKind.FILE_SET:
            return False, [own]
        return True, [
            item for item in self.distributions if item.contained_in == own.id and item.kind is DistributionKind.FILE
        ]

    def owners(self, file: ProfiledFile, known: Mapping[UUID, ProfiledFile]) -> Iterator[ProfiledFile]:
        """The file, and the archives that it is in, from the innermost to the outermost.

        :param known: all distributions by their id.
        """
        at: ProfiledFile | None = file
        while at is not None:
            if at.kind is DistributionKind.FILE:
                yield at
            at = None if at.contained_in is None else known.get(at.contained_in)
