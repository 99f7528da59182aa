"""The record set node: a table, its columns, its first rows and its quality."""

import json
from typing import Any, Final
from uuid import UUID

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.profile import Distribution, DistributionKind, Field, RecordSet
from airflow_provider_profiler.contract.statistics import Scalar
from airflow_provider_profiler.render.moma.quality import quality_node
from airflow_provider_profiler.render.moma.statistics import accuracy_node, statistics_node

#: The catalogue makes columns of fields from these sources alone and rejects the whole dataset for any other.
CATALOGUED_MEDIA_TYPES: Final = frozenset(
    {"text/csv", "text/sql", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
)


def record_set_node(
    record_set: RecordSet, distribution: Distribution | None, dataset_id: UUID, generated_at: str
) -> dict[str, Any]:
    """The node of a table, its columns as an iterator.

    Columns of tables that the catalogue does not take stand under ``cr:field``: in JSON-LD the same property, but
    not the literal key that it looks for.

    :param distribution: where the table was read from.
    :param generated_at: the document's timestamp.
    """
    catalogued = distribution is not None and distribution.media_type in CATALOGUED_MEDIA_TYPES
    origin = "fileSet" if distribution is not None and distribution.kind is DistributionKind.FILE_SET else "fileObject"
    source = {origin: {"@id": str(record_set.distribution_id)}}
    return {
        "@type": "cr:RecordSet",
        "@id": str(record_set.id),
        "name": record_set.name,
        "description": record_set.description,
        "dg:path": record_set.path,
        "dg:distribution": {"@id": str(record_set.distribution_id)},
        "field" if catalogued else "cr:field": (
            field_node(field, source, dataset_id, generated_at) for field in record_set.fields
        ),
        "examples": _examples_text(record_set),
        "annotation": [
            {
                "@type": "cr:Field",
                "@id": str(part_uuid(dataset_id, "row_count", str(record_set.id))),
                "name": "row count",
                "value": record_set.row_count,
                # Wikidata's "number of rows", as Croissant annotates counts.
                "dataType": ["sc:Integer", "wd:Q4049983"],
            }
        ],
        "dg:bytesRead": record_set.bytes_read,
        "dg:rejectedRows": record_set.rejected_rows,
        "dg:emptyColumns": list(record_set.empty_columns),
        **_key(record_set),
        **_compared_rows(record_set),
        **_correlations(record_set),
        **_row_selection(record_set),
        "dataQuality": quality_node(record_set, dataset_id),
    }


def _key(record_set: RecordSet) -> dict[str, Any]:
    """The columns that tell every row, by their ids."""
    ids = {field.name: str(field.id) for field in record_set.fields}
    found = [{"@id": ids[name]} for name in record_set.key if name in ids]
    return {"key": found} if found else {}


def _compared_rows(record_set: RecordSet) -> dict[str, Any]:
    if record_set.duplicate_rows is None:
        return {}
    return {
        "dg:duplicateRows": record_set.duplicate_rows,
        "dg:duplicateRowsAccuracy": accuracy_node(record_set.duplicate_rows_accuracy),
    }


def _row_selection(record_set: RecordSet) -> dict[str, Any]:
    chosen = record_set.selection
    if chosen is None:
        return {}
    return {
        "dg:rowSelection": {
            "dg:rowsSeen": chosen.rows_seen,
            "dg:rowsFulfilling": chosen.rows_fulfilling,
            "dg:complete": chosen.complete,
            "dg:sample": chosen.sample,
        }
    }


def _correlations(record_set: RecordSet) -> dict[str, Any]:
    if not record_set.correlations:
        return {}
    return {
        "dg:correlations": [
            {
                "dg:columns": [item.first, item.second],
                "dg:correlationMethod": item.method.value,
                "dg:coefficient": item.coefficient,
                "dg:rows": item.rows,
                "dg:accuracy": accuracy_node(item.accuracy),
            }
            for item in record_set.correlations
        ]
    }


def field_node(field: Field, source: dict[str, Any], dataset_id: UUID, generated_at: str) -> dict[str, Any]:
    """The node of a column.

    :param source: the reference to the distribution.
    :param generated_at: the document's timestamp.
    """
    # A column whose source has no name for it is found by ours.
    extraction: dict[str, Any] = {"extract": {"column": field.original_name or field.name}}
    if field.format is not None:
        extraction["format"] = field.format
    node: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": str(field.id),
        "name": field.name,
        "description": field.description,
        "dataType": field.data_type.value,
        "dg:semanticType": field.semantic_type,
        "dg:semanticTypes": [{"dg:type": item.type, "dg:share": item.share} for item in field.semantic_types],
        "source": source | extraction,
        "sample": samples_of_one_type(field.sample),
        "dg:position": field.position,
        "dg:originalName": field.original_name,
        "dg:physicalType": field.physical_type,
        "dg:isUnique": field.is_unique,
        "dg:isConstant": field.is_constant,
    }
    node |= _references(field)
    if field.votes:
        node["dg:typeVotes"] = [
            {"dg:type": vote.type, "dg:count": vote.count, "dg:examples": list(vote.examples)} for vote in field.votes
        ]
    node["statistics"] = statistics_node(field, dataset_id, generated_at)
    return node


def _references(field: Field) -> dict[str, Any]:
    """What the column refers to.

    All references with their shares, and the first in Croissant's word, which takes one alone, and no lists of keys.
    """
    if not field.references:
        return {}
    plain = [item for item in field.references if not item.separator]
    node: dict[str, Any] = {"references": {"field": {"@id": str(plain[0].field_id)}}} if plain else {}
    return node | {
        "dg:references": [
            {
                "dg:recordSet": {"@id": str(item.record_set_id)},
                "dg:field": {"@id": str(item.field_id)},
                "dg:declared": item.declared,
                "dg:separator": item.separator,
                "dg:share": item.share,
            }
            for item in field.references
        ],
    }


def samples_of_one_type(values: tuple[Scalar, ...]) -> list[Scalar]:
    """The values in one JSON type, because the catalogue stores them in a typed list: numbers where all are
    numbers, else text.
    """
    kinds = {type(value) for value in values}
    if len(kinds) <= 1:
        return list(values)
    if kinds == {int, float}:
        try:
            return [float(value) for value in values]
        except OverflowError:
            pass  # An integer beyond the doubles: text keeps its digits.
    return [value if isinstance(value, str) else json.dumps(value) for value in values]


def _examples_text(record_set: RecordSet) -> str:
    """The first rows as JSON text, each an object by field id, as Croissant keys them."""
    ids = [str(field.id) for field in record_set.fields]
    rows = [dict(zip(ids, row, strict=True)) for row in record_set.examples]
    return json.dumps(rows, ensure_ascii=False, allow_nan=False)
