"""What documents say about a specification beyond copying its fields."""

from typing import Any

from airflow_provider_profiler.contract.specification import ProfileSpecification, RawDataPath


def location(specification: ProfileSpecification) -> str:
    """Where the dataset lies: the path under the data root of its first connector, or the address of its database.

    All connectors stand beside it in every document; readers of this one key expect a single text.
    """
    connector = specification.data_connectors[0]
    if isinstance(connector, RawDataPath):
        return connector.dataset_id
    host = f"[{connector.host}]" if ":" in connector.host else connector.host
    return f"{connector.protocol}://{host}:{connector.port}/{connector.database_name}"


def connectors(specification: ProfileSpecification) -> list[dict[str, Any]]:
    """The connectors as they were sent."""
    return [connector.model_dump(mode="json") for connector in specification.data_connectors]


def additional_fields(specification: ProfileSpecification) -> dict[str, Any]:
    """The fields that no document has a key for, as they were sent."""
    unknown = set(specification.unknown_fields)
    return {name: value for name, value in specification.model_dump(mode="json").items() if name in unknown}


def stated(specification: ProfileSpecification, name: str) -> str:
    """A text that documents have a key for and the documented specification has not, such as ``version``.

    :param name: the unknown field that may hold it.
    :return: the text, empty where the submitter did not say.
    """
    value = specification.unknown_fields.get(name)
    return value if isinstance(value, str) else ""
