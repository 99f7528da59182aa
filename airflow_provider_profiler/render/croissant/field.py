"""The field node: a column, and from where its values come."""

from collections.abc import Mapping
from typing import Any

from airflow_provider_profiler.contract.profile import Field
from airflow_provider_profiler.render.croissant.promise import LoadedField


def field_node(
    field: Field, loaded: LoadedField, identity: str, source: Mapping[str, Any], target: str | None
) -> dict[str, Any]:
    """The node of a column that is loaded from files.

    :param source: the reference to the file or the set.
    :param target: the id of the field whose values these are, where readers can follow that.
    """
    node: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": identity,
        "name": field.name,
        "dataType": loaded.data_type.value,
        "source": {**source, "extract": dict(loaded.extract)},
    }
    if field.description:
        node["description"] = field.description
    if loaded.depth:
        node["isArray"] = True
        node["arrayShape"] = ",".join(["-1"] * loaded.depth)
    if target is not None:
        node["references"] = {"field": {"@id": target}}
    return node


def variable_node(table: str, field: Field) -> dict[str, Any]:
    """What is said of a column whose table readers cannot load: a property of schema.org, which promises nothing."""
    node: dict[str, Any] = {
        "@type": "sc:PropertyValue",
        "name": f"{table}/{field.name}",
        "valueReference": field.data_type.value,
    }
    if field.description:
        node["description"] = field.description
    if field.unit:
        node["unitText"] = field.unit
    node |= _range(field)
    return node


def _range(field: Field) -> Mapping[str, Any]:
    numeric = field.statistics.numeric
    return {} if numeric is None else {"minValue": numeric.minimum, "maxValue": numeric.maximum}
