"""Which document it is, and what is wrong with it."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from airflow_provider_profiler.render.schemas import DocumentKind, schema_of
from airflow_provider_profiler.render.validation.croissant import croissant_problems
from airflow_provider_profiler.render.validation.moma import moma_problems
from airflow_provider_profiler.render.validation.problem import Problem

_RULES: Final[Mapping[DocumentKind, Callable[[dict[str, Any]], list[Problem]]]] = {
    DocumentKind.MOMA_LIGHT: moma_problems,
    DocumentKind.MOMA_HEAVY: moma_problems,
    DocumentKind.CROISSANT: croissant_problems,
}
#: Characters of a message: those of schemas quote what is wrong, however long it is.
_LONGEST_MESSAGE: Final = 300


class NotADocument(ValueError):
    """The content is no document of a profile. The message says why."""


def read_document(content: bytes) -> dict[str, Any]:
    """The JSON of a document.

    :raises NotADocument: for what is no JSON object in UTF-8, or holds NaN or infinity.
    """
    try:
        document = json.loads(content.decode("utf-8"), parse_constant=_refused)
    except UnicodeDecodeError as error:
        raise NotADocument(f"is not UTF-8: byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise NotADocument(f"is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise NotADocument("is nested too deeply") from None
    except NotADocument:
        raise
    except ValueError:
        raise NotADocument("holds a number of thousands of digits") from None
    if not isinstance(document, dict):
        raise NotADocument("is no JSON object")
    return document


def recognised(document: Mapping[str, Any]) -> DocumentKind:
    """Which document it is, going by keys that no other one has.

    :raises NotADocument: when it is none of a profile.
    """
    if "schema_version" in document and "record_sets" in document:
        return DocumentKind.PROFILE
    if "files" in document and "content_url" in document:
        return DocumentKind.CDD
    if "@context" in document and any(key.startswith("dg:") for key in document):
        return DocumentKind.MOMA_HEAVY if "recordSet" in document else DocumentKind.MOMA_LIGHT
    if "@context" in document and ("conformsTo" in document or "recordSet" in document):
        return DocumentKind.CROISSANT
    raise NotADocument(
        "is none of profile.json, moma_profile_light.json, moma_profile_heavy.json, croissant.json and the CDD file"
    )


def problems_of(document: dict[str, Any], kind: DocumentKind) -> list[Problem]:
    """What is wrong with a document, in the order in which it stands there; rules apply to what fits the schema.

    :raises ImportError: when jsonschema is not installed.
    """
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - the Airflow side renders without it

    errors = Draft202012Validator(schema_of(kind)).iter_errors(document)
    problems = [Problem(error.json_path, _short(error.message)) for error in _innermost(errors)]
    rule = _RULES.get(kind)
    return problems if problems or rule is None else rule(document)


def _innermost(errors: Iterable[Any]) -> Iterable[Any]:
    """Of a choice that nothing fits the fault of the branch that comes closest, which says more than the choice."""
    from jsonschema.exceptions import best_match  # noqa: PLC0415

    for error in errors:
        yield (best_match([error]) or error) if error.context else error


def _short(message: str) -> str:
    if len(message) <= _LONGEST_MESSAGE:
        return message
    half = _LONGEST_MESSAGE // 2
    return f"{message[:half]} ... {message[-half:]}"


def _refused(word: str) -> float:
    raise NotADocument(f"holds {word}, which JSON does not know")
