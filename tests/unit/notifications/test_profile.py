"""What people are told of a profile: through a webhook or another notifier, by callbacks and by deadlines."""

import asyncio
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from airflow.sdk import AsyncCallback, BaseNotifier
from airflow.triggers.callback import CallbackTrigger

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.notifications.news import ProfileNews
from airflow_provider_profiler.notifications.profile import ProfileNotifier


@pytest.fixture(autouse=True)
def _impatient(impatient: None) -> None:
    pass


@pytest.fixture
def chat(webhook_receivers: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A webhook behind the HTTP connection ``chat``."""
    receiver = webhook_receivers()
    monkeypatch.setenv("AIRFLOW_CONN_CHAT", json.dumps({"conn_type": "http", "host": receiver.url}))
    return receiver


class Instance:
    """A task instance with what its task pushed."""

    task_id = "profile"
    map_index = -1

    def __init__(self, **pushed: Any) -> None:
        self.pushed = pushed

    def xcom_pull(self, *, task_ids: str, map_indexes: int, key: str) -> Any:
        assert (task_ids, map_indexes) == ("profile", -1)
        return self.pushed.get(key)


def told(chat: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(chat.next().body)
    return body


@pytest.fixture
def done(service_in_hand: Any, submit: Callable[..., str]) -> str:
    """A job of the dataset ``sales`` that has ended well."""
    job_id = submit(light=True)
    service_in_hand.move(job_id, "LIGHT_PROFILE_READY")
    return job_id


# -- what is told ---------------------------------------------------------------------------------------------------


def test_a_task_that_succeeded(chat: Any, service_in_hand: Any, done: str) -> None:
    notifier = ProfileNotifier(http_conn_id="chat", endpoint="hooks/profiles", headers={"X-Team": "data"})
    notifier({"ti": Instance(job_id=done)})  # as on_success_callback
    received = chat.next()
    assert (received.path, received.headers["X-Team"]) == ("/hooks/profiles", "data")
    body = json.loads(received.body)
    facts = body["profile"]
    assert (
        f"The light profile of dataset {dataset_uuid('sales')} (revision {facts['revision']}) is ready." in body["text"]
    )
    assert (facts["job_id"], facts["state"], facts["target"]) == (done, "LIGHT_PROFILE_READY", "light")
    assert facts["job_url"] == f"{service_in_hand.base_url}/profiler/jobs/{done}"
    assert facts["job_url"] in body["text"]


def test_a_task_whose_job_failed_tells_the_reason(chat: Any, service_in_hand: Any, submit: Callable[..., str]) -> None:
    job_id = submit()
    service_in_hand.move(job_id, "FAILED")
    ProfileNotifier(http_conn_id="chat")({"ti": Instance(job_id=job_id), "exception": ValueError("the task's words")})
    body = told(chat)
    assert f"Profiling job {job_id}" in body["text"]
    assert "all_failed: No file could be read." in body["text"]


def test_a_task_that_failed_before_it_submitted_says_so(chat: Any, service_in_hand: Any, done: str) -> None:
    context = {"ti": Instance(), "exception": ValueError("no such path"), "dag_run": SimpleNamespace(run_id="r")}
    ProfileNotifier(http_conn_id="chat")(context)
    body = told(chat)
    assert body["text"] == "No profiling job was submitted: no such path"
    assert body["profile"]["job_id"] is None, "never another task's job"


def test_a_service_that_is_away_keeps_nobody_from_being_told(chat: Any, connect: Callable[..., str]) -> None:
    connect("127.0.0.1", port=9)
    summary = {"files": 3, "failed": 1, "record_sets": 2, "rows": 1204, "columns": 17, "bytes": 9, "content_hash": ""}
    left = Instance(job_id="j", status="HEAVY_PROFILES_READY", summary=summary, cdd_revision_path="/cdd/1.json")
    ProfileNotifier(http_conn_id="chat")({"ti": left})
    text = told(chat)["text"]
    assert "is ready. 3 files, 2 tables, 1,204 rows, 17 columns. 1 file could not be read." in text
    assert "The service could not be asked" in text
    assert "CDD file: /cdd/1.json" in text


def test_a_dag_is_told_of_its_runs_failed_job_first(
    chat: Any, service_in_hand: Any, run_of_jobs: Callable[[str], list[str]]
) -> None:
    run = str(uuid4())
    _, bad, _ = run_of_jobs(run)
    run_of_jobs(str(uuid4()))
    service_in_hand.move(bad, "FAILED")
    context = {"dag_run": SimpleNamespace(dag_id="d", run_id=run), "reason": "task_failure", "ti": Instance(job_id="x")}
    ProfileNotifier(http_conn_id="chat")(context)
    assert told(chat)["profile"]["job_id"] == bad


@pytest.fixture
def run_of_jobs(service_in_hand: Any) -> Callable[[str], list[str]]:
    """Submit three jobs as tasks of one run of the DAG ``d`` do."""
    from airflow_provider_profiler.contract.messages import TriggeredBy
    from airflow_provider_profiler.hooks.profiler import ProfilerHook

    def submit(run_id: str) -> list[str]:
        by = TriggeredBy(origin="airflow", dag_id="d", run_id=run_id)
        with ProfilerHook() as hook:
            return [str(hook.trigger_profile(hook.specify("sales"), triggered_by=by).job_id) for _ in range(3)]

    return submit


def test_a_dataset_means_its_newest_job(chat: Any, service_in_hand: Any, done: str, submit: Any) -> None:
    newest = submit(light=True)
    ProfileNotifier(http_conn_id="chat", dataset_id="sales")({})
    body = told(chat)
    assert body["profile"]["job_id"] == newest
    assert "SUBMITTING" in body["text"]


def test_a_job_is_told_of_by_a_service_of_the_documented_routes_too(
    chat: Any, documented_service: Callable[..., Any], connect: Callable[..., str]
) -> None:
    from airflow_provider_profiler.hooks.profiler import ProfilerHook

    connect(documented_service().base_url)
    with ProfilerHook() as hook:
        job_id = str(hook.trigger_profile(hook.specify("sales")).job_id)
    ProfileNotifier(http_conn_id="chat", job_id=job_id)({})
    assert told(chat)["profile"]["state"] == "STARTING"


# -- in whose words -------------------------------------------------------------------------------------------------


def test_message_and_payload_are_templates_that_know_the_profile(chat: Any, done: str) -> None:
    notifier = ProfileNotifier(
        http_conn_id="chat",
        job_id="{{ ti.xcom_pull(task_ids=ti.task_id, map_indexes=-1, key='job_id') }}",
        message="{{ dag_name }}: {{ profile.state }}",
        payload={"blocks": ["{{ profile_message }}"], "job": "{{ profile.job_id }}"},
    )
    notifier({"ti": Instance(job_id=done), "dag_name": "nightly"})
    assert told(chat) == {"blocks": ["nightly: LIGHT_PROFILE_READY"], "job": done}


def test_one_notifier_tells_each_task_of_its_own_job(chat: Any, service_in_hand: Any, submit: Any) -> None:
    jobs = [submit(light=True), submit(light=True)]
    notifier = ProfileNotifier(http_conn_id="chat", job_id="{{ job }}")
    for job_id in jobs:
        notifier({"job": job_id})
    assert [told(chat)["profile"]["job_id"] for _ in jobs] == jobs


def test_what_a_job_says_is_never_a_template(chat: Any, service_in_hand: Any) -> None:
    ProfileNotifier(http_conn_id="chat")({"ti": Instance(), "exception": ValueError("{{ 7 * 7 }}")})
    assert "{{ 7 * 7 }}" in told(chat)["text"]


def test_a_webhook_that_refuses_is_an_error(chat: Any, done: str) -> None:
    chat.answers = [400]
    with pytest.raises(Exception, match="400"):
        ProfileNotifier(http_conn_id="chat", job_id=done)({})


# -- through another notifier ---------------------------------------------------------------------------------------


class Saying(BaseNotifier):
    """Remembers what it was to say."""

    template_fields = ("text",)
    said: ClassVar[list[Any]] = []

    def __init__(self, text: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.text = text

    def notify(self, context: Any) -> None:
        self.said.append(("sync", self.text))


class SayingLater(Saying):
    async def async_notify(self, context: Any) -> None:
        self.said.append(("async", self.text))


@pytest.fixture
def said() -> list[Any]:
    Saying.said.clear()
    return Saying.said


def test_another_notifier_gets_message_and_profile(done: str, said: list[Any]) -> None:
    notifier = ProfileNotifier(
        notifier=Saying,
        notifier_kwargs={"text": "{{ profile_message }} ({{ profile.job_id }})"},
        message="Done",
        job_id=done,
    )
    notifier({})
    notifier({})
    assert said == [("sync", f"Done ({done})")] * 2


def test_in_the_triggerer_a_notifier_is_awaited_or_called_aside(done: str, said: list[Any]) -> None:
    async def send(kind: type[BaseNotifier]) -> None:
        kwargs = {"text": "{{ profile.state }}"}
        await ProfileNotifier(notifier=kind, notifier_kwargs=kwargs, job_id=done, context={})

    asyncio.run(send(SayingLater))
    asyncio.run(send(Saying))
    assert said == [("async", "LIGHT_PROFILE_READY"), ("sync", "LIGHT_PROFILE_READY")]


# -- deadlines ------------------------------------------------------------------------------------------------------


def test_a_deadline_alert_tells_of_its_run(
    chat: Any, service_in_hand: Any, run_of_jobs: Callable[[str], list[str]]
) -> None:
    run = str(uuid4())
    *_, newest = run_of_jobs(run)
    callback = AsyncCallback(ProfileNotifier, kwargs={"http_conn_id": "chat", "message": "Late: {{ profile.text }}"})
    written = json.loads(json.dumps(callback.serialize()))
    context = {"dag_run": {"dag_id": "d", "dag_run_id": run}, "deadline": {"id": "1", "deadline_time": "2026"}}
    trigger = CallbackTrigger(written["path"], {**written["kwargs"], "context": context})

    async def events() -> list[Any]:
        return [event.payload async for event in trigger.run()]

    *_, last = asyncio.run(events())
    assert last["state"] == "success", last
    body = told(chat)
    assert body["text"].startswith("Late: Profiling job")
    assert body["profile"]["job_id"] == newest


def test_a_deadline_alert_is_told_without_the_service_too(chat: Any, connect: Callable[..., str]) -> None:
    connect("127.0.0.1", port=9)

    async def send() -> None:
        await ProfileNotifier(http_conn_id="chat", dataset_id="sales", context={})

    asyncio.run(send())
    assert "could not be asked" in told(chat)["text"]


# -- when the DAG is read -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "where the message goes"),
        ({"http_conn_id": "chat", "notifier": Saying}, "either"),
        ({"http_conn_id": "chat", "notifier_kwargs": {"text": "x"}}, "no notifier"),
        ({"notifier": Saying("x")}, "class of a notifier"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ProfileNotifier(**arguments)


def test_a_notifier_that_is_none_is_an_error_when_it_is_to_speak(done: str) -> None:
    with pytest.raises(ValueError, match="no class of a notifier"):
        ProfileNotifier(notifier="json.JSONDecoder", job_id=done)({})


@pytest.mark.parametrize(
    ("news", "text"),
    [
        (ProfileNews(), "No profiling job is known."),
        (ProfileNews(job_id="j"), "Profiling job j of the dataset is in an unknown state."),
        (
            ProfileNews(job_id="j", dataset_id="s", state="STARTING", percent=41.6),
            "Profiling job j of dataset s is STARTING at 42 %.",
        ),
        (
            ProfileNews(job_id="j", state="FAILED", reason="all_failed: nothing"),
            "Profiling job j of the dataset failed: all_failed: nothing",
        ),
        (
            ProfileNews(job_id="j", state="LIGHT_PROFILE_READY", reason="the task's own trouble"),
            "Profiling job j of the dataset is LIGHT_PROFILE_READY, but its task failed: the task's own trouble",
        ),
        (
            ProfileNews("j", None, "s", 3, "HEAVY_PROFILES_READY", files=1, tables=1, rows=1, columns=2, warnings=2),
            "The profile of dataset s (revision 3) is ready. 1 file, 1 table, 1 row, 2 columns. 2 warnings.",
        ),
    ],
)
def test_the_sentence(news: ProfileNews, text: str) -> None:
    assert news.text == text
