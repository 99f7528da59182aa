"""Reading the log that is kept of a job: from a place on, the last lines of it, those of a stage or a level."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from airflow_provider_profiler.contract.job_log import JobLogLine, LogLevel
from airflow_provider_profiler.storage.document_lines import complete_end, lines, lines_backwards
from airflow_provider_profiler.storage.documents import OpenDocument
from airflow_provider_profiler.telemetry.logs import plain

#: Bytes that are looked through for one page, so that an answer never takes long, whatever is looked for.
PAGE_BYTES = 4 * 1024 * 1024
_LEVELS = list(LogLevel)


@dataclass(frozen=True)
class WantedLines:
    """Which lines are wanted."""

    stage: str | None = None
    """Of this stage with all of its parts, or of one part: ``heavy``, ``heavy/sales.csv``."""
    level: LogLevel | None = None
    """Of this level or above."""

    def read(self, line: bytes) -> JobLogLine | None:
        """The line, if it is a wanted one; what a full disk or a crash has left of a line is none."""
        try:
            entry: Any = json.loads(line)
            if not isinstance(entry, dict) or not self._takes(entry):
                return None
            return JobLogLine.model_validate({name: entry[name] for name in JobLogLine.model_fields if name in entry})
        except (ValueError, ValidationError):
            return None

    def _takes(self, entry: dict[str, Any]) -> bool:
        stage, level = str(entry.get("stage", "")), entry.get("level")
        if self.stage is not None and stage != self.stage and not stage.startswith(f"{self.stage}/"):
            return False
        # A level that is not one of ours is one that somebody thought worth having.
        return self.level is None or level not in _LEVELS or _LEVELS.index(level) >= _LEVELS.index(self.level)


class JobLogReader:
    """A job's log as it is at this moment; what is written later is for a later reader."""

    def __init__(self, document: OpenDocument, wanted: WantedLines) -> None:
        self._document = document
        self._wanted = wanted
        self.end = complete_end(document)
        """Where it ends, in bytes."""

    def close(self) -> None:
        """Close the log; it cannot be read afterwards."""
        self._document.close()

    def first(self, start: int) -> int | None:
        """Where a wanted line begins, or None where there is none from ``start`` on."""
        before = start
        for after, line in lines(self._document, start, self.end):
            if self._wanted.read(line) is not None:
                return before
            before = after
        return None

    def tail(self, start: int, count: int) -> int:
        """Where the last ``count`` wanted lines begin; ``start`` where there are not more."""
        left = count
        for place, line in lines_backwards(self._document, start, self.end):
            if self._wanted.read(line) is not None:
                left -= 1
            if not left:
                return place
        return start

    def page(self, start: int, limit: int) -> tuple[list[JobLogLine], int]:
        """Wanted lines from a place on, and the place behind what was looked through for them."""
        found: list[JobLogLine] = []
        place = start
        for after, line in lines(self._document, start, self.end):
            entry = self._wanted.read(line)
            if entry is not None:
                found.append(entry)
            place = after
            if len(found) >= limit or place - start >= PAGE_BYTES:
                return found, place
        # Where nothing is left, not even a part of a line, the place is the end, which may lie before the start.
        return found, max(place, start)

    def all(self, start: int) -> Iterator[JobLogLine]:
        """All wanted lines from a place on; the document is closed behind the last one."""
        with self._document:
            for _, line in lines(self._document, start, self.end):
                entry = self._wanted.read(line)
                if entry is not None:
                    yield entry


def as_text(line: JobLogLine) -> str:
    """The line for people, on lines of its own."""
    stage = f" [{plain(line.stage)}]" if line.stage else ""
    details = f"\n  {plain(line.details)}" if line.details else ""
    moment = line.at.isoformat(timespec="milliseconds")
    return f"{moment} {line.level} {line.logger}{stage}: {plain(line.message)}{details}\n"
