"""What schemas cannot say of JSON-LD: ids are those of one node each, and references lead to one."""

from collections.abc import Iterator
from typing import Any

from airflow_provider_profiler.render.validation.problem import Problem, member


def reference_problems(document: dict[str, Any]) -> list[Problem]:
    """Ids that stand twice, and references to nothing."""
    given: dict[str, str] = {}
    asked: list[tuple[str, str]] = []
    problems = []
    for path, node in _nodes(document, "$"):
        identity = node.get("@id")
        if not isinstance(identity, str):
            continue
        if len(node) == 1:
            asked.append((path, identity))
        elif identity in given:
            problems.append(Problem(member(path, "@id"), f"{identity!r} is the id of {given[identity]} too"))
        else:
            given[identity] = path
    problems.extend(
        Problem(member(path, "@id"), f"refers to {identity!r}, and no node has that id")
        for path, identity in asked
        if identity not in given
    )
    return problems


def _nodes(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            if key not in ("@context", "dg:dataConnectors", "dg:additionalFields"):
                yield from _nodes(inner, member(path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _nodes(item, f"{path}[{place}]")
