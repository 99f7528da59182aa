"""Which requests are sent again, when, and how often."""

import asyncio
import datetime
import email.utils
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import tenacity

from airflow_provider_profiler.hooks.answers import Answer
from airflow_provider_profiler.hooks.errors import ServiceFailed, ServiceUnreachable


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential waits with full jitter, so that many tasks do not come back in step."""

    attempts: int = 5
    first_wait: float = 0.5
    """Seconds before the second attempt, doubled before each later one."""
    longest_wait: float = 20.0
    longest_retry_after: float = 60.0
    """Seconds up to which the service's ``Retry-After`` is obeyed."""


def is_passing(answer: Answer) -> bool:
    """Whether an answer tells of a trouble that may be over soon."""
    return answer.status == 429 or answer.status >= 500


def retry_after(answer: Answer, now: float) -> float | None:
    """Seconds that the service asks to wait (RFC 9110, section 10.2.3: a number or a date), or None.

    :param now: seconds since the epoch.
    """
    text = next((value for name, value in answer.headers.items() if name.lower() == "retry-after"), "").strip()
    if text.isdecimal():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    # "-0000" gives a moment without a zone, which would be taken for one of this machine's.
    moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return max(0.0, moment.timestamp() - now)


def accepted(answer: Answer) -> Answer:
    """The answer, if it is one of success.

    :raises ProfilerHookError: the one that fits; :class:`ServiceFailed` knows when the service asks to come back.
    """
    try:
        answer.raise_for_status()
    except ServiceFailed as error:
        error.retry_after = retry_after(answer, time.time())
        raise
    return answer


def send_with_retries(
    send: Callable[[], Answer],
    policy: RetryPolicy,
    *,
    sleep: Callable[[float], None] = time.sleep,
    report: Callable[[str], None],
) -> Answer:
    """Send until an answer comes that is not passing, or the attempts are used up.

    Use it only for requests that may arrive twice: reads, and submissions with an idempotency key.

    :param send: one attempt; raises :class:`ServiceUnreachable` where no answer came.
    :param report: takes a line for the log before each wait.
    :return: the last answer, whatever it says.
    :raises ServiceUnreachable: when the last attempt had no answer.
    """
    answer: Answer = tenacity.Retrying(sleep=sleep, **_rules(policy, report))(send)
    return answer


async def send_with_retries_async(
    send: Callable[[], Awaitable[Answer]],
    policy: RetryPolicy,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    report: Callable[[str], None],
) -> Answer:
    """The same in an event loop; see :func:`send_with_retries`."""
    answer: Answer = await tenacity.AsyncRetrying(sleep=sleep, **_rules(policy, report))(send)
    return answer


def _rules(policy: RetryPolicy, report: Callable[[str], None]) -> dict[str, Any]:
    jittered = tenacity.wait_random_exponential(multiplier=policy.first_wait, max=policy.longest_wait)

    def wait(state: tenacity.RetryCallState) -> float:
        asked = None
        if state.outcome is not None and not state.outcome.failed:
            asked = retry_after(state.outcome.result(), time.time())
        return jittered(state) if asked is None else min(asked, policy.longest_retry_after)

    def before_sleep(state: tenacity.RetryCallState) -> None:
        if state.outcome is None or state.next_action is None:
            return
        failed = state.outcome.failed
        trouble = str(state.outcome.exception()) if failed else _short(state.outcome.result())
        report(
            f"{trouble} Trying again in {state.next_action.sleep:.1f} s "
            f"(attempt {state.attempt_number} of {policy.attempts})."
        )

    def last(state: tenacity.RetryCallState) -> Answer:
        if state.outcome is None:
            raise ServiceUnreachable("No request was sent.")
        answer: Answer = state.outcome.result()  # raises what the last attempt raised
        return answer

    return {
        "retry": tenacity.retry_if_exception_type(ServiceUnreachable) | tenacity.retry_if_result(is_passing),
        "stop": tenacity.stop_after_attempt(policy.attempts),
        "wait": wait,
        "before_sleep": before_sleep,
        "retry_error_callback": last,
    }


def _short(answer: Answer) -> str:
    return f"{answer.what} answered {answer.status}."
