"""JSON Schemas (draft 2020-12) of the documents. Those of others are written after what their readers require; that of
``profile.json`` is the model's own.
"""

import json
from enum import StrEnum
from importlib.resources import files
from typing import Any

from airflow_provider_profiler.contract.profile import DatasetProfile


class DocumentKind(StrEnum):
    """The documents that there are schemas of."""

    PROFILE = "profile.json"
    MOMA_LIGHT = "moma_profile_light.json"
    MOMA_HEAVY = "moma_profile_heavy.json"
    CDD = "the CDD file"
    CROISSANT = "croissant.json"


_FILES = {
    DocumentKind.MOMA_LIGHT: "moma.json",
    DocumentKind.MOMA_HEAVY: "moma.json",
    DocumentKind.CDD: "cdd.json",
    DocumentKind.CROISSANT: "croissant.json",
}


def schema_of(kind: DocumentKind) -> dict[str, Any]:
    """The schema of a document."""
    if kind is DocumentKind.PROFILE:
        dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        return dialect | DatasetProfile.model_json_schema(mode="serialization")
    schema: dict[str, Any] = json.loads((files(__package__) / _FILES[kind]).read_text(encoding="utf-8"))
    if kind is DocumentKind.MOMA_HEAVY:
        schema["required"].append("recordSet")
    return schema
