"""When Airflow tries a task again that talks to the service: not after a refusal, and not at once after an outage."""

from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.definitions.retry_policy import RetryDecision

if TYPE_CHECKING:
    from airflow.sdk import Context

_ERRORS = "airflow_provider_profiler.hooks.errors"
#: What no retry mends.
REFUSALS = {
    "ConnectionNotUsable": "The Airflow connection has to be put right.",
    "EmbeddedNotInstalled": "The worker lacks the parts to run the service itself.",
    "TokenRefused": "The service, or its token endpoint, does not accept the credentials.",
    "AccessDenied": "The client may not use the service.",
    "RequestRefused": "The request is wrong as it is written.",
    "UnknownDataset": "There is nothing at the dataset's path.",
    "Conflict": "The request contradicts an earlier one.",
    "ServiceTooOld": "The service has no route for what was asked of it.",
    "UnexpectedAnswer": "What answers is no dataset profiler of a supported version.",
}
#: What is over after a while.
PASSING = {
    "ServiceUnreachable": "The service, or its token endpoint, does not answer.",
    "ServiceFailed": "The service cannot serve the request at the moment.",
}


class ProfilerRetryPolicy(ExceptionRetryPolicy):
    """Fails at once what no retry mends, and retries what passes after a while.

    What remains (a job that failed, a deadline that passed, an error of your own) is left to the task's ``retries``
    and ``retry_delay``. A policy never retries more often than ``retries`` allows::

        ProfileDatasetOperator(task_id="profile", path="sales", retries=5, retry_policy=ProfilerRetryPolicy())

    :param delay: how long to wait for a service that is away. Where the service itself says when to come back
        (``Retry-After``), and that is later, it is waited for so long.
    :param longest_delay: what is waited at most.
    """

    def __init__(
        self, *, delay: timedelta = timedelta(minutes=2), longest_delay: timedelta = timedelta(hours=1)
    ) -> None:
        if not timedelta(0) <= delay <= longest_delay:
            raise ValueError(f"delay must be between 0 and longest_delay ({longest_delay}), not {delay}.")
        refuse = [RetryRule(f"{_ERRORS}.{name}", RetryAction.FAIL, reason=why) for name, why in REFUSALS.items()]
        wait = [RetryRule(f"{_ERRORS}.{name}", retry_delay=delay, reason=why) for name, why in PASSING.items()]
        super().__init__([*refuse, *wait])
        self.longest_delay = longest_delay

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: "Context | None" = None
    ) -> RetryDecision:
        """What to do after an error; see :class:`airflow.sdk.ExceptionRetryPolicy`."""
        decision = super().evaluate(exception, try_number, max_tries, context)
        asked = getattr(exception, "retry_after", None)
        if decision.action is not RetryAction.RETRY or decision.retry_delay is None or not asked:
            return decision
        later = min(max(decision.retry_delay, timedelta(seconds=min(asked, 1e9))), self.longest_delay)
        return RetryDecision(decision.action, later, decision.reason)
