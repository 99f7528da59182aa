"""What a session keeps on a Ray cluster: tasks of units that share them, states, and how each of both was made."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import ray
from ray.exceptions import (
    LocalRayletDiedError,
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    RayError,
    RayTaskError,
    WorkerCrashedError,
)

from airflow_provider_profiler.profiling.executor import Note, Result, Task, Unit
from airflow_provider_profiler.profiling.table_state import decode_result, encode_result
from airflow_provider_profiler.telemetry.task_reports import TaskContext, TaskReport, reporting

#: Bytes of input that are worth a task of their own. Smaller units share one, so that a dataset of a thousand tiny
#: files is not a thousand tasks, and a small dataset is a single one.
SHARE_BYTES = 16 * 1024 * 1024
#: Units that share a task, however small they are.
SHARE_UNITS = 256

#: How Ray tells that a process or a node went, and with it what ran or lay there.
_LOSSES = (LocalRayletDiedError, NodeDiedError, ObjectLostError, OutOfMemoryError, WorkerCrashedError)


@dataclass(eq=False)
class Share:
    """Units of work that are one task, or the same one again."""

    task: Callable[..., Any]
    """The function of this module that runs them."""
    function: Callable[..., Any]
    units: list[Any]
    returns_each: bool
    """Whether every unit has a result of its own beside the first one."""

    def submit(self) -> list[Any]:
        """Let it run; the references of its results."""
        count = 1 + len(self.units) if self.returns_each else 1
        return _submitted(count, self.task, self.function, self.units)

    def __str__(self) -> str:
        path = getattr(getattr(self.units[0], "source", None), "path", None)
        first = f"a piece of {path}" if path else "a unit of work"
        return first if len(self.units) == 1 else f"{first} and {len(self.units) - 1} more"


@dataclass(eq=False)
class Running:
    """A task of a session."""

    share: Share
    refs: list[Any]
    retries: int = 0


@dataclass(frozen=True)
class Place:
    """One of the results of a share."""

    share: Share
    at: int

    def __str__(self) -> str:
        return f"the state of {self.share}"


@dataclass(frozen=True)
class Merge:
    """The result of a merge of others."""

    function: Callable[[Sequence[Unit]], Unit]
    parts: tuple["HeldState", ...] = field(repr=False)

    def submit(self) -> tuple[Any, Any]:
        """Let it run; the references of the state, and of what the task says of itself."""
        merged, report = _submitted(2, merged_state, self.function, *(part.ref for part in self.parts))
        return merged, report

    def __str__(self) -> str:
        return f"the merged state of {len(self.parts)} others"


@dataclass(eq=False)
class HeldState:
    """A state in the cluster's memory, and how to make it again when the node is lost that has it."""

    ref: Any
    """None once it is merged into another one: its memory is free then."""
    origin: Place | Merge | None
    """None for one that was put there, from an earlier profile."""


def is_loss(error: RayError) -> bool:
    """Whether a process or a node went; also one that had what the failing task was given."""
    cause: BaseException | None = error
    while isinstance(cause, RayTaskError) and not isinstance(cause, _LOSSES):
        cause = cause.cause if cause.cause is not cause else None
    return isinstance(cause, _LOSSES)


def is_lost(ref: Any) -> bool:
    """Whether a result is there no more, or came to nothing; one that is still to come is not lost."""
    if not ray.wait([ref], timeout=0, fetch_local=False)[0]:
        return False
    try:
        ray.get(ref)
    except RayError as error:
        return is_loss(error)
    return False


def shares(tasks: Iterable[Task], share_bytes: int) -> Iterator[list[Task]]:
    """Tasks that follow one another, together until they are worth a task of the cluster."""
    share: list[Task] = []
    weight = 0
    for task in tasks:
        share.append(task)
        weight += _bytes_of(task, share_bytes)
        if weight >= share_bytes or len(share) >= _most_units(task):
            yield share
            share, weight = [], 0
    if share:
        yield share


def _most_units(task: Any) -> int:
    """Units that may share a task with this one: an option bounds the tables of a database."""
    together = getattr(getattr(task, "source", None), "together", None)
    return SHARE_UNITS if together is None else min(SHARE_UNITS, int(together))


def _bytes_of(task: Any, otherwise: int) -> int:
    """The size of the file behind a unit of work; one without a file is worth a task of its own."""
    source = getattr(task, "source", None)
    return otherwise if source is None else int(source.size)


@cache
def _ray_task() -> Any:
    """The one task of all work, made once: each new one would be sent to the cluster again.

    A node runs what waits for a processor in turn, but function by function. Were merges a function of their own, each
    would wait until the units of all other jobs have passed; as it is, work runs in the order it was submitted in.
    Ray runs it once: it would run it again at once and without a word, when a node has just gone. The session does so.
    """
    return ray.remote(num_cpus=1, max_retries=0)(unit_of_work)


def _submitted(results: int, task: Callable[..., Any], function: Callable[..., Any], *given: Any) -> list[Any]:
    """Let a function of this module run on the cluster; the references of its results."""
    refs = _ray_task().options(num_returns=results).remote(TaskContext.current(), task, function, *given)
    return refs if isinstance(refs, list) else [refs]


def unit_of_work(context: TaskContext, task: Callable[..., Any], function: Callable[..., Any], *given: Any) -> Any:
    """Run one of the functions below."""
    return task(context, function, *given)


def mapped(
    context: TaskContext, function: Callable[[Task], Result], units: list[Task]
) -> tuple[list[Result], TaskReport]:
    """The task of units whose results all come back."""
    with reporting(context) as reporter:
        return [function(unit) for unit in units], reporter.report()


def noted(context: TaskContext, function: Callable[[Task], tuple[Note, Unit]], units: list[Task]) -> tuple[Any, ...]:
    """The task of units whose states stay on the cluster, each a result of its own after the notes."""
    with reporting(context) as reporter:
        results = [(note, encode_result(unit)) for note, unit in map(function, units)]
        return ([note for note, _ in results], reporter.report()), *(encoded for _, encoded in results)


def merged_state(
    context: TaskContext, function: Callable[[Sequence[Unit]], Unit], *encoded: bytes
) -> tuple[bytes, TaskReport]:
    """The task that merges states on the cluster."""
    with reporting(context) as reporter:
        return encode_result(function([decode_result(item) for item in encoded])), reporter.report()
