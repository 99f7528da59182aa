"""What sensors of the profiling service share: three ways to wait, and errors that no further look could mend."""

import datetime
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator, PokeReturnValue, conf
from airflow.sdk.exceptions import AirflowFailException
from airflow.triggers.base import BaseTrigger

from airflow_provider_profiler.contract.errors import UnknownStatus
from airflow_provider_profiler.hooks.errors import (
    ConnectionNotUsable,
    JobGone,
    ProfileJobFailed,
    ProfilerHookError,
    ServiceFailed,
    ServiceTooOld,
    ServiceUnreachable,
    UnknownJob,
)
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.triggers.outcome import Outcome

if TYPE_CHECKING:
    from airflow.sdk import Context

#: Errors that a later look would meet again.
FINAL = (UnknownJob, JobGone, UnknownStatus, ConnectionNotUsable, ProfileJobFailed, ServiceTooOld)


class ServiceSensor(BaseSensorOperator):
    """Looks at the profiling service until it shows what is waited for.

    Deferrable, it looks once on the worker, and leaves further looks to the triggerer.

    :param deferrable: wait in the triggerer; ``[operators] default_deferrable`` by default.
    :param profiler_conn_id: the connection to the service; without the default one jobs are embedded. (templated)
    """

    ui_color = "#e6f1f2"

    def __init__(
        self,
        *,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        profiler_conn_id: str = ProfilerHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.deferrable = deferrable
        self.profiler_conn_id = profiler_conn_id

    @abstractmethod
    def look(self, hook: ProfilerHook) -> PokeReturnValue:
        """Look once."""

    @abstractmethod
    def trigger(self) -> BaseTrigger:
        """What waits in the triggerer."""

    def poke(self, context: "Context") -> bool | PokeReturnValue:  # noqa: ARG002
        """Look once; deferrable, leave the task to the triggerer where there is nothing yet."""
        try:
            with ProfilerHook(self.profiler_conn_id) as hook:
                found = self.look(hook)
        except FINAL as error:
            # AirflowFailException alone gets past ``silent_fail``, which would otherwise look again for ever.
            raise AirflowFailException(str(error)) from error
        except (ServiceUnreachable, ServiceFailed) as error:
            if not self.deferrable:
                raise
            self.log.warning("%s The triggerer goes on looking.", error)
            found = PokeReturnValue(is_done=False)
        if self.deferrable and not found.is_done:
            self.defer(
                trigger=self.trigger(),
                method_name="execute_complete",
                timeout=datetime.timedelta(seconds=self.timeout),
            )
        return found

    def execute_complete(self, context: "Context", event: Any) -> Any:  # noqa: ARG002
        """Go on where the trigger's wait ended.

        :param event: the trigger's event.
        """
        outcome = Outcome.of(event)
        problem = outcome.error()
        if isinstance(problem, FINAL):
            raise AirflowFailException(str(problem)) from problem
        if problem is not None:
            raise problem
        return self.found(outcome)

    def found(self, outcome: Outcome) -> Any:
        """What the task returns.

        :param outcome: how the wait ended, well.
        :raises ProfilerHookError: where that cannot be told.
        """
        if outcome.cdd_path is None:
            raise ProfilerHookError("The trigger handed back no CDD path.")
        return outcome.cdd_path
