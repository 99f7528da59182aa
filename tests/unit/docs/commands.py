"""Whether what the guides type is there: programs, their options, routes, targets of make, services of compose."""

import importlib.util
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import typer
import yaml
from pydantic import BaseModel

from airflow_provider_profiler.cli.main import app
from airflow_provider_profiler.cli.report import with_value
from airflow_provider_profiler.config.settings import environment_names
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.pages import SignedLinkRequest
from airflow_provider_profiler.contract.specification import DatabaseConnection
from tests.unit.docs.fences import ROOT, Command
from tests.unit.docs.service_description import paths

#: Read by others than our settings.
OTHER_VARIABLES = {"SOURCE_DATE_EPOCH", "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "TOKEN"}
_SERVICE = "127.0.0.1:4557"
_BODIES: dict[str, type[BaseModel]] = {
    "/profiler/trigger_profile": TriggerProfileRequest,
    "/profiler/links": SignedLinkRequest,
    "/profiler/connections/test": DatabaseConnection,
}


def check(command: Command) -> None:
    """See that a command can be typed as it stands.

    :raises AssertionError: naming what is not there.
    """
    _known_variables(command.settings)
    if command.words:
        program, *arguments = command.words
        assert program in _CHECKS, f"nobody checks commands of {program}: add it to {Path(__file__).name}"
        _CHECKS[program](arguments)


def _known_variables(names: Any) -> None:
    unknown = set(names) - set(environment_names().values()) - OTHER_VARIABLES
    assert not unknown, f"no setting: {unknown}"


def _dataset_profiler(arguments: list[str]) -> None:
    group: Any = typer.main.get_command(app)
    words = list(with_value(arguments))
    if words and words[0].startswith("--"):
        assert any(words[0] in item.opts for item in group.params), words
        return
    command = group.commands.get(words[0])
    assert command is not None, f"no command {words[0]}"
    command.make_context(words[0], words[1:])  # parses, and raises what the program would tell


def _curl(arguments: list[str]) -> None:
    body, method, url = None, None, ""
    asks = any(re.fullmatch("-[a-zA-Z]*G", word) for word in arguments)
    query: list[str] = []
    words = iter(arguments)
    for word in words:
        if word in ("-H", "--header", "-o"):
            next(words)
        elif word in ("-d", "--data", "--data-urlencode"):
            if asks:
                query.append(next(words))
            else:
                body = next(words)
        elif word in ("-X", "--request"):
            method = next(words)
        elif word.startswith("-"):
            assert set(word[1:]) <= set("sgOSfG"), f"option {word} of curl"
        else:
            url = word
    parts = urlsplit(url)
    assert parts.netloc == _SERVICE, url
    operation, template = _operation(method or ("POST" if body is not None else "GET"), parts.path)
    known = {item["name"] for item in operation.get("parameters", ()) if item["in"] == "query"}
    asked = {name for name, _ in parse_qsl("&".join([parts.query, *query]), keep_blank_values=True)}
    assert asked <= known, f"{template} has no parameter {asked - known}"
    if body is not None and "{...}" not in body:
        _BODIES[template].model_validate_json(body)


def _operation(method: str, path: str) -> tuple[dict[str, Any], str]:
    if path == "/openapi.json":
        return {}, path
    fitting = [
        (operations[method.lower()], template)
        for template, operations in paths().items()
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path) and method.lower() in operations
    ]
    assert fitting, f"no route {method} {path}"
    return min(fitting, key=lambda item: item[1].count("{"))


def _make(arguments: list[str]) -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    for word in arguments:
        name, given, _ = word.partition("=")
        pattern = rf"^{name} \?=" if given else rf"^{name}:"
        assert re.search(pattern, text, re.MULTILINE), f"the Makefile has no {word}"


def _pip(arguments: list[str]) -> None:
    assert arguments[0] == "install"
    extras = set(_project()["optional-dependencies"])
    for word in arguments[1:]:
        found = re.fullmatch(r"airflow-provider-profiler(?:\[([\w,]+)\])?", word)
        assert found, word
        assert set((found[1] or "").split(",")) - {""} <= extras, word


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _docker(arguments: list[str]) -> None:
    assert arguments[0] == "compose"
    services = yaml.safe_load((ROOT / "docker-compose.yaml").read_text(encoding="utf-8"))["services"]
    verb, *rest = arguments[1:]
    if verb == "exec":
        assert rest[0] in services, rest[0]
        assert rest[1] in ("airflow", "cat"), rest
    elif verb == "cp":
        assert rest[1].partition(":")[0] in services, rest
    else:
        assert verb in ("up", "down"), verb


def _serve(arguments: list[str]) -> None:
    assert arguments[0] == "run"
    _module(arguments[1].partition(":")[0])


def _python(arguments: list[str]) -> None:
    if arguments[0] == "-m":
        _module(arguments[1])
    else:
        assert (ROOT / arguments[0]).is_file(), arguments


def _module(name: str) -> None:
    assert importlib.util.find_spec(name) is not None, f"no module {name}"


def _export(arguments: list[str]) -> None:
    (word,) = arguments
    name, _, value = word.partition("=")
    _known_variables({name})
    if value.startswith(("[", "{")):
        json.loads(value)


def _anything(arguments: list[str]) -> None:
    """A program of the system, used for what everybody knows."""


_CHECKS: dict[str, Callable[[list[str]], None]] = {
    "dataset-profiler": _dataset_profiler,
    "curl": _curl,
    "make": _make,
    "pip": _pip,
    "docker": _docker,
    "serve": _serve,
    "python3": _python,
    ".venv/bin/python": _python,
    "export": _export,
    "chmod": _anything,
    "source": _anything,
    "echo": _anything,
}
