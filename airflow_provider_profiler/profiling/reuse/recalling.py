"""An executor that runs only what is not known yet."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from typing import Any

from airflow_provider_profiler.profiling.executor import Executor, Result, Session, Task
from airflow_provider_profiler.profiling.reuse.ledger import Ledger

_UNKNOWN: Any = object()


class RecallingExecutor:
    """Answers from a ledger what it knows, lets another executor do the rest, and writes all of it down."""

    def __init__(self, executor: Executor, ledger: Ledger, check: Callable[[], None]) -> None:
        """Put a ledger before an executor.

        :param check: called at each result that is known; what it raises ends the work.
        """
        self._executor = executor
        self._ledger = ledger
        self._check = check

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Generator[Result, None, None]:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.map`."""
        order: deque[tuple[Task, Any]] = deque()

        def unknown() -> Iterator[Task]:
            for task in tasks:
                known = self._ledger.recall(function, task)
                order.append((task, _UNKNOWN if known is None else known))
                if known is None:
                    yield self._ledger.prepared(function, task)
                else:  # of many files, none may be left to be waited for
                    self._check()

        def recalled() -> Iterator[Result]:
            while order and order[0][1] is not _UNKNOWN:
                task, known = order.popleft()
                yield self._ledger.note(task, known, recalled=True)

        with closing(self._executor.map(function, unknown())) as results:
            for result in results:
                yield from recalled()
                task, _ = order.popleft()
                yield self._ledger.note(task, result, recalled=False)
        yield from recalled()

    def session(self, check: Callable[[], None]) -> AbstractContextManager[Session]:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.session`."""
        return self._executor.session(check)

    def bounded(self, workers: int | None) -> Executor:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.bounded`."""
        return RecallingExecutor(self._executor.bounded(workers), self._ledger, self._check)

    def threads(self, tasks: int) -> int:
        """See :meth:`~airflow_provider_profiler.profiling.executor.Executor.threads`."""
        return self._executor.threads(tasks)
