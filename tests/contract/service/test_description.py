"""The API's description: complete, with examples that are true, and pinned, so that no change goes unnoticed."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.service.app import create_app

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PINNED = FIXTURES / "openapi.txt"
DESCRIPTION = create_app(Settings(home=Path("unused"), data_root="unused"), run_jobs=False).openapi()
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, operations in DESCRIPTION["paths"].items()
    for method, operation in operations.items()
}
#: Whose answers are documents of the data, described elsewhere.
DOCUMENTS = {"profile_model", "cdd_file", "download_job_artefact", "download_revision_artefact"}


def compact(schema: Any) -> str:  # noqa: PLR0911
    """A schema on one line: what of it may be sent or comes back, without its words."""
    match schema:
        case {"$ref": reference}:
            return reference.rsplit("/", 1)[1]
        case {"anyOf": parts} | {"oneOf": parts}:
            return " | ".join(compact(part) for part in parts)
        case {"const": value}:
            return json.dumps(value)
        case {"enum": values}:
            return "(" + " ".join(map(str, values)) + ")"
        case {"type": "array", "items": items}:
            return f"[{compact(items)}]{_bounds(schema)}"
        case {"type": "array"}:
            return "[any]"
        case {"type": "object", "additionalProperties": dict() as values}:
            return f"{{*: {compact(values)}}}"
        case {"type": kind}:
            return f"{kind}{'' if 'format' not in schema else ':' + schema['format']}{_bounds(schema)}"
        case _:
            return "any"


def _bounds(schema: dict[str, Any]) -> str:
    names = (
        "minimum",
        "exclusiveMinimum",
        "maximum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "maxItems",
        "pattern",
    )
    found = [f"{name}={schema[name]}" for name in names if name in schema]
    return f"({' '.join(found)})" if found else ""


def lines() -> list[str]:
    found = []
    for method, path, operation in sorted(OPERATIONS.values(), key=lambda item: (item[1], item[0])):
        found.append(f"{method} {path}  # {operation['operationId']}, {' '.join(operation['tags'])}")
        for item in operation.get("parameters", ()):
            mark = "!" if item.get("required") else ""
            default = f" = {json.dumps(item['schema']['default'])}" if "default" in item["schema"] else ""
            found.append(f"  {item['in']} {item['name']}{mark}: {compact(item['schema'])}{default}")
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            found.append(f"  body {kind}: {compact(content['schema'])}")
        errors = []
        headers: dict[str, list[str]] = {}
        for status, answer in sorted(operation["responses"].items()):
            for header in answer["headers"]:
                headers.setdefault(header, []).append(status)
            contents = sorted(
                f"{kind}: {compact(content.get('schema'))}" for kind, content in answer.get("content", {}).items()
            )
            if contents == ["application/json: ErrorBody"]:
                errors.append(status)
            else:
                found.append(f"  {status} {'; '.join(contents)}".rstrip())
        if errors:
            found.append(f"  {' '.join(errors)} ErrorBody")
        together: dict[tuple[str, ...], list[str]] = {}
        for header, statuses in sorted(headers.items()):
            missing = [status for status in sorted(operation["responses"]) if status not in statuses]
            where = ("all",) if not missing else ("all but", *missing) if len(missing) == 1 else tuple(statuses)
            together.setdefault(where, []).append(header)
        found.extend(f"  {' '.join(where)}: headers {' '.join(names)}" for where, names in together.items())
    for name, schema in sorted(DESCRIPTION["components"]["schemas"].items()):
        if "properties" not in schema:
            found.append(f"{name}: {compact(schema)}")
            continue
        closed = "" if schema.get("additionalProperties") is False else " and others"
        found.append(f"{name}:{closed}")
        required = set(schema.get("required", ()))
        found.extend(
            f"  {field}{'!' if field in required else ''}: {compact(values)}"
            for field, values in schema["properties"].items()
        )
    return found


def test_the_description_is_the_pinned_one():
    """What differs is what clients will see. Where it is meant, run this file as a program: it pins it anew."""
    assert lines() == PINNED.read_text(encoding="utf-8").splitlines()


def test_a_tag_is_described_once():
    names = [tag["name"] for tag in DESCRIPTION["tags"]]
    assert len(names) == len(set(names))


def problems(example: Any, schema: dict[str, Any]) -> list[str]:
    whole = {**schema, "components": DESCRIPTION["components"]}
    checker = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())
    return [error.message for error in checker.iter_errors(example)]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_described_with_examples_that_are_true(name):
    operation = OPERATIONS[name][2]
    assert operation["summary"][0].isupper()
    assert operation["description"].strip()
    assert set(operation["tags"]) <= {tag["name"] for tag in DESCRIPTION["tags"]}
    assert len(operation["tags"]) == 1
    for item in operation.get("parameters", ()):
        assert item["in"] == "path" or item.get("description"), item["name"]
        if item["in"] == "path":
            assert problems(item["example"], item["schema"]) == [], item["name"]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        assert problems(content["example"], content["schema"]) == []
    probe = operation["tags"] == ["monitoring"]
    assert probe or {"401", "403", "422", "429", "500", "503"} <= set(operation["responses"])
    assert ("requestBody" in operation) == ("415" in operation["responses"])
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get("application/json")
        if content is None or (name in DOCUMENTS and status.startswith("2")):
            continue
        assert problems(content["example"], content["schema"]) == [], status
        assert "X-Request-ID" in answer["headers"]


def test_the_documented_request_is_the_example():
    example = OPERATIONS["trigger_profile"][2]["requestBody"]["content"]["application/json"]["example"]
    assert example == json.loads((FIXTURES / "documented_request.json").read_text(encoding="utf-8"))


def test_the_example_of_a_submission_works(standing):
    content = OPERATIONS["trigger_profile"][2]["requestBody"]["content"]["application/json"]
    assert standing.wait(standing.submit(content["example"])) == "HEAVY_PROFILES_READY"


if __name__ == "__main__":
    PINNED.write_text("\n".join(lines()) + "\n", encoding="utf-8")
