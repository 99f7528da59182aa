"""A job's stage graph, page by page: from the document that is kept of it, or from the store's record before that."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from airflow_provider_profiler.contract.stage_graph import (
    StageEdge,
    StageGraph,
    StageVertex,
    VertexError,
    VertexKind,
    VertexState,
)
from airflow_provider_profiler.jobs.stage_graph import WorkGraph
from airflow_provider_profiler.jobs.store import JobRecord
from airflow_provider_profiler.storage.document_lines import lines
from airflow_provider_profiler.storage.documents import OpenDocument

_OPEN = (VertexState.WAITING, VertexState.RUNNING)


def stage_page(
    record: JobRecord, document: OpenDocument | None, *, offset: int, limit: int, state: VertexState | None = None
) -> StageGraph:
    """Some of the parts of a job's work.

    :param document: what its attempts wrote down; None where nothing was.
    :param offset: parts to leave out before.
    :param state: only parts in this state.
    """
    kept = None if document is None else _kept(record, document)
    at, states, lines_of_vertices = kept or _from_record(record)
    if state is None:
        # What is not shown is not read either: the last page of many must not take longer than the first.
        page = tuple(_vertex(line, record) for line in islice(lines_of_vertices, offset, offset + limit))
    else:
        vertices = (_vertex(line, record) for line in lines_of_vertices)
        page = tuple(islice((vertex for vertex in vertices if vertex.state is state), offset, offset + limit))
    edges = tuple(StageEdge(source=source, target=vertex.id) for vertex in page for source in vertex.after)
    return StageGraph(
        job_id=record.job_id,
        attempt=record.attempt,
        at=at,
        vertices=page,
        edges=edges,
        count=len(page),
        total=sum(states.values()) if state is None else states.get(state, 0),
        offset=offset,
        states=states,
    )


_Kept = tuple[datetime | None, dict[VertexState, int], Iterator[bytes]]


def _from_record(record: JobRecord) -> _Kept:
    graph = WorkGraph.of(record)
    return record.progress.heartbeat, graph.states(), (line.encode() for line in graph.lines())


def _kept(record: JobRecord, document: OpenDocument) -> _Kept | None:
    """What the document says; None where it is of another attempt, or a power cut has left nothing of it."""
    found = lines(document, 0, document.size)
    try:
        head: dict[str, Any] = json.loads(next(found)[1] + b"]}")
        if head["attempt"] != record.attempt:
            return None
        states = {VertexState(name): int(count) for name, count in head["states"].items()}
        at = datetime.fromisoformat(head["at"])
    except (StopIteration, ValueError, KeyError, TypeError, AttributeError):
        return None
    if record.terminal:
        states = _closed_states(states, record)
    return at, states, (line.removesuffix(b",") for _, line in found if line.startswith(b"{"))


def _vertex(line: bytes, record: JobRecord) -> StageVertex:
    """A part. Where the job's process was lost before it could write the end down, it is as the end has left it."""
    vertex = StageVertex.model_validate_json(line)
    if not record.terminal or vertex.state not in _OPEN:
        return vertex
    reason = record.reason
    error = None if reason is None else VertexError(code=reason.code.value, message=reason.message)
    under_way = vertex.kind is VertexKind.STAGE and vertex.state is VertexState.RUNNING
    state = _end_of_stage(record) if under_way else VertexState.SKIPPED
    return vertex.model_copy(update={"state": state, "finished": record.finished, "error": error})


def _closed_states(states: dict[VertexState, int], record: JobRecord) -> dict[VertexState, int]:
    closed = Counter({state: count for state, count in states.items() if state not in _OPEN})
    left = sum(states.get(state, 0) for state in _OPEN)
    # One stage is under way for as long as an attempt is.
    under_way = 1 if states.get(VertexState.RUNNING) else 0
    closed[_end_of_stage(record)] += under_way
    closed[VertexState.SKIPPED] += left - under_way
    return {state: count for state, count in closed.items() if count}


def _end_of_stage(record: JobRecord) -> VertexState:
    return VertexState.DONE if record.reason is None else VertexState.FAILED
