"""The API's description: the routes as they declare themselves, the bodies that they read, and an example of each."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from airflow_provider_profiler.contract.messages import CleanUpRequest, TriggerProfileRequest
from airflow_provider_profiler.contract.pages import SignedLinkRequest
from airflow_provider_profiler.contract.specification import DatabaseConnection

_REFERENCE = "#/components/schemas/{model}"
_BODIES = (TriggerProfileRequest, CleanUpRequest, DatabaseConnection, SignedLinkRequest)
_EXAMPLES = Path(__file__).with_name("openapi_examples.json")
_JSON = "application/json"
_REQUEST_ID = {"description": "The request's id: the one that was sent, or a new one", "schema": {"type": "string"}}

_RATE = {
    f"X-Rate-Limit-{whose}-{name}": {"description": description, "schema": {"type": "integer"}}
    for whose, who in (("User", "the client"), ("Workspace", "all clients together"))
    for name, description in (
        ("Limit", f"Requests that {who} may send in a minute, where there is a limit"),
        ("Remaining", "How many of them are left"),
        ("Reset", "When all of them are there again, in milliseconds since 1970"),
    )
}

#: Answered before a request reaches a route, whatever it asks for, where its line and headers are too long.
_TOO_LONG = {
    "description": "The request's line and headers are too long",
    "content": {_JSON: {"schema": {"$ref": _REFERENCE.format(model="ErrorBody")}}},
    "headers": {"X-Request-ID": _REQUEST_ID},
}

TAGS = [
    {"name": "profiler", "description": "The documented routes: they never change."},
    {"name": "jobs", "description": "Jobs in detail: lists, progress, events, logs, and how to stop one."},
    {"name": "events", "description": "What happened to all jobs, in one order: for whoever follows them."},
    {"name": "datasets", "description": "Datasets and their revisions, one for each job."},
    {"name": "artefacts", "description": "The files of revisions: listed, and downloaded whole or in part."},
    {"name": "previews", "description": "Rows of the tables of revisions, as they are in the dataset now."},
    {"name": "connections", "description": "The databases that the service is configured for, asked about themselves."},
    {
        "name": "pages",
        "description": "Pages to look at: reports, comparisons, jobs. With a session or a signed link too.",
    },
    {"name": "monitoring", "description": "For whoever runs the service; without a token."},
]


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """What a route that reads its body itself adds to its description."""
    schema = {"$ref": _REFERENCE.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {_JSON: {"schema": schema}}}}


def add_description(app: FastAPI) -> None:
    """Let ``app.openapi()`` describe everything that the routes take and answer."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    settings = app.state.settings
    described = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        routes=app.routes,
        tags=app.openapi_tags,
        servers=[{"url": settings.base_url}] if settings.base_url else None,
    )
    components = described.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    _, bodies = models_json_schema([(model, "validation") for model in _BODIES], ref_template=_REFERENCE)
    for name, schema in bodies.get("$defs", {}).items():
        schemas.setdefault(name, schema)
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    examples = json.loads(_EXAMPLES.read_text(encoding="utf-8"))
    for path, operation in _operations(described):
        # Where authentication is off a token does no harm; clients that send one work with both.
        if not path.startswith("/monitoring/") and path != "/":
            operation["security"] = [{"bearer": []}] + ([] if settings.enable_auth else [{}])
        limited = {} if path.startswith("/monitoring/") or path == "/" else _RATE
        for answer in operation["responses"].values():
            answer["headers"] = {**answer.get("headers", {}), "X-Request-ID": _REQUEST_ID, **limited}
        operation["responses"]["431"] = deepcopy(_TOO_LONG)
        _add_examples(operation, examples)
    return described


def _operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in described["paths"].items():
        for operation in operations.values():
            yield path, operation


def _add_examples(operation: dict[str, Any], examples: dict[str, Any]) -> None:
    own = examples["operations"].get(operation["operationId"], {})
    body = operation.get("requestBody", {}).get("content", {}).get(_JSON)
    if body is not None and "request" in own:
        body["example"] = own["request"]
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get(_JSON)
        if content is None:
            continue
        if status == "200" and "answer" in own:
            content["example"] = own["answer"]
        elif status in examples["errors"]:
            content["example"] = {"detail": examples["errors"][status]}
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in examples["parameters"]:
            parameter["example"] = examples["parameters"][parameter["name"]]
