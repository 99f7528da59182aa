"""The data quality node of a table."""

from typing import Any
from uuid import UUID

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.profile import QualityError, QualityExample, RecordSet

#: The vocabulary takes no more examples of one error.
MAX_EXAMPLES = 5


def quality_node(record_set: RecordSet, dataset_id: UUID) -> dict[str, Any]:
    """What was found wrong with a table. A table without faults has the node too: it was looked at."""
    return {
        "@id": str(part_uuid(dataset_id, "data_quality", str(record_set.id))),
        "@type": "dg:DataQuality",
        "summary": quality_summary(record_set),
        "errors": [_error_node(error) for error in record_set.quality],
    }


def quality_summary(record_set: RecordSet) -> str:
    """One line for people: how many issues, and how many rows could not be read."""
    count = len(record_set.quality)
    issues = "no issues" if not count else "1 issue" if count == 1 else f"{count} issues"
    rejected = record_set.rejected_rows
    if not rejected:
        return issues
    return f"{issues}, {rejected} {'row' if rejected == 1 else 'rows'} rejected"


def _error_node(error: QualityError) -> dict[str, Any]:
    return {
        "@id": str(error.id),
        "@type": "dg:DataQualityError",
        "column": error.column,
        "errorType": error.error_type.value,
        "description": error.description,
        "totalAffectedRows": error.affected_rows,
        "errorExamples": [_example_node(item) for item in error.examples[:MAX_EXAMPLES]],
    }


def _example_node(example: QualityExample) -> dict[str, Any]:
    node = {"value": example.value, "row": example.row}
    return node if example.path is None else node | {"dg:path": example.path}
