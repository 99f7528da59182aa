"""When Airflow tries a task again."""

import inspect
from datetime import timedelta

import pytest
from airflow.sdk import ExceptionRetryPolicy, RetryAction
from airflow.sdk.exceptions import AirflowFailException

from airflow_provider_profiler.hooks import errors
from airflow_provider_profiler.hooks.retry_policy import ProfilerRetryPolicy

POLICY = ProfilerRetryPolicy(delay=timedelta(seconds=90), longest_delay=timedelta(seconds=600))
ERRORS = [
    item
    for item in vars(errors).values()
    if inspect.isclass(item) and item.__module__ == errors.__name__ and not issubclass(item, AirflowFailException)
]
#: What the task's own retries are for.
LEFT_TO_THE_TASK = {
    "ProfilerHookError",
    "ProfileJobFailed",
    "ProfileDeadlineExceeded",
    "ProfileJobStalled",
    "ProfileNotReady",
    "UnknownJob",
    "JobGone",
    "NotFound",
    "StagingFailed",
}
WAITED_FOR = {"ServiceUnreachable", "TokenEndpointUnavailable", "ServiceFailed"}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_has_its_decision(error: type[Exception]) -> None:
    decision = POLICY.evaluate(error("x"), 1, 3)
    if error.__name__ in WAITED_FOR:
        assert (decision.action, decision.retry_delay) == (RetryAction.RETRY, timedelta(seconds=90))
    elif error.__name__ in LEFT_TO_THE_TASK:
        assert decision.action is RetryAction.DEFAULT
    else:
        assert decision.action is RetryAction.FAIL
        assert decision.reason


@pytest.mark.parametrize(
    ("asked", "seconds"), [(None, 90), (0.0, 90), (30.0, 90), (300.0, 300), (86_400.0, 600), (float("inf"), 600)]
)
def test_the_service_is_waited_for_as_it_asks_within_a_bound(asked: float | None, seconds: float) -> None:
    error = errors.ServiceFailed("busy")
    error.retry_after = asked
    assert POLICY.evaluate(error, 1, 3).retry_delay == timedelta(seconds=seconds)


def test_errors_of_others_are_left_to_the_task() -> None:
    assert ProfilerRetryPolicy().evaluate(ValueError("x"), 1, 3).action is RetryAction.DEFAULT


def test_airflow_can_write_it_down_and_read_it_again() -> None:
    again = ExceptionRetryPolicy.deserialize(POLICY.serialize())
    assert again.evaluate(errors.TokenRefused("x"), 1, 3).action is RetryAction.FAIL
    assert again.evaluate(errors.ServiceUnreachable("x"), 1, 3).retry_delay == timedelta(seconds=90)


def test_a_delay_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="longest_delay"):
        ProfilerRetryPolicy(delay=timedelta(hours=2))
