"""Rules of the Croissant document beyond its schema, and what its own reader says of it where that is installed."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow_provider_profiler.render.validation.problem import Problem
from airflow_provider_profiler.render.validation.references import reference_problems

#: Loggers to which the reader complains.
_LOGGERS = ("", "absl", "rdflib")


def croissant_problems(document: dict[str, Any]) -> list[Problem]:
    """What readers would refuse or warn of, of a document that fits its schema."""
    problems = reference_problems(document)
    if not document.get("isLiveDataset"):
        problems.extend(
            Problem(f"$.distribution[{place}]", "has neither a sha256 nor an md5, and the dataset is not live")
            for place, item in enumerate(document["distribution"])
            if item["@type"] == "cr:FileObject" and not {"sha256", "md5", "containedIn"} & item.keys()
        )
    return problems or _told_by_reader(document)


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
