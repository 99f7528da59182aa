import asyncio
import email.utils

import pytest

from airflow_provider_profiler.hooks.answers import Answer
from airflow_provider_profiler.hooks.errors import ServiceFailed, ServiceUnreachable
from airflow_provider_profiler.hooks.retrying import (
    RetryPolicy,
    accepted,
    retry_after,
    send_with_retries,
    send_with_retries_async,
)

POLICY = RetryPolicy(attempts=4, first_wait=1.0, longest_wait=3.0, longest_retry_after=60.0)


def answer(status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(method="GET", url="http://x/y", status=status, body=b"{}", headers=named)


class Script:
    """Gives what it was told, one after another, and remembers how long was waited."""

    def __init__(self, *outcomes: Answer | Exception) -> None:
        self.outcomes = list(outcomes)
        self.waits: list[float] = []
        self.lines: list[str] = []

    def send(self) -> Answer:
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def run(self) -> Answer:
        return send_with_retries(self.send, POLICY, sleep=self.waits.append, report=self.lines.append)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_answers_are_asked_again(status: int) -> None:
    script = Script(answer(status), answer(200))
    assert script.run().status == 200
    assert len(script.waits) == 1
    assert str(status) in script.lines[0]


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 403, 404, 409, 410, 422])
def test_final_answers_are_not(status: int) -> None:
    script = Script(answer(status))
    assert script.run().status == status
    assert script.waits == []


def test_no_answer_is_asked_again_and_given_up_after_the_last_attempt() -> None:
    script = Script(*[ServiceUnreachable("gone")] * 4)
    with pytest.raises(ServiceUnreachable, match="gone"):
        script.run()
    assert len(script.waits) == 3


def test_the_last_answer_is_returned_whatever_it_says() -> None:
    script = Script(*[answer(503)] * 4)
    assert script.run().status == 503


def test_the_loop_waits_by_the_same_rules() -> None:
    script = Script(ServiceUnreachable("gone"), answer(429, Retry_After="7"), answer(503), answer(200))

    async def send() -> Answer:
        return script.send()

    async def sleep(seconds: float) -> None:
        script.waits.append(seconds)

    found = asyncio.run(send_with_retries_async(send, POLICY, sleep=sleep, report=script.lines.append))
    assert found.status == 200
    assert script.waits[1] == 7.0
    assert len(script.waits) == len(script.lines) == 3


def test_an_error_knows_when_the_service_asks_to_come_back() -> None:
    with pytest.raises(ServiceFailed) as caught:
        accepted(answer(503, Retry_After="120"))
    assert caught.value.retry_after == 120.0
    assert accepted(answer(204)).status == 204


def test_waits_grow_within_bounds() -> None:
    waits = [script.waits for _ in range(50) if (script := Script(*[answer(503)] * 4)).run()]
    for first, second, third in waits:
        assert 0 <= first <= 1
        assert 0 <= second <= 2
        assert 0 <= third <= 3
    assert len({first for first, *_ in waits}) > 1, "without jitter all tasks come back in step"


def test_retry_after_is_obeyed_up_to_a_bound() -> None:
    script = Script(answer(429, Retry_After="7"), answer(503, retry_after="86400"), answer(200))
    script.run()
    assert script.waits == [7.0, 60.0]


def test_retry_after_may_be_a_date_in_any_spelling_of_the_header() -> None:
    now = 1_700_000_000
    assert retry_after(answer(429, retry_after=email.utils.formatdate(now + 9, usegmt=True)), now) == 9
    assert retry_after(answer(429, Retry_After=email.utils.formatdate(now - 9, usegmt=True)), now) == 0
    zoneless = email.utils.formatdate(now + 9).replace("+0000", "-0000")
    assert retry_after(answer(429, Retry_After=zoneless), now) == 9, "never a date of this machine's own zone"
    assert retry_after(answer(429, Retry_After="soon"), now) is None
    assert retry_after(answer(429), now) is None
