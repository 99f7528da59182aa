"""What is said about a merged dataset: what all parts agree on."""

from collections.abc import Sequence
from typing import Any

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.specification import ProfileSpecification

#: Lists of which the merged dataset has all members.
_UNITED = ("keywords", "fields_of_science", "languages")


def merged_specification(
    specifications: Sequence[ProfileSpecification], *, dataset_id: str, name: str
) -> tuple[ProfileSpecification, tuple[str, ...]]:
    """The specification of the merged dataset, and the fields on which the parts do not agree, left empty.

    :param dataset_id: a UUID or a name to derive one from. Where it is empty: the parts' own id if they are one
        dataset, else one derived from theirs in their order.
    :param name: the dataset's name. Where it is empty: the parts' names, each once.
    """
    dumped = [item.model_dump(mode="json") for item in specifications]
    ids = list(dict.fromkeys(str(item.id) for item in specifications))
    names = list(dict.fromkeys(item.name for item in specifications))
    merged: dict[str, Any] = {
        "id": str(dataset_uuid(dataset_id))
        if dataset_id
        else ids[0]
        if len(ids) == 1
        else str(dataset_uuid("+".join(ids))),
        "name": name or " and ".join(names),
        "data_connectors": _each_once(dumped, "data_connectors"),
    }
    merged |= {field: _each_once(dumped, field) for field in _UNITED}
    open_fields = []
    for field in dict.fromkeys(field for item in dumped for field in item):
        if field in merged:
            continue
        values = [item.get(field) for item in dumped]
        if all(value == values[0] for value in values):
            merged[field] = values[0]
            continue
        open_fields.append(field)
        if field in ProfileSpecification.model_fields:
            merged[field] = ""
    return ProfileSpecification.model_validate(merged), tuple(open_fields)


def _each_once(dumped: Sequence[dict[str, Any]], field: str) -> list[Any]:
    """The members of a list in all parts, in the order in which they first appear."""
    found: list[Any] = []
    for item in dumped:
        found.extend(member for member in item[field] if member not in found)
    return found
