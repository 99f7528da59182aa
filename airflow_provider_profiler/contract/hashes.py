"""Two hashes of a profile: one that tells whether the data is other, one that tells whether its form is."""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from airflow_provider_profiler.contract.model import canonical_json

if TYPE_CHECKING:
    from airflow_provider_profiler.contract.profile import Distribution, RecordSet


def content_hash(items: "Iterable[Distribution]") -> str:
    """Equal for equal data: of paths, sizes, and checksums, or where there are none the times of the last change."""
    told = sorted(
        (item.path, item.content_size or 0, item.sha256 or (item.modified.isoformat() if item.modified else ""))
        for item in items
        if item.content_size is not None
    )
    return hashlib.sha256(canonical_json(told)).hexdigest() if told else ""


def schema_hash(tables: "Iterable[RecordSet]") -> str:
    """Equal for equal schemas, whatever the rows: of names and types, columns in their order, tables in any."""
    told = sorted(
        [table.name, [[field.name, field.data_type, field.physical_type] for field in table.fields]] for table in tables
    )
    return hashlib.sha256(canonical_json(told)).hexdigest() if told else ""
