"""The API's description, with the bodies that the routes read themselves."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from airflow_provider_profiler.contract.messages import CleanUpRequest, TriggerProfileRequest

_REFERENCE = "#/components/schemas/{model}"
_BODIES = (TriggerProfileRequest, CleanUpRequest)


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """What a route that reads its body itself adds to its description."""
    schema = {"$ref": _REFERENCE.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def describe_bodies(app: FastAPI) -> None:
    """Let ``app.openapi()`` hold the schemas that :func:`json_body` refers to."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            servers = [{"url": app.state.settings.base_url}] if app.state.settings.base_url else None
            described = get_openapi(
                title=app.title, version=app.version, summary=app.summary, routes=app.routes, servers=servers
            )
            _, bodies = models_json_schema([(model, "validation") for model in _BODIES], ref_template=_REFERENCE)
            schemas = described.setdefault("components", {}).setdefault("schemas", {})
            for name, schema in bodies.get("$defs", {}).items():
                schemas.setdefault(name, schema)
            app.openapi_schema = described
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
