"""``GET /profiler/events``: what happened to all jobs, for whoever follows them."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from airflow_provider_profiler.contract.job import FeedEventList
from airflow_provider_profiler.service.routes import events


@pytest.fixture
def read(service):
    def ask(**params):
        answer = service.http.get("/profiler/events", params=params)
        assert answer.status_code == 200, answer.text
        return FeedEventList.model_validate(answer.json())

    return ask


def test_events_of_all_jobs_in_one_order(service, documented_request, read):
    assert read() == FeedEventList(data=(), count=0, next=0)
    jobs = [service.submit(documented_request) for _ in range(2)]
    for job in jobs:
        service.wait(job)
    found = read()
    assert found.count == len(found.data) == found.next
    assert [event.cursor for event in found.data] == list(range(1, found.count + 1))
    for job in jobs:
        own = service.http.get(f"/profiler/jobs/{job}/events").json()["data"]
        mine = [event for event in found.data if str(event.job_id) == job]
        assert [(event.sequence, event.data) for event in mine] == [(event["sequence"], event["data"]) for event in own]


def test_one_reads_on_with_the_cursor_of_the_answer(service, documented_request, read):
    service.wait(service.submit(documented_request))
    whole = read().data
    cursor, pages = 0, []
    while page := read(after=cursor, limit=2).data:
        pages += page
        cursor = page[-1].cursor
    assert tuple(pages) == whole
    assert read(after=whole[-1].cursor).next == whole[-1].cursor
    assert read(after=0, limit=2).next == 2


def test_types_can_be_chosen_in_either_way(service, documented_request, read):
    job = service.submit(documented_request)
    service.wait(job)
    service.http.post("/profiler/clean_up", json={"profile_job_id": job}).raise_for_status()
    whole = read().data
    cleaned = [event for event in whole if event.kind == "cleaned_up"]
    stages = [event for event in whole if event.kind == "stage"]
    assert cleaned
    assert stages
    both = [event for event in whole if event.kind in ("stage", "cleaned_up")]
    assert list(read(type="cleaned_up").data) == cleaned
    assert list(read(type="stage,cleaned_up").data) == both
    assert list(read(type=["stage", "cleaned_up"]).data) == both
    assert read(type="stage", limit=1).next == stages[0].cursor
    assert read(type="revision_removed").next == whole[-1].cursor, "nothing of it is looked at again"


def test_whoever_comes_too_late_is_told(service, documented_request, read):
    service.wait(service.submit(documented_request))
    store = service.app.state.backend.store
    end = read().next
    assert not read().missed
    store.trim_feed(datetime.now(UTC) + timedelta(days=1))
    service.wait(service.submit(documented_request))
    assert read().missed
    assert read(after=end - 1).missed
    assert not read(after=end).missed
    assert read(after=end).data[0].cursor == end + 1


def test_a_cursor_of_another_store_is_told_at_once(service, documented_request, read):
    service.wait(service.submit(documented_request))
    end = read().next
    assert read(after=end + 1000, wait=30) == FeedEventList(data=(), count=0, next=end, missed=True)


def test_a_rare_type_does_not_take_the_whole_feed_at_once(service, documented_request, read, monkeypatch):
    monkeypatch.setattr(events, "_PAGE", 2)
    monkeypatch.setattr(events, "_PAGES", 2)
    job = service.submit(documented_request)
    service.wait(job)
    service.http.post("/profiler/clean_up", json={"profile_job_id": job}).raise_for_status()
    end = read().next
    assert end > 4
    first = read(type="cleaned_up")
    assert (first.count, first.next) == (0, 4)
    cursor = 0
    while not (page := read(type="cleaned_up", after=cursor)).count:
        assert page.next > cursor
        cursor = page.next
    assert (page.data[0].cursor, page.next) == (end, end)
    assert read(type="cleaned_up", wait=30).data == page.data, "whoever waits need not ask again"


@pytest.mark.parametrize("word", ["latest", "-1"])
def test_one_can_begin_with_what_comes(service, documented_request, read, word):
    service.wait(service.submit(documented_request))
    now = read(after=word)
    assert (now.count, now.next) == (0, read().next)
    job = service.submit(documented_request)
    service.wait(job)
    assert {str(event.job_id) for event in read(after=now.next).data} == {job}


def test_a_client_waits_for_something_to_happen(service, documented_request, read):
    service.wait(service.submit(documented_request))
    cursor = read(after="latest").next
    assert read(after=cursor, wait=0.1).count == 0
    asked, answers = threading.Event(), []
    look = service.app.state.backend.store.feed

    def watched(*arguments, **options):
        asked.set()
        return look(*arguments, **options)

    service.app.state.backend.store.feed = watched
    thread = threading.Thread(target=lambda: answers.append(read(after="latest", wait=30)))
    thread.start()
    assert asked.wait(20)
    job = service.submit(documented_request)
    thread.join(30)
    assert [str(event.job_id) for event in answers[0].data[:1]] == [job]
    assert answers[0].data[0].cursor == cursor + 1


def test_a_waiting_client_sees_only_its_types(service, documented_request, read):
    thread_answers = []
    thread = threading.Thread(target=lambda: thread_answers.append(read(type="cleaned_up", wait=30)))
    thread.start()
    job = service.submit(documented_request)
    service.wait(job)
    service.http.post("/profiler/clean_up", json={"profile_job_id": job}).raise_for_status()
    thread.join(30)
    assert [event.kind.value for event in thread_answers[0].data] == ["cleaned_up"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"after": "yesterday"}, "after"),
        ({"after": "-2"}, "after"),
        ({"after": "1" * 19}, "after"),
        ({"type": "weather"}, "type"),
        ({"type": "state,weather"}, "type"),
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"wait": "31"}, "wait"),
        ({"types": "state"}, "types"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_with_its_field(standing, params, field):
    answer = standing.http.get("/profiler/events", params=params)
    assert answer.status_code == 422
    assert field in answer.json()["detail"][0]["loc"]
