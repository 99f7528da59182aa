"""The parts of one attempt's work as a graph, while they are worked on, and as the document that is kept of it.

Each stage waits for the one before it and for all of that one's parts: edges for thousands of files need not be told.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.contract.reasons import ONLY_LISTED, FileReason, Reason
from airflow_provider_profiler.contract.stage_graph import VertexError, VertexKind, VertexState
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.jobs.store import JobRecord
from airflow_provider_profiler.profiling.observer import ExpectedTable

#: What a job does, in order.
STAGES = {Target.LIGHT: (StageName.DISCOVER, StageName.LIGHT), Target.HEAVY: tuple(StageName)}
_OPEN = (VertexState.WAITING, VertexState.RUNNING)


@dataclass(slots=True)
class _Vertex:
    """What becomes a :class:`~airflow_provider_profiler.contract.stage_graph.StageVertex`; there may be thousands."""

    id: str
    name: str
    kind: VertexKind
    part_of: str | None
    after: tuple[str, ...]
    attempt: int
    state: VertexState = VertexState.WAITING
    started: datetime | None = None
    finished: datetime | None = None
    rows: int = 0
    bytes: int = 0
    percent: float = 0.0
    reused: bool = False
    error: VertexError | None = None

    def end(self, state: VertexState, now: datetime, error: VertexError | None = None) -> None:
        self.state = state
        # What was never begun has no moment at which it ended either.
        self.finished = now if self.started is not None or state is not VertexState.SKIPPED else None
        self.error = error
        if state is VertexState.DONE:
            self.percent = 100.0

    def line(self) -> str:
        """The vertex as JSON, on one line."""
        fields = {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "part_of": self.part_of,
            "after": self.after,
            "state": self.state,
            "attempt": self.attempt,
            "started": self.started and self.started.isoformat(),
            "finished": self.finished and self.finished.isoformat(),
            "rows": self.rows,
            "bytes": self.bytes,
            "percent": round(self.percent, 2),
            "reused": self.reused,
            "error": self.error and {"code": self.error.code, "message": self.error.message},
        }
        return json.dumps(fields, separators=(",", ":"))


class WorkGraph:
    """The graph of one attempt. It has no lock: whoever works on the job changes it."""

    def __init__(self, record: JobRecord) -> None:
        """Nothing was begun yet."""
        self._job_id = record.job_id
        self._attempt = record.attempt
        self._stages: dict[StageName, _Vertex] = {}
        self._parts: dict[StageName, dict[str, _Vertex]] = {}
        before: tuple[str, ...] = ()
        for name in STAGES[record.target]:
            self._stages[name] = _Vertex(name.value, name.value, VertexKind.STAGE, None, before, self._attempt)
            self._parts[name] = {}
            before = (name.value,)
        self._current = StageName.DISCOVER

    @classmethod
    def of(cls, record: JobRecord) -> "WorkGraph":
        """The stages alone, as far as the store knows of them."""
        graph = cls(record)
        for stage in record.stages:
            graph.begin(stage.name, stage.started)
        if record.terminal:
            moments = [stage.finished for stage in record.stages if stage.finished is not None]
            graph.end(record.reason, record.finished or (moments[-1] if moments else record.created))
        return graph

    def begin(self, name: StageName, now: datetime) -> None:
        """A stage begins: those before it are done, or will not be."""
        if name not in self._stages:
            return
        for earlier, vertex in self._stages.items():
            if earlier is name:
                break
            if vertex.state is VertexState.RUNNING:
                vertex.end(VertexState.DONE, now)
            elif vertex.state is VertexState.WAITING:
                vertex.end(VertexState.SKIPPED, now)
        self._current = name
        self._stages[name].state = VertexState.RUNNING
        self._stages[name].started = now

    def advance(self, *, rows: int, bytes: int, percent: float) -> None:
        """The stage under way is so far."""
        vertex = self._stages[self._current]
        vertex.rows, vertex.bytes, vertex.percent = rows, bytes, percent

    def expect(self, tables: Iterable[ExpectedTable]) -> None:
        """These belong to the stage under way."""
        for table in tables:
            self._part(table.name, table.kind)

    def start_part(self, name: str, now: datetime) -> None:
        """A part of the stage under way begins."""
        vertex = self._part(name)
        vertex.state = VertexState.RUNNING
        vertex.started = vertex.started or now

    def advance_part(self, name: str, *, rows: int, bytes: int, percent: float) -> None:
        """A part is so far."""
        vertex = self._part(name)
        vertex.rows, vertex.bytes, vertex.percent = rows, bytes, percent

    def finish_part(
        self, name: str, now: datetime, *, rows: int, bytes: int, reason: FileReason | None, reused: bool
    ) -> float | None:
        """A part has ended.

        :return: seconds from its beginning; None where it never began.
        """
        # A table of the stage before may turn out to be one that cannot be described.
        known = (parts[name] for parts in reversed(self._parts.values()) if name in parts)
        vertex = self._parts[self._current].get(name) or next(known, None) or self._part(name)
        vertex.rows, vertex.bytes, vertex.reused = rows, bytes, reused
        if reason is None:
            vertex.end(VertexState.DONE, now)
        else:
            state = VertexState.SKIPPED if reason.code in ONLY_LISTED else VertexState.FAILED
            vertex.end(state, now, _error(reason))
        return None if vertex.started is None else (now - vertex.started).total_seconds()

    def found(self, name: str, kind: VertexKind, reason: FileReason, now: datetime, *, failed: bool) -> None:
        """A file will not be read, as became known in the stage under way."""
        state = VertexState.FAILED if failed else VertexState.SKIPPED
        self._part(name, kind).end(state, now, _error(reason))

    def end(self, reason: Reason | None, now: datetime) -> None:
        """The attempt ends.

        :param reason: why it fails; None where it does not.
        """
        error = None if reason is None else _error(reason)
        for name, stage in self._stages.items():
            if stage.state is VertexState.RUNNING:
                stage.end(VertexState.DONE if error is None else VertexState.FAILED, now, error)
            elif stage.state is VertexState.WAITING:
                stage.end(VertexState.SKIPPED, now)
            for part in self._parts[name].values():
                if part.state in _OPEN:
                    part.end(VertexState.SKIPPED, now, error)

    def lines(self) -> Iterator[str]:
        """All parts, in the order of the work, each a JSON object without line breaks."""
        return (vertex.line() for vertex in self._in_order())

    def states(self) -> dict[VertexState, int]:
        """How many parts are in each state."""
        return dict(Counter(vertex.state for vertex in self._in_order()))

    def document(self, now: datetime) -> Iterator[bytes]:
        """The graph as a JSON document: a line of what holds for all, then a line for each part.

        Whoever wants a few of them need not take in the others.
        """
        states = self.states()
        head = {
            "job_id": str(self._job_id),
            "attempt": self._attempt,
            "at": now.isoformat(),
            "total": sum(states.values()),
            "states": states,
        }
        yield json.dumps(head, separators=(",", ":"))[:-1].encode() + b',"vertices":[\n'
        between = b""
        for line in self.lines():
            yield between + line.encode()
            between = b",\n"
        yield b"\n]}\n"

    def _in_order(self) -> Iterator[_Vertex]:
        for name, stage in self._stages.items():
            yield stage
            yield from self._parts[name].values()

    def _part(self, name: str, kind: VertexKind = VertexKind.FILE) -> _Vertex:
        parts, stage = self._parts[self._current], self._stages[self._current]
        if name not in parts:
            shown = _unicode(name)
            parts[name] = _Vertex(f"{stage.id}/{shown}", shown, kind, stage.id, stage.after, self._attempt)
        return parts[name]


def _error(reason: Reason | FileReason) -> VertexError:
    return VertexError(code=reason.code.value, message=_unicode(reason.message))


def _unicode(text: str) -> str:
    """Text that JSON can hold, whatever bytes it was made of."""
    return text.encode("utf-8", "replace").decode()
