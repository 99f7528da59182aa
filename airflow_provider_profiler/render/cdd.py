"""CDD: the JSON file that Cross-Dataset Discovery reads, ``<dataset_id>.json``.

Its shape is fixed; what it has no place for stands in keys of its own, in the specification's words, which a reader
that does not know them passes over.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import PurePosixPath
from typing import Any, Final
from uuid import UUID

from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    Field,
    RecordSet,
)
from airflow_provider_profiler.render.content import chunked_content, content_line, document_values, image_values
from airflow_provider_profiler.render.renderer import JsonRenderer, moment_text, timestamp, whole
from airflow_provider_profiler.render.specification import additional_fields, connectors, location
from airflow_provider_profiler.render.statistics import common_statistics
from airflow_provider_profiler.storage.results import cdd_name

_FORMATS: Final = {
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/plain": "text",
    "application/pdf": "application/pdf",
}
#: Formats of one table a file, so that a file of them that could not be read still has ``columns``.
_SINGLE_TABLE_FORMATS: Final = frozenset(
    {"csv", "tsv", "tab", "parquet", "pq", "jsonl", "ndjson", "avro", "orc", "arrow", "feather"}
)
#: Formats of several tables a file, so that their files have ``tables`` even where there is one.
_MANY_TABLES_FORMATS: Final = frozenset({"xlsx", "xlsm", "xlsb", "xls", "ods", "sql-db"})


def cdd_document(profile: DatasetProfile) -> dict[str, Any]:
    """The CDD document as JSON-ready values; see :func:`cdd_parts`."""
    document: dict[str, Any] = whole(cdd_parts(profile))
    return document


def cdd_parts(profile: DatasetProfile) -> dict[str, Any]:
    """The CDD document, its long lists as generators: the dataset, and every file and database of it whatever became of
    it.

    Sets of files are left out, their members being there, but for sets that are one table, whose columns belong to no
    member alone; so are tables of a database that are distributions of their own, being in the database's ``tables``.
    """
    specification = profile.specification
    databases = {item.id for item in profile.distributions if item.kind is DistributionKind.DATABASE}
    tables = _tables_by_member(profile, databases)
    generated_at = timestamp(profile)
    return {
        "@id": str(specification.id),
        "content_url": location(specification),
        "name": specification.name,
        "headline": specification.headline,
        "description": specification.description,
        "keywords": list(specification.keywords),
        "field_of_science": list(specification.fields_of_science),
        "license": specification.license,
        "cite_as": specification.cite_as,
        "doi": specification.doi,
        "published_url": specification.published_url,
        "date_published": specification.date_published,
        "country": specification.country,
        "languages": list(specification.languages),
        "uploaded_by": specification.uploaded_by,
        "data_connectors": connectors(specification),
        "additional_fields": additional_fields(specification),
        "files": (
            _file(item, tables.get(item.id, ()), generated_at)
            for item in profile.distributions
            if (item.kind is not DistributionKind.FILE_SET or item.id in tables) and item.contained_in not in databases
        ),
    }


def _tables_by_member(profile: DatasetProfile, databases: Set[UUID]) -> Mapping[UUID, list[RecordSet]]:
    """The tables of every file and database; those of a distribution inside a database are the database's."""
    member = {item.id: item.contained_in for item in profile.distributions if item.contained_in in databases}
    tables: defaultdict[UUID, list[RecordSet]] = defaultdict(list)
    for record_set in profile.record_sets:
        tables[member.get(record_set.distribution_id) or record_set.distribution_id].append(record_set)
    return tables


def original_format(item: Distribution) -> str:
    """The format in the words of the document: a known name, else the file's extension, else its MIME type."""
    if item.kind is DistributionKind.DATABASE:
        return "sql-db"
    extension = PurePosixPath(item.path).suffix.lstrip(".").lower()
    return _FORMATS.get(item.media_type) or extension or item.media_type


def _file(item: Distribution, tables: Sequence[RecordSet], generated_at: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "file_object_id": str(item.id),
        "original_format": original_format(item),
        "source_file": item.path,
        "name": item.name,
        "description": item.description or content_line(item),
        "keywords": list(item.document.keywords) if item.document else [],
        "status": item.status.value,
    }
    if item.modified is not None:
        entry["date_modified"] = moment_text(item.modified)
    if item.reason is not None:
        entry["reason"] = {"code": item.reason.code.value, "message": item.reason.message}
    return entry | _content(item, tables, generated_at)


def _content(item: Distribution, tables: Sequence[RecordSet], generated_at: str) -> dict[str, Any]:
    """One of ``columns``, ``tables`` and ``chunked_content``, empty where nothing was read."""
    form = original_format(item)
    if form in _MANY_TABLES_FORMATS or len(tables) > 1:
        return {
            "tables": (
                {
                    "name": table.name,
                    "description": table.description,
                    **_rows(table),
                    "columns": _columns(table, generated_at),
                }
                for table in tables
            )
        }
    if tables:
        return {**_rows(tables[0]), "columns": _columns(tables[0], generated_at)}
    if form in _SINGLE_TABLE_FORMATS:
        return {"columns": []}
    kind = "text" if form == "text" else item.media_type
    content = {"content": {"type": kind, "file_path": item.path}}
    if item.image is not None:
        return {"chunked_content": [], "image": image_values(item.image)} | content
    if item.document is None:
        return {"chunked_content": []} | content
    return {"chunked_content": chunked_content(item.document), "document": document_values(item.document)} | content


def _rows(table: RecordSet) -> dict[str, int]:
    counted = {"row_count": table.row_count}
    return counted if table.duplicate_rows is None else counted | {"duplicate_rows": table.duplicate_rows}


def _columns(table: RecordSet, generated_at: str) -> Iterator[dict[str, Any]]:
    return (
        {
            "name": field.name,
            "primitive_type": field.data_type.value,
            "semantic_type": field.semantic_type,
            "semantic_types": [item.type for item in field.semantic_types],
            "description": field.description,
            "statistics": _statistics(field, generated_at),
        }
        for field in table.fields
    )


def _statistics(field: Field, generated_at: str) -> dict[str, Any]:
    """The documented statistics, and for dates their extremes, which ``min`` and ``max`` may not hold."""
    values = common_statistics(field.statistics, generated_at)
    temporal = field.statistics.temporal
    return values if temporal is None else values | {"minValue": temporal.minimum, "maxValue": temporal.maximum}


CDD: Final = JsonRenderer("cdd_profile", lambda profile: cdd_name(profile.dataset_id), cdd_parts)
