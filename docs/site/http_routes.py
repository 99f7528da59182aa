"""The page of the routes, from the description that the service gives of itself."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.service.app import create_app
from airflow_provider_profiler.service.openapi import TAGS

_INTRODUCTION: Final = """\
# HTTP

Every route with what it takes and what it answers, as `GET /openapi.json` of a running service tells it to programs.
What they are for says [the service](../service.md). Names after an answer are [schemas](#schemas). Errors are
`{"detail": ...}`.
"""
_BOUNDS: Final = ("minimum", "maximum", "minLength", "maxLength", "maxItems", "pattern")


@cache
def description() -> dict[str, Any]:
    """The OpenAPI description of a service; nothing is opened or run for it."""
    unused = Path("unused")
    return create_app(Settings(home=unused, data_root=str(unused)), run_jobs=False).openapi()


def http_page() -> str:
    """The page, in Markdown."""
    described = description()
    lines = [_INTRODUCTION]
    for tag in TAGS:
        lines += [f"## {tag['name'].capitalize()}", "", tag["description"], ""]
        for path, operations in sorted(described["paths"].items()):
            for method, operation in operations.items():
                if tag["name"] in operation["tags"]:
                    lines += _operation(method.upper(), path, operation)
    lines += ["## Schemas", ""]
    for name, schema in sorted(described["components"]["schemas"].items()):
        lines += _schema(name, schema)
    return "\n".join(lines) + "\n"


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield from (f"### `{method} {path}`", "", operation["summary"] + ".", "")
    told = operation.get("description")
    if told:
        yield from (told.replace("``", "`"), "")
    parameters = operation.get("parameters", ())
    if parameters:
        yield from ("| parameter | in | type | default | |", "|---|---|---|---|---|")
        for item in parameters:
            default = item["schema"].get("default")
            shown = "required" if item.get("required") else "" if default is None else f"`{_cell(json.dumps(default))}`"
            about = _cell(item.get("description", ""))
            yield f"| `{item['name']}` | {item['in']} | {_type(item['schema'])} | {shown} | {about} |"
        yield ""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield from (f"Body `{kind}`: {_type(content['schema'])}", "")
    errors = []
    for status, answer in sorted(operation["responses"].items()):
        contents = answer.get("content", {})
        if _is_error(contents):
            errors.append(f"`{status}`")
            continue
        kinds = "; ".join(f"`{kind}` {_type(content.get('schema', {}))}" for kind, content in sorted(contents.items()))
        yield f"- `{status}` {answer['description']}{': ' + kinds if kinds else ''}"
    if errors:
        yield f"- errors: {' '.join(errors)}"
    yield ""


def _is_error(contents: dict[str, Any]) -> bool:
    return [_type(content.get("schema", {})) for content in contents.values()] == ["[ErrorBody](#errorbody)"]


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield from (f"### {name} {{ #{name.lower()} }}", "")
    told = schema.get("description")
    if told:
        yield from (told.replace("``", "`").split("\n\n", 1)[0], "")
    properties = schema.get("properties")
    if not properties:
        yield from (_type(schema), "")
        return
    required = schema.get("required", ())
    yield from ("| field | type | default |", "|---|---|---|")
    for field, inner in properties.items():
        default = inner.get("default")
        shown = "required" if field in required else "" if default is None else f"`{_cell(json.dumps(default))}`"
        yield f"| `{field}` | {_type(inner)} | {shown} |"
    yield ""


def _type(schema: dict[str, Any]) -> str:  # noqa: PLR0911
    """A schema on one line; the names of others are links."""
    match schema:
        case {"$ref": reference}:
            name = reference.rsplit("/", 1)[1]
            return f"[{name}](#{name.lower()})"
        case {"anyOf": parts} | {"oneOf": parts}:
            return " or ".join(_type(part) for part in parts)
        case {"const": value}:
            return f"`{json.dumps(value)}`"
        case {"enum": values}:
            return " ".join(f"`{value}`" for value in values)
        case {"type": "array", "items": items}:
            return f"list of {_type(items)}{_bounds(schema)}"
        case {"type": "object", "additionalProperties": dict() as values}:
            return f"object of {_type(values)}"
        case {"type": kind}:
            return f"{schema.get('format', kind)}{_bounds(schema)}"
        case _:
            return "any"


def _bounds(schema: dict[str, Any]) -> str:
    found = [f"{name} `{_cell(str(schema[name]))}`" for name in _BOUNDS if name in schema]
    return f" ({', '.join(found)})" if found else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
