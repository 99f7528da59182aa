"""Events on their way to a receiver: signed, in order, at least once, and to nobody else."""

import contextlib
import hashlib
import hmac
import json
import logging
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from airflow_provider_profiler.config.webhooks import WebhookTarget
from airflow_provider_profiler.contract.job import EventKind, FeedEvent
from airflow_provider_profiler.jobs import webhooks
from airflow_provider_profiler.jobs.duties import Duty
from airflow_provider_profiler.jobs.webhooks import FIRST_DELAY, LAST_DELAY, Webhook, growing_delay
from tests.job_events import tell

SECRET = "s3cret-of-sixteen-characters"


@pytest.fixture
def receiver(webhook_receivers):
    return webhook_receivers()


@pytest.fixture
def webhook(receiver):
    """Makes webhooks that repeat at once."""

    def make(url=None, **fields):
        target = WebhookTarget.model_validate({"url": url or f"{receiver.url}/hook", "secret": SECRET, **fields})
        return Webhook(target, delay=lambda failures: 0.0)

    return make


@pytest.fixture
def duty(store, clock):
    """Makes duties whose turns the test takes by hand."""

    def make(name="webhook", **fields):
        made = Duty(store, name, lambda duty: None, every=1.0, clock=clock, **fields)
        assert made.keep()
        return made

    return make


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clock_now():
    return datetime.now(UTC)


def begun(webhook, duty):
    """A target is new: what happens from here on is sent to it."""
    webhook.turn(duty)
    return webhook


def test_an_event_comes_signed_and_whole(store, submit, webhook, duty, receiver):
    held = duty()
    hook = begun(webhook(), held)
    submit(labels={"team": "Ωμέγα"})
    hook.turn(held)
    (got,) = receiver.got
    (event,) = store.feed(0)
    assert FeedEvent.model_validate_json(got.body) == event
    assert (got.path, got.headers["Content-Type"]) == ("/hook", "application/json")
    assert got.headers["X-Profiler-Event-Id"] == f"{event.job_id}:{event.sequence}"
    assert got.headers["X-Profiler-Event-Type"] == "state"
    stamp = got.headers["X-Profiler-Timestamp"]
    assert abs(int(stamp) - time.time()) < 600
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + got.body, hashlib.sha256).hexdigest()
    assert got.headers["X-Profiler-Signature"] == f"sha256={expected}"
    assert "Authorization" not in got.headers


def test_events_come_in_order_and_once(store, submit, claimed, webhook, duty, receiver):
    submit()
    held = duty()
    hook = begun(webhook(), held)
    assert receiver.got == [], "what happened before the target was configured is not sent"
    for _ in range(3):
        claimed()
    for _ in range(3):
        hook.turn(held)
    assert [got.event["cursor"] for got in receiver.got] == [2, 3, 4, 5, 6, 7]
    assert held.cursor == store.feed_end() == 7


def test_only_the_types_that_are_wanted_are_sent(store, claimed, webhook, duty, clock, receiver):
    held = duty()
    hook = begun(webhook(types=["stage", "warning"]), held)
    record = claimed()
    for kind in (EventKind.STAGE, EventKind.CLEANED_UP, EventKind.WARNING, EventKind.CLEANED_UP):
        tell(store, record.job_id, 1, kind, {}, clock())
    hook.turn(held)
    assert [got.headers["X-Profiler-Event-Type"] for got in receiver.got] == ["stage", "warning"]
    assert held.cursor == store.feed_end(), "those that are not wanted are not looked at again"


@pytest.mark.parametrize("refusal", [500, 503, 404, 429])
def test_an_event_that_is_refused_comes_again_before_the_next(submit, webhook, duty, receiver, refusal):
    held = duty()
    hook = begun(webhook(), held)
    receiver.answers = [204, refusal, refusal]
    for _ in range(3):
        submit()
    for _ in range(3):
        hook.turn(held)
    assert [got.event["cursor"] for got in receiver.got] == [1, 2, 2, 2, 3]
    again = [got.headers["X-Profiler-Event-Id"] for got in receiver.got[1:4]]
    assert len(set(again)) == 1, "the receiver can tell that it is the same one"


def test_a_redirect_is_not_followed(submit, webhook, duty, receiver, webhook_receivers, caplog):
    elsewhere = webhook_receivers()
    held = duty()
    hook = begun(webhook(), held)
    receiver.answers, receiver.location = [302, 307], elsewhere.url
    submit()
    with caplog.at_level(logging.WARNING):
        hook.turn(held)
        hook.turn(held)
    assert (len(receiver.got), elsewhere.got, held.cursor) == (2, [], 0)
    assert "answered 302, and redirects are not followed" in caplog.text
    hook.turn(held)
    assert held.cursor == 1


def test_a_receiver_that_is_away_is_tried_again(store, submit, webhook, duty, free_port, caplog):
    held = duty()
    hook = begun(webhook(f"http://127.0.0.1:{free_port}/T0KEN-in-the-path"), held)
    submit()
    with caplog.at_level(logging.WARNING):
        hook.turn(held)
    assert held.cursor == 0
    assert "ConnectionError" in caplog.text
    assert f"http://127.0.0.1:{free_port}/..." in caplog.text
    assert "T0KEN" not in caplog.text, "many services put what must not be known into the path"
    assert SECRET not in caplog.text


def test_nothing_is_sent_before_its_time(submit, receiver, duty):
    pauses = []

    def delay(failures):
        pauses.append(failures)
        return 3600.0

    target = WebhookTarget.model_validate({"url": receiver.url, "secret": SECRET})
    held = duty()
    hook = begun(Webhook(target, delay=delay), held)
    receiver.answers = [500]
    submit()
    for _ in range(3):
        hook.turn(held)
    assert (len(receiver.got), pauses) == (1, [1])


def test_delays_grow_and_differ():
    for failures in range(1, 60):
        longest = min(LAST_DELAY, FIRST_DELAY * 2.0 ** (failures - 1))
        assert all(longest / 2 <= growing_delay(failures) <= longest for _ in range(20))
    assert len({growing_delay(10) for _ in range(20)}) > 1


def test_the_next_process_goes_on_at_the_cursor(store, submit, webhook, duty, clock, receiver):
    first = duty()
    hook = begun(webhook(), first)
    submit()
    hook.turn(first)
    submit()
    clock.advance(61)
    second = duty()
    hook.turn(first)
    assert len(receiver.got) == 1, "whoever lost the duty sends nothing"
    webhook().turn(second)
    assert [got.event["cursor"] for got in receiver.got] == [1, 2]


def test_an_event_that_was_sent_when_the_duty_was_lost_comes_again(store, submit, webhook, duty, clock, receiver):
    """At least once: the answer came, but another process had the duty when it was to be written down."""
    first = duty()
    hook = begun(webhook(), first)
    submit()
    receiver.open.clear()

    def take_over():
        assert receiver.arrived.wait(20)
        clock.advance(61)
        assert store.hold_duty("webhook", "another", clock(), clock() + timedelta(seconds=60))
        receiver.open.set()

    thread = threading.Thread(target=take_over)
    thread.start()
    hook.turn(first)
    thread.join()
    assert first.cursor == 0
    assert not first.keep()
    clock.advance(61)
    webhook().turn(duty())
    assert [got.event["cursor"] for got in receiver.got] == [1, 1]


def test_events_that_were_trimmed_before_they_were_taken_are_told(
    store, submit, webhook, duty, clock, receiver, caplog
):
    held = duty()
    hook = begun(webhook(), held)
    for _ in range(3):
        submit()
    store.trim_feed(clock() + timedelta(days=1))
    submit()
    with caplog.at_level(logging.ERROR):
        hook.turn(held)
    assert "missed 3 events" in caplog.text
    assert [got.event["cursor"] for got in receiver.got] == [4]


def test_a_password_from_the_environment_is_not_sent(submit, webhook, duty, receiver, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    held = duty()
    hook = begun(webhook(), held)
    submit()
    hook.turn(held)
    assert "Authorization" not in receiver.got[0].headers


def test_a_receiver_must_be_who_it_says(submit, webhook, duty, webhook_receivers, loopback_certificate, caplog):
    receiver = webhook_receivers(certificate=loopback_certificate)
    held = duty()
    unknown = begun(webhook(receiver.url), held)
    submit()
    unknown.turn(held)
    assert receiver.got == []
    assert "SSLError" in caplog.text
    webhook(receiver.url, ca_file=str(loopback_certificate[0])).turn(held)
    assert [got.event["cursor"] for got in receiver.got] == [1]


# --- the duty itself ---


def test_of_two_processes_one_delivers(settings, store, submit, webhook, receiver, clock):
    """Both run all the time; every event comes once, and the other one goes on when the first stops."""
    duties = [Duty(store, "webhook", webhook().turn, every=0.01, clock=clock) for _ in range(2)]
    store.hold_duty("webhook", duties[0].owner, clock(), clock() + timedelta(seconds=60))
    store.set_duty_cursor("webhook", duties[0].owner, 0)
    for each in duties:
        each.start()
    for _ in range(10):
        submit()
    assert [got.event["cursor"] for got in receiver.take(10)] == list(range(1, 11))
    duties[0].stop(20)
    for _ in range(10):
        submit()
    assert [got.event["cursor"] for got in receiver.take(10)] == list(range(11, 21))
    duties[1].stop(20)
    assert len(receiver.got) == 20


DELIVERER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from airflow_provider_profiler.config.webhooks import WebhookTarget
from airflow_provider_profiler.jobs import webhooks
from airflow_provider_profiler.jobs.duties import Duty
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore
from airflow_provider_profiler.jobs.webhooks import Webhook

store = SqliteJobStore(Path(sys.argv[1]))
hook = Webhook(WebhookTarget.model_validate_json(sys.argv[2]))
duty = Duty(store, "webhook", hook.turn, every=0.01, clock=lambda: datetime.now(UTC), hold_seconds=0.5)
duty.start()
sys.stdin.read()
"""


def test_when_the_process_that_delivers_is_killed_another_goes_on(settings, store, submit, receiver):
    """It dies while an event is on its way: that one comes again, and all others once."""
    store.hold_duty("webhook", "before", clock_now(), clock_now())
    store.set_duty_cursor("webhook", "before", 0)
    target = {"url": f"{receiver.url}/hook", "secret": SECRET}
    command = [sys.executable, "-c", DELIVERER, str(settings.store_file), json.dumps(target)]
    for _ in range(3):
        submit()
    receiver.open.clear()
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert receiver.arrived.wait(30)
        process.kill()
    receiver.open.set()
    hook = Webhook(WebhookTarget.model_validate(target))
    heir = Duty(store, "webhook", hook.turn, every=0.01, clock=clock_now, hold_seconds=0.5)
    heir.start()
    got = receiver.take(4)
    heir.stop(20)
    assert [item.event["cursor"] for item in got] == [1, 1, 2, 3]
    assert got[0].headers["X-Profiler-Event-Id"] == got[1].headers["X-Profiler-Event-Id"]


def test_a_receiver_that_hangs_holds_up_no_other(store, submit, webhook, webhook_receivers, clock):
    hanging, swift = webhook_receivers(), webhook_receivers()
    hanging.open.clear()
    duties = []
    for name, receiver in (("hanging", hanging), ("swift", swift)):
        duty = Duty(store, name, webhook(receiver.url).turn, every=0.01, clock=clock)
        store.hold_duty(name, duty.owner, clock(), clock() + timedelta(seconds=60))
        store.set_duty_cursor(name, duty.owner, 0)
        duty.start()
        duties.append(duty)
    for _ in range(5):
        submit()
    assert len(swift.take(5)) == 5
    assert hanging.got == []
    hanging.open.set()
    assert len(hanging.take(5)) == 5
    for duty in duties:
        duty.stop(20)


def test_a_duty_that_fails_is_done_again(store, clock, caplog):
    turns = []
    done = threading.Event()

    def work(duty):
        turns.append(duty.owner)
        if len(turns) == 1:
            raise RuntimeError("a bug")
        done.set()

    duty = Duty(store, "sweep", work, every=0.01, clock=clock)
    duty.start()
    assert done.wait(20)
    duty.stop(20)
    assert "a bug" in caplog.text
    assert store.hold_duty("sweep", "another", clock(), clock() + timedelta(seconds=60)), "it was given up"


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_an_answer_that_trickles_in_is_broken_off(submit, webhook, duty, monkeypatch, head):
    monkeypatch.setattr(webhooks, "DELIVERY_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def trickle():
            client, _ = listening.accept()
            with client, contextlib.suppress(OSError):
                client.sendall(head)
                while True:
                    client.sendall(b"x")
                    time.sleep(0.02)

        thread = threading.Thread(target=trickle)
        thread.start()
        held = duty()
        hook = begun(webhook(f"http://127.0.0.1:{listening.getsockname()[1]}/"), held)
        submit()
        hook.turn(held)
        thread.join(20)
        assert not thread.is_alive()
    assert (hook.taken, hook.refused) == (0, 1)
