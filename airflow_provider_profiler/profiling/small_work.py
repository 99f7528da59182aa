"""Work that is so small that handing it on would take longer than doing it."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

from airflow_provider_profiler.profiling.executor import Executor, Held, Note, Result, Session, Task, Unit
from airflow_provider_profiler.profiling.small_files import SMALL_BYTES
from airflow_provider_profiler.profiling.stopping import asking, current_check

#: Units of work that are small together at most, whatever their bytes: opening and describing each takes its time.
SMALL_UNITS = 8


class SmallWorkHere:
    """Runs small work in the thread that waits for it, and gives all other work to another executor.

    Starting threads for a file of a few rows, and even more so sending its states through a cluster, costs more than
    the file does. Work is small where all of its tasks say so of themselves, and are few and short together.
    """

    def __init__(self, executor: Executor) -> None:
        """Put the choice before an executor.

        :param executor: what runs all that is not small.
        """
        self._executor = executor

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Generator[Result, None, None]:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.map`."""
        small, coming = _small_or_all(tasks)
        yield from self._executor.map(function, coming) if small is None else _done_here(function, small)

    @contextmanager
    def session(self, check: Callable[[], None]) -> Iterator[Session]:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.session`."""
        with self._executor.session(check) as session:
            yield _SessionHere(session)

    def bounded(self, workers: int | None) -> Executor:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.bounded`."""
        return SmallWorkHere(self._executor.bounded(workers))

    def threads(self, tasks: int) -> int:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.threads`."""
        return self._executor.threads(tasks)


@dataclass(frozen=True, eq=False)
class _Here:
    """A result that lies in this process."""

    unit: Unit


class _SessionHere:
    """A session whose small results lie in this process until they meet one that lies elsewhere."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def run(
        self, function: Callable[[Task], tuple[Note, Unit]], tasks: Iterable[Task]
    ) -> Generator[tuple[Note, Held], None, None]:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Session.run`."""
        small, coming = _small_or_all(tasks)
        if small is None:
            yield from self._session.run(function, coming)
            return
        for note, unit in _done_here(function, small):
            yield note, _Here(unit)

    def merge(self, function: Callable[[Sequence[Unit]], Unit], held: Sequence[Held]) -> Held:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Session.merge`."""
        units = [item.unit for item in held if isinstance(item, _Here)]
        if len(units) == len(held):
            return _Here(function(units))
        return self._session.merge(
            function, [self._session.hold(item.unit) if isinstance(item, _Here) else item for item in held]
        )

    def hold(self, unit: Unit) -> Held:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Session.hold`."""
        return self._session.hold(unit)

    def fetch(self, held: Held) -> Unit:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Session.fetch`."""
        return held.unit if isinstance(held, _Here) else self._session.fetch(held)


def _small_or_all(tasks: Iterable[Task]) -> tuple[list[Task] | None, Iterator[Task]]:
    """All tasks where they are small work; None, and an iterator over all of them, where they are not."""
    coming = iter(tasks)
    taken: list[Task] = []
    left = SMALL_BYTES
    for task in coming:
        taken.append(task)
        left -= _small_bytes(task)
        if left < 0 or len(taken) > SMALL_UNITS:
            return None, chain(taken, coming)
    return taken, iter(())


def _small_bytes(task: Any) -> int:
    """The bytes of a task that says of itself that it is small; more than any small work has otherwise."""
    return int(task.source.size) if getattr(task, "small", False) else SMALL_BYTES + 1


def _done_here(function: Callable[[Task], Result], tasks: Sequence[Task]) -> Generator[Result, None, None]:
    check = current_check()
    for task in tasks:
        check()
        # Within it nobody is asked: a task would take what the answer raises for a failure of its file.
        with asking(_go_on):
            result = function(task)
        yield result


def _go_on() -> None:
    """Nobody stops a task that ends soon."""
