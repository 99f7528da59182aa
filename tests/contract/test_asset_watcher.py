"""Assets are watched at our service as it runs: its own jobs and feed, over loopback, while both sides come and go."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.hooks.patience import Patience
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.triggers.profile_events import ProfileEventTrigger
from tests.asset_watching import Supervisor, made, until, watching

pytestmark = pytest.mark.usefixtures("impatient")
ON = "light"  # the quickest jobs there are


class Service:
    """Ours, with its engine, at an address that stays while it is away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "data" / "sales").mkdir(parents=True)
        (folder / "data" / "sales" / "a.csv").write_text("city,amount\nVolos,2\n", encoding="utf-8")
        self.home, self.port = "home", 0
        self.start()

    def start(self) -> None:
        from airflow_provider_profiler.service.app import create_app
        from airflow_provider_profiler.service.listening import ThreadedServer

        self.app = create_app(Settings(home=self.folder / self.home, data_root=str(self.folder / "data")))
        self.server = ThreadedServer(self.app, port=self.port)
        self.server.start()
        self.base_url = self.server.base_url
        self.port = int(self.base_url.rpartition(":")[2])

    def stop(self) -> None:
        self.server.stop()

    async def profile(self) -> str:
        """A job, submitted and left to itself."""

        def submit() -> str:
            with ProfilerHook() as hook:
                return str(hook.trigger_profile(hook.specify("sales"), only_light_profile=True).job_id)

        return await asyncio.to_thread(submit)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("watched"))
    yield service
    service.stop()


@pytest.fixture
def service(running: Service, connect: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Service:
    quick = Patience(failures=4, first_wait=0.001, longest_wait=0.05, longest_retry_after=0.05)
    monkeypatch.setattr(ProfileEventTrigger, "patience", quick)
    connect(running.base_url)
    return running


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    kept = Supervisor()
    monkeypatch.setattr("airflow.sdk.execution_time.task_runner.SUPERVISOR_COMMS", kept, raising=False)
    return kept


def test_each_job_fires_once_whatever_happens_to_triggerers(service: Service, supervisor: Supervisor) -> None:
    async def test() -> None:
        async with watching("sales", on=ON) as event:
            await until(supervisor.cursors)
            first = await service.profile()
            assert (await event())["job_id"] == first
        missed = {await service.profile(), await service.profile()}  # they may end in any order
        killed = made(("sales",), {"on": ON}).run()
        # It neither goes on nor cleans up: the event is out, and nobody asks for the next.
        fired = (await anext(killed)).payload["job_id"]
        async with watching("sales", on=ON) as event:
            assert {fired, (await event())["job_id"]} == missed
            last = await service.profile()
            assert (await event())["job_id"] == last

    asyncio.run(test())


def test_a_triggerer_that_was_given_up_and_goes_on_hands_nothing_over_again(
    service: Service, supervisor: Supervisor
) -> None:
    """Another one has its trigger by then, and was quicker."""
    fired: dict[str, list[str]] = {"slow": [], "quick": []}
    goes_on = asyncio.Event()
    slow, quick = made(("sales",), {"on": ON}), made(("sales",), {"on": ON})
    payload = slow._payload

    async def late(*given: Any) -> dict[str, Any]:
        await goes_on.wait()
        return await payload(*given)

    slow._payload = late  # type: ignore[method-assign]

    async def watch(name: str, trigger: ProfileEventTrigger) -> None:
        async with aclosing(trigger.run()) as events:  # type: ignore[type-var]
            async for event in events:
                fired[name].append(event.payload["job_id"])

    async def test() -> None:
        async with watching("sales", on=ON):
            await until(supervisor.cursors)  # where both begin
        tasks = [asyncio.ensure_future(watch("slow", slow)), asyncio.ensure_future(watch("quick", quick))]
        jobs = [await service.profile() for _ in range(3)]
        await until(lambda: len(fired["quick"]) == len(jobs))
        goes_on.set()
        tasks[1].cancel()
        await asyncio.gather(tasks[1], return_exceptions=True)
        last = await service.profile()
        await until(lambda: last in fired["slow"])
        tasks[0].cancel()
        await asyncio.gather(tasks[0], return_exceptions=True)
        assert sorted(fired["quick"]) == sorted(jobs)
        assert fired["slow"] == [last]

    asyncio.run(test())


def test_an_outage_and_a_store_made_anew_are_outlived(
    service: Service, supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    async def test() -> None:
        async with watching("sales", on=ON) as event:
            await until(supervisor.cursors)
            before = await service.profile()
            told = await event()
            assert told["job_id"] == before
            await asyncio.to_thread(service.stop)
            await until(lambda: "cannot be reached" in capsys.readouterr().out)
            await asyncio.to_thread(service.start)
            after = await service.profile()
            assert (await event())["job_id"] == after, "and nothing of before the outage"
            await asyncio.to_thread(service.stop)
            service.home = "home-made-anew"
            await asyncio.to_thread(service.start)
            # Numbered from the beginning again, behind what is kept.
            await until(lambda: "its store was made anew" in capsys.readouterr().out)
            anew = await service.profile()
            again = await event()
            assert (again["job_id"], again["cursor"] < told["cursor"]) == (anew, True)
            assert supervisor.cursors() == {"sales": again["cursor"]}

    asyncio.run(test())


def test_a_cursor_that_has_expired_loses_what_is_gone_and_no_more(
    service: Service, supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    store: Any = service.app.state.backend.store

    async def test() -> None:
        async with watching("sales", on=ON) as event:
            await until(supervisor.cursors)
            await service.profile()
            await event()
        kept = supervisor.cursors()["sales"]
        gone = await service.profile()
        with ProfilerHook() as hook:
            await until(lambda: hook.job_detail(gone).terminal)
        store.trim_feed(datetime.now(UTC) + timedelta(days=1))
        async with watching("sales", on=ON) as event:
            job_id = await service.profile()
            assert (await event())["job_id"] == job_id
        assert f"has not kept all of its events after {kept}" in capsys.readouterr().out

    asyncio.run(test())
