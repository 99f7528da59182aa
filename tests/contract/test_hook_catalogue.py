"""What both hooks tell beyond single jobs: lists, events, logs, revisions, files, databases."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.contract.states import JobState, Target
from airflow_provider_profiler.hooks import browsing, catalogue, catalogue_async
from airflow_provider_profiler.hooks.answers import Answer
from airflow_provider_profiler.hooks.errors import NotFound, RequestRefused, UnexpectedAnswer, UnknownJob
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook
from airflow_provider_profiler.hooks.waiting import JobWatch

pytestmark = pytest.mark.usefixtures("impatient")
DATABASE = {
    "type": "DatabaseConnection",
    "protocol": "postgresql",
    "engine": "PostgreSQL",
    "database_name": "nothing",
    "host": "127.0.0.1",
    "port": 9,
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from airflow_provider_profiler.service.app import create_app
    from airflow_provider_profiler.service.listening import ThreadedServer

    folder = tmp_path_factory.mktemp("catalogue")
    sales = folder / "data" / "sales"
    sales.mkdir(parents=True)
    (sales / "orders.csv").write_text("city,amount\nSyros,1\nPatras,2\n", encoding="utf-8")
    settings = Settings(
        home=folder / "home",
        data_root=str(folder / "data"),
        postgres_host="127.0.0.1",
        postgres_port=9,
        postgres_username="a",
    )
    server = ThreadedServer(create_app(settings))
    server.start()
    yield server.base_url
    server.stop()


class AskedInALoop:
    """The asynchronous hook, each question in a loop and over a connection of its own."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def ask(*given: Any, **fields: Any) -> Any:
            async def answer() -> Any:
                async with ProfilerAsyncHook() as hook:
                    return await getattr(hook, name)(*given, **fields)

            return asyncio.run(answer())

        return ask


@pytest.fixture(params=[ProfilerHook, AskedInALoop], ids=["blocking", "async"])
def hook(request: pytest.FixtureRequest, address: str, connect: Callable[..., str]) -> Any:
    """Either hook: whatever is asked, they answer alike."""
    connect(address)
    return request.param()


@pytest.fixture(scope="module")
def finished() -> dict[str, str]:
    """The job that the first test makes, for all of them."""
    return {}


@pytest.fixture
def job(address: str, connect: Callable[..., str], finished: dict[str, str]) -> str:
    if not finished:
        connect(address)
        with ProfilerHook() as hook:
            specification = hook.specify("sales")
            job_id = str(hook.trigger_profile(specification, labels={"team": "maths"}).job_id)
            JobWatch(hook, job_id, Target.HEAVY, poll_interval=0.02, report=lambda line: None).wait()
        finished.update(job=job_id, dataset=str(specification["id"]))
    return finished["job"]


def questions(hook: type[Any]) -> set[str]:
    """What a hook of ours can be asked, beyond what Airflow gives to every hook."""
    ours = [each for each in hook.__mro__ if each.__module__.startswith("airflow_provider_profiler.")]
    return {name for each in ours for name, value in vars(each).items() if callable(value) and name[0] != "_"}


def test_whatever_one_hook_can_be_asked_the_other_can_but_to_submit() -> None:
    submission = {"specify", "prepare", "submit", "trigger_profile"}
    of_the_connection = {"address", "get_conn", "test_connection", "alive", "ready", "health"}
    blocking, looping = questions(ProfilerHook), questions(ProfilerAsyncHook)
    assert blocking - looping == submission | of_the_connection
    assert looping - blocking == {"cdd_path_of"}, "which waits for a job with the documented routes alone"


def test_lists_of_jobs(hook: Any, job: str) -> None:
    now = datetime.now(UTC)
    fits: dict[str, Any] = {
        "states": [JobState.HEAVY_PROFILES_READY],
        "labels": {"team": "maths"},
        "created_from": now - timedelta(hours=1),
        "created_until": now + timedelta(hours=1),
        "terminal": True,
    }
    listed = hook.list_jobs(**fits)
    assert listed is not None
    assert [str(item.job_id) for item in listed.data] == [job]
    assert hook.list_jobs(states=["FAILED", JobState.STARTING]).total == 0
    with pytest.raises(RequestRefused, match="state"):
        hook.list_jobs(states=["DONE"])


def test_events_and_logs(hook: Any, job: str) -> None:
    feed = hook.events(kinds=[EventKind.STATE], limit=1000)
    assert feed is not None
    assert feed.data[-1].data["state"] == "HEAVY_PROFILES_READY"
    assert hook.events(kinds=["state"], limit=1000) == feed
    assert hook.events(after=feed.next).count == 0
    log = hook.job_log(job, level="INFO", tail=3)
    assert log is not None
    assert (log.count, log.ended) == (3, True)
    with pytest.raises(UnknownJob):
        hook.job_log("00000000-0000-0000-0000-000000000000")


def test_revisions(hook: Any, job: str, finished: dict[str, str]) -> None:
    revisions = hook.revisions(finished["dataset"])
    assert revisions is not None
    assert [str(item.job_id) for item in revisions.data] == [job]
    assert hook.revision(finished["dataset"]) == revisions.data[0]
    assert hook.revision(finished["dataset"], "successful") == hook.revision(finished["dataset"], 1)
    assert hook.revision(finished["dataset"], 7) is None


def test_downloads(hook: Any, job: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    artefacts = hook.artefacts(job, checksums=True)
    assert artefacts is not None
    assert hook.artefacts(job).count == artefacts.count
    monkeypatch.setattr(browsing, "PIECE_BYTES", 4000)
    for item in artefacts.data:
        path = tmp_path / Path(item.name).name
        assert hook.download_artefact(job, item.name, path) == item.bytes == path.stat().st_size
        assert hashlib.sha256(path.read_bytes()).hexdigest() == item.sha256
    for name in ("nothing.json", "../jobs.sqlite3"):
        with pytest.raises(NotFound, match="has no file"):
            hook.download_artefact(job, name, tmp_path / "x")


def test_rows_of_a_table(hook: Any, job: str) -> None:
    found = hook.preview(job)
    assert (found.table, found.rows, found.complete) == ("orders", (("Syros", 1), ("Patras", 2)), True)
    some = hook.preview(job, "orders", rows=1, columns=["amount", "c*"], where="amount > 1 AND city <> 'a&b=c'")
    assert ([column.name for column in some.columns], some.rows) == (["city", "amount"], (("Patras", 2),))
    with pytest.raises(NotFound, match="did you mean 'orders'"):
        hook.preview(job, "order")
    with pytest.raises(RequestRefused, match="amounts"):
        hook.preview(job, where="amounts > 1")
    assert hook.artefacts(job) is not None, "a table that is not there says nothing about the service"


def test_datasets_and_what_they_were_made_from(hook: Any, job: str, finished: dict[str, str]) -> None:
    datasets = hook.datasets(limit=1)
    assert datasets is not None
    assert [(str(item.dataset_id), item.name) for item in datasets.data] == [(finished["dataset"], "sales")]
    assert hook.datasets(offset=1).data == ()
    assert hook.job_specification(job) == ProfilerHook().specify("sales")
    one = hook.artefacts(job, checksums=True, name="profile.json")
    assert one is not None
    assert [(item.name, len(item.sha256 or "")) for item in one.data] == [("profile.json", 64)]
    with pytest.raises(UnknownJob):
        hook.job_specification("00000000-0000-0000-0000-000000000000")


def test_a_file_that_is_replaced_is_not_put_together(
    hook: Any, job: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "PIECE_BYTES", 1000)
    folder = Path(hook.job_detail(job).cdd_revision_path).parent
    before = (folder / "croissant.json").read_bytes()
    size = browsing.whole_size

    def replacing(answer: Answer, start: int) -> int:
        (folder / "new").write_bytes(before)
        (folder / "new").rename(folder / "croissant.json")
        return size(answer, start)

    for module in (catalogue, catalogue_async):
        monkeypatch.setattr(module, "whole_size", replacing)
    with pytest.raises(UnexpectedAnswer, match="was replaced"):
        hook.download_artefact(job, "croissant.json", tmp_path / "x")


def test_databases(hook: Any) -> None:
    report = hook.test_database(DATABASE)
    assert (report.success, report.reason is not None) == (False, True)
    for ask in (hook.test_database, hook.list_schemas, hook.list_tables):
        with pytest.raises(RequestRefused, match="not one that this service may connect to"):
            ask({**DATABASE, "port": 10})
        with pytest.raises(RequestRefused, match="password"):
            ask({**DATABASE, "password": "secret-secret"})


def test_a_service_that_has_the_documented_routes_alone(
    documented_service: Callable[..., Any], connect: Callable[..., str], hook: Any, tmp_path: Path
) -> None:
    connect(documented_service().base_url)
    with ProfilerHook() as submitting:
        job_id = str(submitting.trigger_profile(submitting.specify("sales")).job_id)
    assert hook.list_jobs() is None
    assert hook.events() is None
    assert hook.job_log(job_id) is None
    assert hook.artefacts(job_id) is None
    assert hook.job_specification(job_id) is None
    assert hook.datasets() is None
    assert hook.revisions(job_id) is None
    assert hook.revision(job_id) is None
    with pytest.raises(NotFound, match="has no file"):
        hook.download_artefact(job_id, "profile.json", tmp_path / "x")
    for ask in (hook.test_database, hook.list_schemas, hook.list_tables):
        with pytest.raises(NotFound):
            ask(DATABASE)


def test_questions_about_a_database_are_asked_again_as_they_change_nothing(
    documented_service: Callable[..., Any], documented: ModuleType, connect: Callable[..., str], hook: Any
) -> None:
    service = documented_service()
    connect(service.base_url)
    tables = {
        "data": [{"schema_name": "public", "name": "sales", "kind": "table", "columns": 2}],
        "count": 1,
        "total": 1,
    }
    busy = documented.Canned(503, {"detail": "later"}, {"Retry-After": "0"})
    service.canned = [busy, documented.Canned(200, tables)]
    assert [table.name for table in hook.list_tables(DATABASE, "public").data] == ["sales"]
    assert [seen.path for seen in service.requests] == ["/profiler/connections/tables?limit=10000&schema=public"] * 2
