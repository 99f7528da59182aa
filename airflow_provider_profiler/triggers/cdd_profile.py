"""The trigger that waits for a dataset's CDD file."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, ClassVar

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_profiler.hooks.dataset_wait import WantedCdd
from airflow_provider_profiler.hooks.errors import ProfilerHookError
from airflow_provider_profiler.hooks.locating import DEFAULT_CONN_NAME
from airflow_provider_profiler.hooks.patience import Again, Patience, keep_looking
from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook
from airflow_provider_profiler.triggers.outcome import Outcome, unforeseen
from airflow_provider_profiler.triggers.profile_job import ONCE


class CddProfileTrigger(BaseTrigger):
    """Waits until a dataset has a CDD file that will do; fires exactly one event.

    :param dataset_id: the dataset's UUID.
    :param profiler_conn_id: the connection to the service.
    :param newer_than: ISO 8601, with a time zone; the file's job must have ended after it.
    :param revision: the lowest revision that will do.
    :param poll_interval: seconds between two looks.
    """

    patience: ClassVar[Patience] = Patience()

    def __init__(
        self,
        *,
        dataset_id: str,
        profiler_conn_id: str = DEFAULT_CONN_NAME,
        newer_than: str | None = None,
        revision: int | None = None,
        poll_interval: float = 60.0,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.dataset_id = str(dataset_id)
        self.profiler_conn_id = str(profiler_conn_id)
        self.newer_than = None if newer_than is None else str(newer_than)
        self.revision = None if revision is None else int(revision)
        self.poll_interval = float(poll_interval)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and its arguments, for another process."""
        return (
            f"{CddProfileTrigger.__module__}.{CddProfileTrigger.__name__}",
            {
                "dataset_id": self.dataset_id,
                "profiler_conn_id": self.profiler_conn_id,
                "newer_than": self.newer_than,
                "revision": self.revision,
                "poll_interval": self.poll_interval,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, and tell how it ended."""
        try:
            async with ProfilerAsyncHook(self.profiler_conn_id, retry=ONCE) as hook:
                path = await keep_looking(
                    lambda: self._look(hook), hook=hook, patience=self.patience, report=self.log.info
                )
            outcome = Outcome(cdd_path=path)
        except ProfilerHookError as error:
            outcome = Outcome().with_problem(error)
        except Exception as error:
            self.log.exception("Waiting for the CDD file of dataset %s ended unforeseen", self.dataset_id)
            outcome = Outcome().with_problem(unforeseen(error))
        yield TriggerEvent(outcome.payload())  # type: ignore[no-untyped-call]

    async def _look(self, hook: ProfilerAsyncHook) -> str | Again:
        moment = datetime.fromisoformat(self.newer_than) if self.newer_than else None
        wanted = WantedCdd(self.dataset_id, moment, self.revision)
        if wanted.any_will_do:
            path = await hook.cdd_profile_path(self.dataset_id)
        else:
            path = wanted.path_in(await hook.dataset(self.dataset_id))
        return path if path is not None else Again(self.poll_interval)
