"""The trigger of asset watchers: each event once, whatever happens to the triggerer and to the service."""

import asyncio
import datetime
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from airflow.sdk.exceptions import AirflowRuntimeError
from airflow.triggers.shared_stream import SharedStreamManager

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.triggers.profile_events import ProfileEventTrigger
from tests.asset_watching import Supervisor, made, until, watching

SALES, STOCK = str(dataset_uuid("sales")), str(dataset_uuid("stock"))
LIGHT, HEAVY, FAILED = "LIGHT_PROFILE_READY", "HEAVY_PROFILES_READY", "FAILED"


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    kept = Supervisor()
    monkeypatch.setattr("airflow.sdk.execution_time.task_runner.SUPERVISOR_COMMS", kept, raising=False)
    return kept


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def test_it_begins_now_and_fires_with_the_facts(service_in_hand: Any, submit: Any, supervisor: Supervisor) -> None:
    before = submit()
    service_in_hand.move(before, LIGHT)
    service_in_hand.move(before, HEAVY)

    async def test() -> None:
        async with watching("sales") as event:
            await until(supervisor.cursors)
            job_id = await asyncio.to_thread(submit)
            service_in_hand.move(job_id, LIGHT)
            service_in_hand.move(job_id, HEAVY)
            told = await event()
            assert supervisor.cursors() == {"sales": told["cursor"]}, "kept before it is handed over"
            assert datetime.datetime.fromisoformat(told["at"]).tzinfo
            record = service_in_hand.store.get(UUID(job_id))
            assert {name: told[name] for name in ("job_id", "dataset_id", "revision", "outcome", "reason")} == {
                "job_id": job_id,
                "dataset_id": SALES,
                "revision": record.revision,
                "outcome": "heavy",
                "reason": None,
            }
            assert set(told) >= {"rows", "columns", "schema_hash", "cdd_path", "bytes"}

    run(test())


def test_it_begins_at_the_beginning_where_that_is_asked_for(
    service_in_hand: Any, submit: Any, supervisor: Supervisor
) -> None:
    job_id = submit("stock")
    service_in_hand.move(job_id, FAILED)

    async def test() -> None:
        async with watching("a", dataset_id="stock", on="failed", start="beginning") as event:
            while (await event())["job_id"] != job_id:
                pass

    run(test())


def test_a_restart_fires_nothing_twice_and_makes_up_for_what_happened(
    service_in_hand: Any, submit: Any, supervisor: Supervisor
) -> None:
    async def test() -> None:
        async with watching("sales") as event:
            await until(supervisor.cursors)
            first = await asyncio.to_thread(submit)
            service_in_hand.move(first, HEAVY)
            assert (await event())["job_id"] == first
        missed = [await asyncio.to_thread(submit) for _ in range(3)]
        for job_id in missed:
            service_in_hand.move(job_id, HEAVY)
        async with watching("sales") as event:
            assert [(await event())["job_id"] for _ in missed] == missed
            last = await asyncio.to_thread(submit)
            service_in_hand.move(last, HEAVY)
            assert (await event())["job_id"] == last

    run(test())


def test_a_triggerer_that_dies_with_an_event_in_its_hands_does_not_fire_it_again(
    service_in_hand: Any, submit: Any, supervisor: Supervisor
) -> None:
    async def test() -> None:
        async with watching("sales"):
            await until(supervisor.cursors)
        jobs = [submit(), submit()]
        for job_id in jobs:
            service_in_hand.move(job_id, HEAVY)
        fired = [(await anext(aiter(made(("sales",), {}).run()))).payload["job_id"] for _ in jobs]
        assert fired == jobs

    run(test())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"dataset_id": "sales", "on": "light"}, [("sales", "light")]),
        ({"dataset_id": SALES.upper(), "on": ["heavy", "light"]}, [("sales", "light"), ("sales", "heavy")]),
        ({"on": "failed"}, [("stock", "failed")]),
        ({"on": "failed, heavy"}, [("sales", "heavy"), ("stock", "failed")]),
    ],
)
def test_what_is_watched(
    service_in_hand: Any, submit: Any, supervisor: Supervisor, fields: Any, expected: list[tuple[str, str]]
) -> None:
    supervisor.knows("a", service_in_hand.store.feed_end(), **fields)
    jobs = {"sales": submit("sales"), "stock": submit("stock")}
    service_in_hand.move(jobs["sales"], LIGHT)
    service_in_hand.move(jobs["sales"], HEAVY)
    service_in_hand.move(jobs["stock"], FAILED)

    async def test() -> None:
        async with watching("a", **fields) as event:
            told = [await event() for _ in expected]
            assert [(item["job_id"], item["outcome"]) for item in told] == [(jobs[name], on) for name, on in expected]
            assert [item["reason"] for item in told] == [
                "all_failed" if outcome == "failed" else None for _, outcome in expected
            ]

    run(test())


def test_assets_that_share_a_watcher_keep_one_position(
    service_in_hand: Any, submit: Any, supervisor: Supervisor
) -> None:
    async def test() -> None:
        async with watching("a") as event:
            await until(supervisor.cursors)
            job_id = await asyncio.to_thread(submit)
            service_in_hand.move(job_id, HEAVY)
            await event()
        async with watching("a", "b") as event:
            job_id = await asyncio.to_thread(submit)
            service_in_hand.move(job_id, HEAVY)
            told = await event()
            assert told["job_id"] == job_id, "b is new, and still nothing fires again"
            assert supervisor.cursors() == {"a": told["cursor"], "b": told["cursor"]}

    run(test())


def test_watchers_of_one_asset_that_differ_keep_positions_of_their_own() -> None:
    keys = {
        ProfileEventTrigger(**fields).watermark_key
        for fields in ({}, {"on": "light"}, {"dataset_id": "sales"}, {"profiler_conn_id": "other"})
    }
    assert len(keys) == 4
    same = {
        ProfileEventTrigger(dataset_id="sales", on=on, start=start).watermark_key
        for on, start in (("light,heavy", "now"), (["heavy", "light"], "beginning"))
    }
    assert len(same) == 1


def test_nothing_is_handed_over_that_cannot_be_kept(service_in_hand: Any, submit: Any, supervisor: Supervisor) -> None:
    async def test() -> None:
        with pytest.raises(AirflowRuntimeError):
            async with watching("a") as event:
                await until(supervisor.cursors)
                supervisor.refuses.add("a")
                job_id = await asyncio.to_thread(submit)
                service_in_hand.move(job_id, HEAVY)
                await event()
        supervisor.refuses.clear()
        async with watching("a") as event:
            assert (await event())["job_id"] == job_id

    run(test())


def test_an_asset_that_no_dag_uses_any_more_ends_nothing(
    service_in_hand: Any, submit: Any, supervisor: Supervisor
) -> None:
    supervisor.refuses.add("gone")

    async def test() -> None:
        async with watching("gone", "a") as event:
            await until(supervisor.cursors)
            job_id = await asyncio.to_thread(submit)
            service_in_hand.move(job_id, HEAVY)
            told = await event()
            assert (told["job_id"], supervisor.cursors()) == (job_id, {"a": told["cursor"]})

    run(test())


def test_a_store_made_anew_is_followed_from_its_end(
    service_in_hand: Any, submit: Any, supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    service_in_hand.move(submit(), HEAVY)
    supervisor.knows("a", 10_000)

    async def test() -> None:
        async with watching("a") as event:
            await until(lambda: "made anew" in capsys.readouterr().out)  # what comes from here on is behind its end
            job_id = await asyncio.to_thread(submit)
            service_in_hand.move(job_id, HEAVY)
            told = await event()
            assert told["cursor"] < 10_000
            assert supervisor.cursors() == {"a": told["cursor"]}

    run(test())


def test_what_the_service_no_longer_keeps_is_told(
    service_in_hand: Any, submit: Any, supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    service_in_hand.move(submit(), HEAVY)
    service_in_hand.store.trim_feed(datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1))
    supervisor.knows("a", 1)
    kept = submit()
    service_in_hand.move(kept, HEAVY)

    async def test() -> None:
        async with watching("a") as event:
            assert (await event())["job_id"] == kept

    run(test())
    assert "has not kept all of its events after 1" in capsys.readouterr().out


def test_no_trouble_of_the_service_ends_it(
    documented_service: Callable[..., Any], connect: Callable[..., str], documented: ModuleType, supervisor: Supervisor
) -> None:
    service = documented_service()
    connect(service.base_url)
    job_id = "11111111-1111-1111-1111-111111111111"
    told = {
        "cursor": 6,
        "job_id": job_id,
        "dataset_id": SALES,
        "revision": 3,
        "sequence": 4,
        "at": "2026-01-01T00:00:00Z",
        "kind": "state",
        "data": {"state": HEAVY},
    }
    nothing = documented.Canned(200, {"data": [], "count": 0, "next": 5})
    troubles = [
        documented.Canned(503, {"detail": "later"}),
        documented.Canned(401, {"detail": "expired"}),
        documented.Canned(404, {"detail": "Not Found"}),
        documented.Canned(200, raw=b"<html>"),
        documented.Canned(429, {}, {"Retry-After": "1000"}),
    ]
    # Where it begins; all there is; where what happens begins; what happens.
    service.canned = [
        *troubles,
        nothing,
        *troubles,
        nothing,
        nothing,
        *troubles,
        documented.Canned(200, {"data": [told], "count": 1, "next": 6}),
    ]

    async def test() -> None:
        async with watching("a") as event:
            found = await event()
            assert (found["job_id"], found["revision"], found["rows"]) == (job_id, 3, None)
            assert supervisor.cursors() == {"a": 6}

    run(test())


def test_watchers_of_one_connection_share_one_stream(
    service_in_hand: Any, submit: Any, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []
    original = ProfileEventTrigger.open_shared_stream.__func__  # type: ignore[attr-defined]

    def counted(cls: Any, kwargs: Any) -> Any:
        opened.append(kwargs)
        return original(cls, kwargs)

    monkeypatch.setattr(ProfileEventTrigger, "open_shared_stream", classmethod(counted))
    before = service_in_hand.store.feed_end()
    old = submit("stock")
    service_in_hand.move(old, HEAVY)
    supervisor.knows("asset2", before)
    supervisor.knows("asset3", before, dataset_id="stock")

    async def test() -> None:
        streams = SharedStreamManager(log=None)  # type: ignore[arg-type]
        seen: dict[int, list[str]] = {1: [], 2: [], 3: []}

        async def watch(number: int, fields: Any) -> None:
            trigger = made((f"asset{number}",), fields)
            key = trigger.shared_stream_key()
            assert key is not None
            live = streams.subscribe(trigger_id=number, trigger=trigger, key=key)
            async for event in trigger.filter_shared_stream(live):
                seen[number].append(event.payload["job_id"])

        tasks = [asyncio.ensure_future(watch(1, {"dataset_id": "sales"}))]
        tasks.append(asyncio.ensure_future(watch(2, {})))
        await until(lambda: seen[2] and "asset1" in supervisor.cursors())
        new = await asyncio.to_thread(submit)
        service_in_hand.move(new, HEAVY)
        await until(lambda: seen[1] and len(seen[2]) == 2)
        tasks.append(asyncio.ensure_future(watch(3, {"dataset_id": "stock"})))
        await until(lambda: seen[3])
        last = await asyncio.to_thread(submit, "stock")
        service_in_hand.move(last, HEAVY)
        await until(lambda: len(seen[2]) == 3 and len(seen[3]) == 2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await streams.stop_all()
        assert seen == {1: [new], 2: [old, new, last], 3: [old, last]}

    run(test())
    assert len(opened) == 1


@pytest.mark.parametrize("wrong", [{"on": "ready"}, {"on": ()}, {"on": "heavy,"}, {"on": 3}, {"start": "yesterday"}])
def test_wrong_arguments_fail_when_the_dag_is_read_and_never_a_whole_triggerer(wrong: Any) -> None:
    with pytest.raises(TypeError):
        ProfileEventTrigger(**wrong)
