"""Rules of the MoMa documents beyond their schema, each of which the catalogue's own validators enforce."""

import json
from typing import Any

from airflow_provider_profiler.render.moma.record_set import CATALOGUED_MEDIA_TYPES
from airflow_provider_profiler.render.validation.problem import Problem, member
from airflow_provider_profiler.render.validation.references import reference_problems

_TWINS = ("headline", "keywords", "fieldOfScience", "status", "access", "doi", "uploadedBy")


def moma_problems(document: dict[str, Any]) -> list[Problem]:
    """What the catalogue would refuse or lose, of a document that fits its schema."""
    problems = [
        Problem(f"$.{name}", f"is not what 'dg:{name}' is, which other readers look up")
        for name in _TWINS
        if document[name] != document[f"dg:{name}"]
    ]
    if document["archivedAt"] != document["sc:archivedAt"]:
        problems.append(Problem("$.archivedAt", "is not what 'sc:archivedAt' is, which other readers look up"))
    problems.extend(reference_problems(document))
    formats = {item["@id"]: item["encodingFormat"] for item in document["distribution"]}
    for number, table in enumerate(document.get("recordSet", [])):
        path = f"$.recordSet[{number}]"
        for place, field in enumerate(table.get("field", [])):
            source = field["source"].get("fileObject") or field["source"]["fileSet"]
            found = formats.get(source["@id"])
            if found is not None and found not in CATALOGUED_MEDIA_TYPES:
                problems.append(
                    Problem(f"{path}.field[{place}].source", f"is of {found}: such tables go under 'cr:field'")
                )
        for key in ("field", "cr:field"):
            for place, field in enumerate(table.get(key, [])):
                problems.extend(
                    _histogram_problems(field["statistics"], f"{member(path, key)}[{place}].statistics.histogram")
                )
    return problems


def _histogram_problems(statistics: dict[str, Any], path: str) -> list[Problem]:
    text = statistics["histogram"]
    if text is None:
        return []
    try:
        bins = json.loads(text)
        sound = all(
            len(item["binRange"]) == 2 and item["binRange"][0] <= item["binRange"][1] and item["count"] >= 0
            for item in bins
        )
    except (ValueError, TypeError, KeyError):
        sound = False
    return [] if sound else [Problem(path, 'is no JSON text of [{"binRange": [low, high], "count": n}]')]
