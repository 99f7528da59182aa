"""The hook's promise: the same calls give the same answers over the wire, embedded, and from a service of others.

The documented part runs against all of them. What goes beyond it works with our service, however it is reached, and
degrades with a clear message where a service has the documented routes alone.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.contract.messages import CddPath
from airflow_provider_profiler.contract.states import JobState, ReportedStatus, RunnerStatus, StatusDialect, Target
from airflow_provider_profiler.hooks.cdd import cdd_path_of
from airflow_provider_profiler.hooks.errors import (
    AccessDenied,
    Conflict,
    JobGone,
    ProfileJobFailed,
    RequestRefused,
    TokenRefused,
    UnknownDataset,
    UnknownJob,
)
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.hooks.waiting import JobWatch, failure

KEY = "a shared secret of the test that is long enough"
OURS = ("wire", "wire-token", "wire-lower", "wire-object", "wire-prefix", "embedded")
OTHERS = ("documented", "lower", "object")

pytestmark = pytest.mark.usefixtures("impatient")


def token(client: str = "airflow", key: str = KEY, lifetime: int = 300) -> str:
    claims = {"client_id": client, "exp": datetime.now(UTC) + timedelta(seconds=lifetime)}
    return jwt.encode(claims, key, algorithm="HS256")


@dataclass(frozen=True)
class Way:
    """One way to reach a service; the connection is set up when a test gets it."""

    name: str
    ours: bool


@pytest.fixture
def data(tmp_path: Path) -> Path:
    sales = tmp_path / "data" / "sales"
    sales.mkdir(parents=True)
    (sales / "orders.csv").write_text("city,amount\nΑθήνα,1\nPatras,2\n", encoding="utf-8")
    broken = tmp_path / "data" / "broken"
    broken.mkdir()
    (broken / "broken.parquet").write_bytes(b"PAR1 this is no Parquet file")
    return tmp_path / "data"


@pytest.fixture
def start(
    tmp_path: Path,
    data: Path,
    connect: Callable[..., str],
    documented_service: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[str], Way]]:
    with ExitStack() as running:

        def serve(**fields: Any) -> str:
            from airflow_provider_profiler.service.app import create_app
            from airflow_provider_profiler.service.listening import ThreadedServer

            settings = Settings(home=tmp_path / "home", data_root=str(data), **fields)
            server = ThreadedServer(create_app(settings))
            server.start()
            running.callback(server.stop)
            return server.base_url

        def start(name: str) -> Way:
            match name.split("-"):
                case ["wire"]:
                    connect(serve())
                case ["wire", "token"]:
                    connect(serve(enable_auth=True, auth_key=KEY, auth_algorithms=("HS256",)), password=token())
                case ["wire", "prefix"]:
                    connect(serve(base_url="/data/profiles") + "/data/profiles")
                case ["wire", dialect]:
                    connect(serve(status_dialect=StatusDialect(dialect)))
                case ["embedded"]:
                    monkeypatch.setenv("PROFILER_HOME", str(tmp_path / "home"))
                    monkeypatch.setenv("DATA_ROOT_PATH", str(data))
                case [dialect]:
                    connect(documented_service(dialect=dialect).base_url)
            return Way(name, name in OURS)

        yield start


@pytest.fixture(params=OURS + OTHERS)
def way(request: pytest.FixtureRequest, start: Callable[[str], Way]) -> Way:
    return start(request.param)


# The dialects and the prefix have nothing to do with what lies beyond the documented routes.
@pytest.fixture(params=("wire", "wire-token", "embedded"))
def our_way(request: pytest.FixtureRequest, start: Callable[[str], Way]) -> Way:
    return start(request.param)


@pytest.fixture(params=OTHERS)
def their_way(request: pytest.FixtureRequest, start: Callable[[str], Way]) -> Way:
    return start(request.param)


@pytest.fixture
def hook() -> Iterator[ProfilerHook]:
    with ProfilerHook() as hook:
        yield hook


def submit(hook: ProfilerHook, path: str = "sales", *, light: bool = False, **fields: Any) -> str:
    return str(hook.trigger_profile(hook.specify(path), light, **fields).job_id)


def finish(hook: ProfilerHook, job_id: str, target: Target = Target.HEAVY) -> tuple[Any, list[str]]:
    lines: list[str] = []
    view = JobWatch(hook, job_id, target, poll_interval=0.02, report=lines.append).wait()
    return view, [line.rsplit(" ", 1)[-1].rstrip(".") for line in lines if " is " in line]


# -- the documented part, everywhere ------------------------------------------------------------------------------


def test_a_heavy_job_from_submission_to_clean_up(way: Way, hook: ProfilerHook) -> None:
    specification = hook.specify("sales")
    job_id = str(hook.trigger_profile(specification).job_id)
    assert UUID(job_id)
    view, states = finish(hook, job_id)
    assert failure(view, Target.HEAVY, None) is None
    assert states[-1] == "HEAVY_PROFILES_READY"
    assert states == sorted(states, key=list(JobState).index)
    assert hook.job_status(job_id) == ReportedStatus(JobState.HEAVY_PROFILES_READY)
    assert hook.runner_status(job_id) is RunnerStatus.COMPLETED
    profile = hook.profile(job_id)
    assert profile.moma_profile_light
    assert profile.moma_profile_heavy
    assert isinstance(profile.cdd_profile, CddPath)
    assert hook.cdd_profile_path(specification["id"]) == profile.cdd_profile.path
    assert profile.cdd_profile.path.endswith(f"{specification['id']}.json")
    for dataset in (specification["id"], None):
        assert cdd_path_of(hook, job_id, dataset) == profile.cdd_profile.path
    hook.clean_up(job_id)
    hook.clean_up(job_id)


def test_a_light_job_ends_light_and_has_no_cdd_file(way: Way, hook: ProfilerHook) -> None:
    job_id = submit(hook, light=True)
    view, states = finish(hook, job_id, Target.LIGHT)
    assert states[-1] == "LIGHT_PROFILE_READY"
    assert failure(view, Target.LIGHT, None) is None
    profile = hook.profile(job_id)
    assert profile.moma_profile_light
    assert profile.moma_profile_heavy == {}
    assert profile.cdd_profile == {}


def test_unknown_jobs_and_datasets(way: Way, hook: ProfilerHook) -> None:
    nobody = str(uuid4())
    for ask in (hook.job_status, hook.profile, hook.job_detail, hook.job_events, hook.abort):
        with pytest.raises(UnknownJob, match=nobody):
            ask(nobody)
    assert hook.runner_status(nobody) is RunnerStatus.UNKNOWN
    assert hook.cdd_profile_path(nobody) is None
    hook.clean_up(nobody)


def test_probes(way: Way, hook: ProfilerHook) -> None:
    assert hook.alive()
    assert hook.ready()
    assert hook.health().status == "healthy"
    assert hook.test_connection()[0]


# -- beyond it, with our service ----------------------------------------------------------------------------------


def test_every_state_is_seen_and_the_detail_tells_more(our_way: Way, hook: ProfilerHook) -> None:
    job_id = submit(hook, labels={"team": "sales"}, options={"statistics": {"top_values": 3}})
    view, states = finish(hook, job_id)
    assert states == ["SUBMITTING", "STARTING", "LIGHT_PROFILE_READY", "HEAVY_PROFILES_READY"]
    detail = view.detail
    assert detail.terminal
    assert detail.labels == {"team": "sales"}
    assert detail.options.statistics.top_values == 3
    assert (detail.summary.files, detail.summary.rows, detail.summary.columns) == (1, 2, 2)
    assert Path(detail.cdd_revision_path).is_file()
    events = hook.job_events(job_id) or ()
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert hook.job_events(job_id, after=events[-1].sequence) == ()
    assert {event.kind for event in events} >= {EventKind.STATE}


def test_a_failed_job_says_why(our_way: Way, hook: ProfilerHook) -> None:
    job_id = submit(hook, "broken")
    view, _ = finish(hook, job_id)
    problem = failure(view, Target.HEAVY, None)
    assert isinstance(problem, ProfileJobFailed)
    assert "all_failed" in str(problem)
    assert hook.runner_status(job_id) is RunnerStatus.FAILED
    assert hook.profile(job_id).moma_profile_light, "what is ready is served all the same"


def test_one_key_makes_one_job(our_way: Way, hook: ProfilerHook) -> None:
    first = submit(hook, idempotency_key="k")
    assert submit(hook, idempotency_key="k") == first
    assert submit(hook) != first
    with pytest.raises(Conflict):
        submit(hook, light=True, idempotency_key="k")


def test_a_dry_run_starts_nothing(our_way: Way, hook: ProfilerHook) -> None:
    assert hook.trigger_profile(hook.specify("sales"), dry_run=True).job_id is None


def test_an_unknown_dataset_is_refused_at_submission(our_way: Way, hook: ProfilerHook) -> None:
    with pytest.raises(UnknownDataset, match="nowhere"):
        submit(hook, "nowhere")


def test_what_was_cleaned_up_is_gone(our_way: Way, hook: ProfilerHook) -> None:
    job_id = submit(hook)
    finish(hook, job_id)
    hook.clean_up(job_id)
    with pytest.raises(JobGone):
        hook.profile(job_id)
    detail = hook.job_detail(job_id)
    assert detail is not None
    assert detail.cleaned_up


def test_abort_is_accepted(our_way: Way, hook: ProfilerHook) -> None:
    job_id = submit(hook)
    assert hook.abort(job_id)
    view, _ = finish(hook, job_id)
    assert view.detail.terminal  # aborted, or done before the word came


def test_the_services_own_checks_are_readable(our_way: Way, hook: ProfilerHook) -> None:
    specification = hook.specify("sales")
    specification["data_connectors"] = [
        {
            "type": "DatabaseConnection",
            "protocol": "postgresql",
            "engine": "PostgreSQL",
            "database_name": "d",
            "host": "db.example",
            "port": 5432,
        }
    ]
    with pytest.raises(RequestRefused, match=r"db\.example"):
        hook.trigger_profile(specification)


def test_tokens_are_refused_with_a_reason(start: Callable[[str], Way], connect: Callable[..., str]) -> None:
    import json
    import os

    start("wire-token")
    url = json.loads(os.environ["AIRFLOW_CONN_PROFILER_DEFAULT"])["host"]
    for password, kind in [
        (token(key="another secret that is long enough too"), TokenRefused),
        (token(lifetime=-300), TokenRefused),
        (None, TokenRefused),
        (token(client="somebody"), AccessDenied),
    ]:
        connect(url, password=password)
        with ProfilerHook() as hook:
            with pytest.raises(kind) as caught:
                submit(hook)
            good, message = hook.test_connection()
        assert not good
        if password:
            assert password not in str(caught.value)
            assert password not in message


# -- beyond it, with a service of others --------------------------------------------------------------------------


def test_without_more_than_the_documented_routes_one_warning_says_so(
    their_way: Way, hook: ProfilerHook, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id = submit(hook)
    assert hook.job_detail(job_id) is None
    assert hook.job_events(job_id) is None
    assert not hook.abort(job_id)
    assert capsys.readouterr().out.count("documented routes alone") == 1
    assert hook.job_url(job_id).endswith(f"/profiler/job_status/{job_id}")


def test_cleaned_up_is_told_by_the_deployed_dialects(their_way: Way, hook: ProfilerHook) -> None:
    job_id = submit(hook)
    hook.clean_up(job_id)
    assert hook.job_status(job_id).cleaned_up is (their_way.name != "documented")
