"""Rules of the Croissant document beyond its schema, and what its own reader says of it where that is installed."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow_provider_profiler.render.validation.problem import Problem, member
from airflow_provider_profiler.render.validation.references import reference_problems

#: Loggers to which the reader complains.
_LOGGERS = ("", "absl", "rdflib")


def croissant_problems(document: dict[str, Any]) -> list[Problem]:
    """What readers would refuse or warn of, of a document that fits its schema."""
    problems = [*reference_problems(document), *_fetched(document)]
    if not document.get("isLiveDataset"):
        problems.extend(
            Problem(f"$.distribution[{place}]", "has neither a sha256 nor an md5, and the dataset is not live")
            for place, item in enumerate(document["distribution"])
            if item["@type"] == "cr:FileObject" and not {"sha256", "md5", "containedIn"} & item.keys()
        )
    return problems or _told_by_reader(document)


def _fetched(document: dict[str, Any]) -> Iterator[Problem]:
    """What the reader would open to find out what names mean: addresses of the network, and files of this machine."""
    pending: list[tuple[str, Any]] = [("$", document)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, list):
            pending.extend((f"{path}[{place}]", item) for place, item in enumerate(value))
        if not isinstance(value, dict):
            continue
        for key, inner in value.items():
            if key == "@import" or (key == "@context" and path != "$"):
                yield Problem(member(path, key), "brings a context of its own; that of the document is the only one")
            else:
                pending.append((member(path, key), inner))


def _told_by_reader(document: dict[str, Any]) -> list[Problem]:
    try:
        import mlcroissant  # noqa: PLC0415 - not every installation has it
    except ImportError:
        return []
    with _complaints() as told:
        try:
            dataset = mlcroissant.Dataset(jsonld=document)
        except Exception as error:  # its reader raises errors of many kinds
            return [Problem("$", f"mlcroissant refuses it: {error}")]
    issues = dataset.metadata.ctx.issues
    return [Problem("$", f"mlcroissant says: {text}") for text in sorted({*issues.errors, *issues.warnings, *told})]


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Whatever is logged as a warning or worse while the block runs."""
    told: list[str] = []

    class Collecting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.getMessage())

    handler = Collecting(logging.WARNING)
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield told
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
