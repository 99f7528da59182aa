"""Webhooks of a service: what happens is sent to whoever the settings name."""

import hashlib
import hmac
import json
import time

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.service.app import create_app
from airflow_provider_profiler.service.listening import ThreadedServer

SECRET = "s3cret-of-sixteen-characters"


@pytest.fixture
def receiver(webhook_receivers):
    return webhook_receivers()


def hooks(*receivers, **fields):
    return json.dumps([{"url": f"{receiver.url}/hook", "secret": SECRET, **fields} for receiver in receivers])


def until_begun(service):
    """A target is new until its first turn: what happened before is not sent to it."""
    store = service.app.state.backend.store
    (target,) = service.settings.listed_webhooks
    patience = time.monotonic() + 20
    while store.duty_cursor(f"webhook:{target.key}") is None:
        assert time.monotonic() < patience
        time.sleep(0.01)


def test_a_job_s_states_are_sent_signed(start, receiver, documented_request):
    service = start(webhooks=hooks(receiver, types=["state"]))
    until_begun(service)
    job = service.submit(documented_request)
    got = receiver.take(4)
    assert [item.event["data"]["state"] for item in got] == [
        *("SUBMITTING", "STARTING", "LIGHT_PROFILE_READY", "HEAVY_PROFILES_READY"),
    ]
    for item in got:
        assert item.event["job_id"] == job
        signed = item.headers["X-Profiler-Timestamp"].encode() + b"." + item.body
        expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        assert item.headers["X-Profiler-Signature"] == f"sha256={expected}"


def test_a_service_that_starts_again_goes_on(start, receiver, documented_request):
    first = start(webhooks=hooks(receiver))
    until_begun(first)
    first.wait(first.submit(documented_request))
    first.server.stop()
    # Nobody delivers what happens now.
    silent = start()
    silent.wait(silent.submit(documented_request))
    end = silent.app.state.backend.store.feed_end()
    silent.server.stop()
    start(webhooks=hooks(receiver))
    assert [item.event["cursor"] for item in receiver.take(end)] == list(range(1, end + 1))


def test_two_services_of_one_store_deliver_once(start, receiver, documented_request):
    one, other = (start(webhooks=hooks(receiver)) for _ in range(2))
    until_begun(one)
    jobs = [service.submit(documented_request) for service in (one, other)]
    for job in jobs:
        one.wait(job)
    end = one.app.state.backend.store.feed_end()
    receiver.take(end)
    one.server.stop()
    other.server.stop()
    assert [item.event["cursor"] for item in receiver.got] == list(range(1, end + 1))


def test_secrets_are_in_files_too(start, receiver, tmp_path, documented_request):
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    target = {"url": f"{receiver.url}/hook", "secret_file": str(tmp_path / "secret")}
    (tmp_path / "hooks.json").write_text(json.dumps([target]))
    service = start(webhooks_file=tmp_path / "hooks.json")
    until_begun(service)
    service.submit(documented_request)
    item = receiver.next()
    signed = item.headers["X-Profiler-Timestamp"].encode() + b"." + item.body
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert item.headers["X-Profiler-Signature"] == f"sha256={digest}"


def test_a_request_can_name_no_target(start, receiver, documented_request):
    service = start()
    for field in ("webhook", "webhooks", "callback_url"):
        answer = service.http.post("/profiler/trigger_profile", json={**documented_request, field: receiver.url})
        assert answer.status_code == 422
    assert receiver.got == []


@pytest.mark.parametrize("missing", ["file", "secret", "twice"])
def test_a_service_does_not_start_with_webhooks_that_cannot_work(start, tmp_path, data_root, receiver, missing):
    target = {"url": receiver.url, "secret": SECRET}
    given = {
        "file": {"webhooks_file": tmp_path / "missing.json"},
        "secret": {"webhooks": json.dumps([{"url": receiver.url, "secret_file": str(tmp_path / "missing")}])},
        "twice": {"webhooks": json.dumps([target, target])},
    }[missing]
    app = create_app(Settings(home=tmp_path / "home", data_root=str(data_root), **given), run_jobs=False)
    with pytest.raises(ConfigurationError) as refused:
        ThreadedServer(app).start()
    assert SECRET not in str(refused.value)


def test_deliveries_are_measured(start, receiver, documented_request):
    service = start(webhooks=hooks(receiver, types=["state"]))
    until_begun(service)
    service.wait(service.submit(documented_request))
    receiver.take(4)
    patience = time.monotonic() + 20
    # What was taken is written down after the receiver has it.
    while "profiler_webhook_events_behind 0.0" not in (text := service.http.get("/monitoring/metrics").text):
        assert time.monotonic() < patience, text
        time.sleep(0.01)
    assert 'profiler_webhook_deliveries_total{outcome="taken"} 4.0' in text
    assert 'profiler_webhook_deliveries_total{outcome="refused"} 0.0' in text
    assert receiver.url.rsplit(":", 1)[1] not in text
