"""Units of work as plain Ray tasks, and their states held in Ray's object store until they are merged there."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any

import ray
from ray.exceptions import OutOfMemoryError, RayError, RayTaskError, WorkerCrashedError

from airflow_provider_profiler.contract.errors import ProfilerError, ServiceUnavailable
from airflow_provider_profiler.profiling.executor import Executor, Held, Note, Result, Session, Task, Unit
from airflow_provider_profiler.profiling.table_state import decode_result, encode_result

#: Bytes of input that are worth a task of their own. Smaller units share one, so that a dataset of a thousand tiny
#: files is not a thousand tasks, and a small dataset is a single one.
SHARE_BYTES = 16 * 1024 * 1024
#: Units that share a task, however small they are.
SHARE_UNITS = 256
#: Times that Ray runs a task again whose worker or node was lost: the functions are pure, so nothing happens twice.
MAX_RETRIES = 3
#: Seconds between two looks at whether the waiting is to end.
_LOOK_SECONDS = 0.2
#: Seconds that a cancelled task gets to leave by itself; one inside a library's call does not notice before.
_GRACE_SECONDS = 3.0
_KILL_SECONDS = 10.0


class RayExecutor:
    """Runs tasks on the Ray cluster that this process is connected to."""

    def __init__(self, workers: int | None = None, *, share_bytes: int = SHARE_BYTES) -> None:
        """Set how much is asked of the cluster.

        :param workers: tasks at a time; None: twice the cluster's processors, so that none of them waits for us.
        :param share_bytes: bytes of input that make a task; less shares one.
        """
        self._workers = workers
        self._share_bytes = share_bytes

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Generator[Result, None, None]:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.map`."""
        with self._work(_never) as work:
            for refs in work.in_order(_mapped, function, tasks, returns_each=False):
                yield from work.value(refs[0])

    def session(self, check: Callable[[], None]) -> AbstractContextManager[Session]:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.session`."""
        return self._work(check)

    def bounded(self, workers: int | None) -> Executor:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.bounded`."""
        if not workers or (self._workers is not None and workers >= self._workers):
            return self
        return RayExecutor(workers, share_bytes=self._share_bytes)

    def threads(self, tasks: int) -> int:  # noqa: ARG002
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.threads`: a task has one processor."""
        return 1

    @contextmanager
    def _work(self, check: Callable[[], None]) -> Iterator["_Work"]:
        work = _Work(self._workers or 2 * _processors(), self._share_bytes, check)
        try:
            yield work
        finally:
            work.give_up()


class _Work:
    """The tasks of one session: all that run are known here, so that all of them can be given up."""

    def __init__(self, bound: int, share_bytes: int, check: Callable[[], None]) -> None:
        self._bound = bound
        self._share_bytes = share_bytes
        self._check = check
        self._running: deque[list[Any]] = deque()
        self._merging: list[Any] = []

    def run(
        self, function: Callable[[Task], tuple[Note, Unit]], tasks: Iterable[Task]
    ) -> Generator[tuple[Note, Held], None, None]:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Session.run`."""
        for notes, *held in self.in_order(_noted, function, tasks, returns_each=True):
            yield from zip(self.value(notes), held, strict=True)

    def merge(self, function: Callable[[Sequence[Unit]], Unit], held: Sequence[Held]) -> Held:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Session.merge`."""
        # Finished ones are forgotten here: a reference that is kept keeps the state in the cluster's memory.
        _, self._merging = _finished(self._merging, timeout=0)
        merged = _task(_merged).remote(function, *held)
        self._merging.append(merged)
        return merged

    def fetch(self, held: Held) -> Unit:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Session.fetch`."""
        return decode_result(self.value(held))

    def in_order(
        self, shared: Callable[..., Any], function: Callable[..., Any], tasks: Iterable[Any], *, returns_each: bool
    ) -> Generator[list[Any], None, None]:
        """Submit tasks as there is room, and return the references of each in their order.

        :param returns_each: whether every unit has a result of its own beside the first one.
        """
        for units in _shares(tasks, self._share_bytes):
            while len(self._running) >= self._bound:
                yield self._oldest()
            refs = _task(shared).options(num_returns=1 + len(units) if returns_each else 1).remote(function, units)
            self._running.append(refs if isinstance(refs, list) else [refs])
        while self._running:
            yield self._oldest()

    def value(self, ref: Any) -> Any:
        """What a task returned, waited for.

        :raises ProfilerError: when the workers that ran it died again and again.
        :raises ServiceUnavailable: when the cluster lost the result.
        """
        while not _finished([ref], timeout=_LOOK_SECONDS)[0]:
            self._check()
        try:
            return ray.get(ref)
        except (WorkerCrashedError, OutOfMemoryError) as error:
            raise ProfilerError(
                f"A unit of work ended {MAX_RETRIES + 1} worker processes of the Ray cluster one after another "
                f"({type(error).__name__}), most likely for want of memory. Give the workers more memory, or the job "
                "a smaller options.execution.partition_bytes."
            ) from error
        except RayTaskError:
            raise
        except RayError as error:
            raise ServiceUnavailable(f"The Ray cluster lost a unit of work ({type(error).__name__}).") from error

    def give_up(self) -> None:
        """Cancel what still runs, and return when nothing does any more."""
        running = [refs[0] for refs in self._running] + self._merging
        self._running.clear()
        self._merging = []
        left = _finished(running, timeout=0)[1]
        for force, patience in ((False, _GRACE_SECONDS), (True, _KILL_SECONDS)):
            for ref in left:
                ray.cancel(ref, force=force, recursive=True)
            left = _finished(left, timeout=patience)[1]

    def _oldest(self) -> list[Any]:
        refs = self._running[0]
        while not _finished(refs[:1], timeout=_LOOK_SECONDS)[0]:
            self._check()
        return self._running.popleft()


def _shares(tasks: Iterable[Task], share_bytes: int) -> Iterator[list[Task]]:
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


def _finished(refs: list[Any], *, timeout: float) -> tuple[list[Any], list[Any]]:
    if not refs:
        return [], []
    done, left = ray.wait(refs, num_returns=len(refs), timeout=timeout, fetch_local=False)
    return done, left


def _processors() -> int:
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return max(1, int(resources.get("CPU", 1)))


def _never() -> None:
    """Nobody ends this waiting."""


@cache
def _task(function: Callable[..., Any]) -> Any:
    """The function as a task, made once: each new one would be sent to the cluster again."""
    return ray.remote(num_cpus=1, max_retries=MAX_RETRIES)(function)


def _mapped(function: Callable[[Task], Result], units: list[Task]) -> list[Result]:
    return [function(unit) for unit in units]


def _noted(function: Callable[[Task], tuple[Note, Unit]], units: list[Task]) -> tuple[Any, ...]:
    results = [(note, encode_result(unit)) for note, unit in map(function, units)]
    return [note for note, _ in results], *(encoded for _, encoded in results)


def _merged(function: Callable[[Sequence[Unit]], Unit], *encoded: bytes) -> bytes:
    return encode_result(function([decode_result(item) for item in encoded]))
