"""What sensors of the profiling service share: four ways to wait, and errors that no further look could mend."""

import datetime
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator, PokeReturnValue, conf
from airflow.sdk.exceptions import AirflowFailException
from airflow.triggers.base import BaseTrigger, StartTriggerArgs

from airflow_provider_profiler.contract.errors import UnknownStatus
from airflow_provider_profiler.hooks.errors import (
    ConnectionNotUsable,
    JobGone,
    ProfileJobFailed,
    ProfileJobStalled,
    ProfilerHookError,
    RequestRefused,
    ServiceFailed,
    ServiceTooOld,
    ServiceUnreachable,
    UnknownJob,
)
from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME
from airflow_provider_profiler.sensors.bearing import FailedLooks
from airflow_provider_profiler.sensors.beginning import as_template

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_profiler.hooks.profiler import ProfilerHook
    from airflow_provider_profiler.triggers.outcome import Outcome

#: Errors that a later look would meet again, or that end a wait as a time-out does.
FINAL = (
    UnknownJob,
    JobGone,
    UnknownStatus,
    ConnectionNotUsable,
    ProfileJobFailed,
    ProfileJobStalled,
    RequestRefused,
    ServiceTooOld,
)


class ServiceSensor(BaseSensorOperator):
    """Looks at the profiling service until it shows what is waited for.

    Deferrable, it looks once on the worker, and leaves further looks to the triggerer. With ``start_from_trigger`` no
    worker is used before there is something to return. Between two looks it keeps nothing on itself, so that
    ``reschedule`` loses nothing.

    :param deferrable: wait in the triggerer; ``[operators] default_deferrable`` by default.
    :param start_from_trigger: begin in the triggerer, too. A mapped task, or one in a mapped task group, begins on a
        worker all the same, as Airflow cannot begin it elsewhere.
    :param max_consecutive_failures: looks in a row that may fail because the service is away, or answers 429 or 5xx,
        each of them tried several times; the last of them fails the task. A look that succeeds begins the count anew.
    :param profiler_conn_id: the connection to the service; without the default one jobs are embedded. (templated)
    """

    ui_color = "#e6f1f2"

    def __init__(
        self,
        *,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        start_from_trigger: bool = False,
        max_consecutive_failures: int = 10,
        profiler_conn_id: str = DEFAULT_CONN_NAME,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if max_consecutive_failures < 1:
            raise ValueError(f"max_consecutive_failures must be 1 or more, not {max_consecutive_failures!r}.")
        self.deferrable = deferrable or start_from_trigger
        self.start_from_trigger = start_from_trigger
        self.max_consecutive_failures = max_consecutive_failures
        self.profiler_conn_id = profiler_conn_id

    @abstractmethod
    def look(self, hook: "ProfilerHook") -> PokeReturnValue:
        """Look once."""

    @abstractmethod
    def trigger(self) -> BaseTrigger:
        """What waits in the triggerer."""

    def begin_in_triggerer(self, trigger_class: str, **arguments: Any) -> None:
        """Have the task begin in the triggerer where that is wanted, to be called at the end of construction.

        :param trigger_class: the trigger's dotted path.
        :param arguments: the trigger's; templated ones under the name of the sensor's field.
        :raises ValueError: when one of them cannot be rendered in the triggerer.
        """
        if not self.start_from_trigger:
            return
        if self.get_closest_mapped_task_group() is not None:
            self.start_from_trigger = False
            return
        self.start_trigger_args = StartTriggerArgs(
            trigger_cls=trigger_class,
            next_method="execute_complete",
            trigger_kwargs={name: as_template(name, value) for name, value in arguments.items()},
            timeout=datetime.timedelta(seconds=self.timeout),
        )

    def poke(self, context: "Context") -> bool | PokeReturnValue:
        """Look once; deferrable, leave the task to the triggerer where there is nothing yet."""
        from airflow_provider_profiler.hooks.profiler import ProfilerHook  # noqa: PLC0415 - DAG files are parsed often

        try:
            with ProfilerHook(self.profiler_conn_id) as hook:
                found = self.look(hook)
        except FINAL as error:
            # AirflowFailException alone gets past ``silent_fail``, which would otherwise look again for ever.
            raise self._final(error) from error
        except (ServiceUnreachable, ServiceFailed) as error:
            if self.deferrable:
                self.log.warning("%s The triggerer goes on looking.", error)
            else:
                self._bear(error, context)
            found = PokeReturnValue(is_done=False)
        else:
            if not self.deferrable:
                FailedLooks(context).none()
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
        from airflow_provider_profiler.triggers.outcome import Outcome  # noqa: PLC0415 - DAG files are parsed often

        outcome = Outcome.of(event)
        problem = outcome.error()
        if isinstance(problem, FINAL):
            raise self._final(problem) from problem
        if problem is not None:
            raise problem
        return self.found(outcome)

    def found(self, outcome: "Outcome") -> Any:
        """What the task returns.

        :param outcome: how the wait ended, well.
        :raises ProfilerHookError: where that cannot be told.
        """
        if outcome.cdd_path is None:
            raise ProfilerHookError("The trigger handed back no CDD path.")
        return outcome.cdd_path

    def _bear(self, error: ServiceUnreachable | ServiceFailed, context: "Context") -> None:
        count = FailedLooks(context).one_more()
        if count is None or count >= self.max_consecutive_failures:
            raise error
        self.log.warning("%s Looking again (%d of %d).", error, count, self.max_consecutive_failures)

    def _final(self, error: Exception) -> AirflowFailException:
        told = f"Task {self.task_id!r}: {error}" if isinstance(error, RequestRefused) else str(error)
        return AirflowFailException(told)
