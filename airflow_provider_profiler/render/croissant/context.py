"""The JSON-LD context of the Croissant document: the official one of version 1.1, every key of it."""

from typing import Any, Final

from airflow_provider_profiler.render.context import CROISSANT as _TERMS

#: Readers compare the keys with those of the specification and warn of each that is missing.
CONTEXT: Final[dict[str, Any]] = {
    **_TERMS,
    "description": {"@container": "@language"},
    "name": {"@container": "@language"},
}
