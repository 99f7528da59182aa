"""Units of work as plain Ray tasks, and their states held in Ray's object store until they are merged there."""

import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cached_property
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from airflow_provider_profiler.contract.errors import ServiceUnavailable, WorkLost
from airflow_provider_profiler.profiling.executor import Executor, Note, Result, Session, Task, Unit
from airflow_provider_profiler.profiling.ray_tasks import (
    SHARE_BYTES,
    HeldState,
    Merge,
    Place,
    Running,
    Share,
    is_loss,
    is_lost,
    mapped,
    noted,
    shares,
)
from airflow_provider_profiler.profiling.stopping import current_check
from airflow_provider_profiler.profiling.table_state import decode_result, encode_result
from airflow_provider_profiler.telemetry.task_reports import deliver

log = logging.getLogger(__name__)

#: Seconds before each of the times that work is run again whose worker or node was lost: the functions are pure, so
#: nothing happens twice. They grow, for a node that went is not always the last one.
RETRY_PAUSES = (1.0, 4.0, 16.0)
MAX_RETRIES = len(RETRY_PAUSES)
#: Seconds between two looks at whether the waiting is to end.
_LOOK_SECONDS = 0.2
#: Seconds that a cancelled task gets to leave by itself; one inside a library's call does not notice before.
_GRACE_SECONDS = 3.0
_KILL_SECONDS = 10.0


class RayExecutor:
    """Runs tasks on the Ray cluster that this process is connected to."""

    def __init__(
        self,
        workers: int | None = None,
        *,
        share_bytes: int = SHARE_BYTES,
        retry_pauses: Sequence[float] = RETRY_PAUSES,
    ) -> None:
        """Set how much is asked of the cluster.

        :param workers: tasks at a time; None: twice the cluster's processors, so that none of them waits for us.
        :param share_bytes: bytes of input that make a task; less shares one.
        :param retry_pauses: seconds to wait before each time that lost work is run again; so often it is.
        """
        self._workers = workers
        self._share_bytes = share_bytes
        self._retry_pauses = tuple(retry_pauses)

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Generator[Result, None, None]:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.map`."""
        # Asked here, where the tasks are waited for; on the cluster they are cancelled.
        with self._work(current_check()) as work:
            for running, (results, report) in work.in_order(mapped, function, tasks, returns_each=False):
                del running
                deliver(report)
                yield from results

    def session(self, check: Callable[[], None]) -> AbstractContextManager[Session]:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.session`."""
        return self._work(check)

    def bounded(self, workers: int | None) -> Executor:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.bounded`."""
        if not workers or (self._workers is not None and workers >= self._workers):
            return self
        return RayExecutor(workers, share_bytes=self._share_bytes, retry_pauses=self._retry_pauses)

    def threads(self, tasks: int) -> int:  # noqa: ARG002
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.threads`: a task has one processor."""
        return 1

    @contextmanager
    def _work(self, check: Callable[[], None]) -> Iterator["_Work"]:
        work = _Work(self._workers, self._share_bytes, self._retry_pauses, check)
        try:
            yield work
        finally:
            work.give_up()


class _Lost(Exception):
    """A process or a node went, and with it what was waited for."""

    def __init__(self, error: RayError) -> None:
        super().__init__(type(error.cause if isinstance(error, RayTaskError) else error).__name__)


class _Work:
    """The tasks of one session: all that run are known here, so that all of them can be given up."""

    def __init__(
        self, workers: int | None, share_bytes: int, retry_pauses: tuple[float, ...], check: Callable[[], None]
    ) -> None:
        self._workers = workers
        self._share_bytes = share_bytes
        self._retry_pauses = retry_pauses
        self._check = check
        self._running: deque[Running] = deque()
        self._merging: list[tuple[Any, Merge]] = []
        """References to what merges say of themselves: each is there when its merge is done."""
        self._remaking: list[Any] = []
        """References to the notes of shares that run once more for states that were lost."""

    def run(
        self, function: Callable[[Task], tuple[Note, Unit]], tasks: Iterable[Task]
    ) -> Generator[tuple[Note, HeldState], None, None]:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Session.run`."""
        for running, (notes, report) in self.in_order(noted, function, tasks, returns_each=True):
            deliver(report)
            held = [HeldState(ref, Place(running.share, at)) for at, ref in enumerate(running.refs[1:])]
            del running
            yield from zip(notes, held, strict=True)

    def merge(self, function: Callable[[Sequence[Unit]], Unit], held: Sequence[HeldState]) -> HeldState:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Session.merge`."""
        self._forget_merged()
        merged = HeldState(None, Merge(function, tuple(held)))
        self._submit_merge(merged)
        return merged

    def hold(self, unit: Unit) -> HeldState:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Session.hold`."""
        return HeldState(ray.put(encode_result(unit)), None)

    def fetch(self, held: HeldState) -> Unit:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Session.fetch`."""
        retries = 0
        while True:
            try:
                fetched = self._value(held.ref)
                break
            except _Lost as lost:
                self._pause(str(held.origin or "a state of an earlier profile"), lost, retries)
                retries += 1
                self._remake(held, {})
        self._forget_merged()
        return decode_result(fetched)

    def in_order(
        self, task: Callable[..., Any], function: Callable[..., Any], tasks: Iterable[Any], *, returns_each: bool
    ) -> Generator[tuple[Running, Any], None, None]:
        """Submit tasks as there is room, and return each in their order with its first result.

        :param returns_each: whether every unit has a result of its own beside the first one.
        """
        for units in shares(tasks, self._share_bytes):
            while len(self._running) >= self._bound:  # asked of the cluster, and only where there is work for it
                yield self._oldest()
            share = Share(task, function, units, returns_each)
            self._running.append(Running(share, share.submit()))
        while self._running:
            yield self._oldest()

    @cached_property
    def _bound(self) -> int:
        return self._workers or 2 * _processors()

    def give_up(self) -> None:
        """Cancel what still runs, and return when nothing does any more."""
        running = [item.refs[0] for item in self._running] + [report for report, _ in self._merging] + self._remaking
        self._running.clear()
        self._merging, self._remaking = [], []
        left = _finished(running, timeout=0)[1]
        for force, patience in ((False, _GRACE_SECONDS), (True, _KILL_SECONDS)):
            for ref in left:
                ray.cancel(ref, force=force, recursive=True)
            left = _finished(left, timeout=patience)[1]

    def _oldest(self) -> tuple[Running, Any]:
        oldest = self._running[0]
        while True:
            try:
                value = self._value(oldest.refs[0])
            except _Lost as lost:
                self._pause(str(oldest.share), lost, oldest.retries)
                # A node takes several with it, and one pause is enough for all.
                for item in self._running:
                    if item is oldest or (item.retries < len(self._retry_pauses) and is_lost(item.refs[0])):
                        item.refs = item.share.submit()
                        item.retries += 1
            else:
                self._running.popleft()
                return oldest, value

    def _value(self, ref: Any) -> Any:
        """What a task returned, waited for.

        :raises _Lost: when it is there no more.
        :raises ServiceUnavailable: when the cluster cannot give it for another reason.
        """
        while not _finished([ref], timeout=_LOOK_SECONDS)[0]:
            self._check()
        try:
            return ray.get(ref)
        except RayError as error:
            if is_loss(error):
                raise _Lost(error) from error
            if isinstance(error, RayTaskError):
                raise
            raise ServiceUnavailable(f"The Ray cluster lost a unit of work ({type(error).__name__}).") from error

    def _pause(self, what: str, lost: _Lost, retries: int) -> None:
        """Wait before work is run again.

        :param retries: how often it was already.
        :raises WorkLost: when that is often enough.
        """
        if retries >= len(self._retry_pauses):
            raise WorkLost(
                f"The Ray cluster lost {what} {retries + 1} times, each time with the worker process or the node that "
                f"had it ({lost}). Where it is workers that end, most likely for want of memory, give them more of it, "
                "or the job a smaller options.execution.partition_bytes; where it is nodes, see why they go, and "
                "submit the job again."
            ) from lost
        seconds = self._retry_pauses[retries]
        log.warning(
            "The Ray cluster lost %s with the worker or the node that had it (%s): run again in %g s, retry %d of %d.",
            *(what, lost, seconds, retries + 1, len(self._retry_pauses)),
        )
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._check()
            time.sleep(min(left, _LOOK_SECONDS))

    def _remake(self, held: HeldState, again: dict[Share, list[Any]]) -> None:
        """Make a lost state again, out of what is there and what must be read once more for it.

        :param again: the shares that run again, with their references.
        """
        if isinstance(held.origin, Place):
            share = held.origin.share
            if share not in again:
                again[share] = share.submit()
                self._remaking.append(again[share][0])
            held.ref = again[share][1 + held.origin.at]
        elif isinstance(held.origin, Merge):
            for part in held.origin.parts:
                if part.ref is None or is_lost(part.ref):
                    self._remake(part, again)
            self._submit_merge(held)
        else:
            raise ServiceUnavailable("The Ray cluster lost a state of an earlier profile that was put there.")

    def _submit_merge(self, held: HeldState) -> None:
        merge = held.origin
        assert isinstance(merge, Merge)  # noqa: S101
        held.ref, report = merge.submit()
        # The state's own reference is not kept here: that would keep the state in the cluster's memory.
        self._merging.append((report, merge))

    def _forget_merged(self) -> None:
        """Take what the merges that are done say of themselves, and let go of what they merged."""
        done = set(_finished([report for report, _ in self._merging], timeout=0)[0])
        merging, self._merging = self._merging, []
        for report, merge in merging:
            if report not in done:
                self._merging.append((report, merge))
                continue
            # The state's own reference tells of a merge that failed; what it merged is needed then.
            with suppress(RayError):
                deliver(ray.get(report))
                for part in merge.parts:
                    part.ref = None
        self._remaking = _finished(self._remaking, timeout=0)[1]


def _finished(refs: list[Any], *, timeout: float) -> tuple[list[Any], list[Any]]:
    if not refs:
        return [], []
    done, left = ray.wait(refs, num_returns=len(refs), timeout=timeout, fetch_local=False)
    return done, left


def _processors() -> int:
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return max(1, int(resources.get("CPU", 1)))
