"""The record set node: a table that readers load."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from airflow_provider_profiler.contract.profile import RecordSet
from airflow_provider_profiler.render.croissant.field import field_node
from airflow_provider_profiler.render.croissant.plan import LoadedTable


def record_set_node(table: LoadedTable, fields: Mapping[UUID, str], references: Mapping[UUID, UUID]) -> dict[str, Any]:
    """The node of a table.

    :param fields: ids in the document of the fields of all tables.
    :param references: by the id of a field, that of the one which it refers to.
    """
    record_set = table.record_set
    source = {"fileSet" if table.in_set else "fileObject": {"@id": table.source}}
    node: dict[str, Any] = {
        "@type": "cr:RecordSet",
        "@id": table.identity,
        "name": record_set.name,
        "description": record_set.description or f"{record_set.row_count} rows of {record_set.path}",
    }
    key = _key(record_set, fields)
    if key:
        node["key"] = key[0] if len(key) == 1 else key
    node["field"] = [
        field_node(
            field,
            loaded,
            fields[field.id],
            source,
            fields[references[field.id]] if field.id in references else None,
        )
        for field, loaded in zip(record_set.fields, table.loading.fields, strict=True)
    ]
    return node


def _key(record_set: RecordSet, fields: Mapping[UUID, str]) -> list[dict[str, str]]:
    by_name = {field.name: field.id for field in record_set.fields}
    if not all(name in by_name for name in record_set.key):
        return []
    return [{"@id": fields[by_name[name]]} for name in record_set.key]
