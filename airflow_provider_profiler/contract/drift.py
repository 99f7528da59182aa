"""What changed from one revision of a dataset to another."""

from enum import StrEnum
from uuid import UUID

from airflow_provider_profiler.contract.model import Model


class Presence(StrEnum):
    """In which of two profiles something is."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    SAME = "same"


class ColumnDrift(Model):
    """A column that came, went, or is other than it was."""

    name: str
    presence: Presence
    distance: float | None = None
    """How far its distribution moved, from 0 to 1, as far as the profiles prove it; null where they do not tell."""
    changes: tuple[str, ...] = ()
    """What is other, in words."""


class TableDrift(Model):
    """A table in both revisions, or in one of them."""

    name: str
    presence: Presence
    rows_before: int | None = None
    rows_after: int | None = None
    changes: tuple[str, ...] = ()
    columns: tuple[ColumnDrift, ...] = ()
    """Those that are other; the rest are as they were."""


class FileDrift(Model):
    """Files by what became of them."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """With other content: another checksum, or where there is none another size."""
    same: int = 0


class DatasetDrift(Model):
    """``GET /profiler/datasets/{id}/drift``."""

    dataset_id: UUID
    before: int
    """The revision that is compared with, and ``after`` the one that is compared."""
    after: int
    changed: bool
    files: FileDrift
    tables: tuple[TableDrift, ...] = ()
    """Those that are other; the rest are as they were."""
