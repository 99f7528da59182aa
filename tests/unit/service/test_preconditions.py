import sys
from contextlib import closing
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError, ServiceUnavailable
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.jobs.store import NewJob, RunnerKind
from airflow_provider_profiler.jobs.store_choice import open_store
from airflow_provider_profiler.service.app import create_app
from airflow_provider_profiler.service.listening import ThreadedServer
from airflow_provider_profiler.service.preconditions import is_loopback, start_warnings, stranded_jobs


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
    ],
)
def test_loopback(host, loopback):
    assert is_loopback(host) is loopback


def test_warnings(tmp_path):
    quiet = Settings(data_root=str(tmp_path), host=None)
    assert start_warnings(quiet) == ()
    assert "Authentication is off" in start_warnings(quiet.model_copy(update={"host": "0.0.0.0"}))[0]
    assert start_warnings(quiet.model_copy(update={"host": "0.0.0.0", "enable_auth": True})) == ()
    assert "DATA_ROOT_PATH is not set" in start_warnings(quiet.model_copy(update={"data_root": None}))[0]
    nowhere = quiet.model_copy(update={"data_root": str(tmp_path / "nowhere")})
    assert "no such folder" in start_warnings(nowhere)[0]
    assert start_warnings(nowhere.model_copy(update={"ray_address": "auto"})) == (), "the nodes may see it"
    assert start_warnings(quiet.model_copy(update={"data_root": "s3://bucket"})) == ()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"data_root": "gopher://hole/data"}, "gopher"),
        ({"data_root": "s3://bucket/data", "object_store_options": "nonsense"}, "PROFILER_OBJECT_STORE_OPTIONS"),
    ],
)
def test_a_root_that_can_hold_nothing_is_refused(settings, named, tmp_path):
    with pytest.raises(ConfigurationError, match=named):
        create_app(Settings(home=tmp_path, **settings))


@pytest.mark.parametrize(("setting", "variable"), [("home", "PROFILER_HOME"), ("cdd_path", "CDD_PROFILE_PATH")])
def test_a_folder_that_cannot_be_written_is_refused_before_any_job_runs(setting, variable, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    settings = Settings(**{"home": tmp_path / "home", setting: tmp_path / "file" / "folder"})
    with pytest.raises(ConfigurationError, match=f"set {variable} to a folder"):
        create_app(settings)
    create_app(settings.model_copy(update={"ray_address": "auto", "redis_host": "cache"}))


def test_jobs_that_no_service_of_this_kind_runs_are_told_at_the_start(tmp_path, caplog):
    settings = Settings(home=tmp_path, data_root=str(tmp_path))
    now = datetime.now(UTC)
    with closing(open_store(settings)) as store:
        job = NewJob(
            job_id=uuid4(),
            request=TriggerProfileRequest(profile_specification=ProfileSpecification.for_path("ports")),
            fingerprint="f" * 64,
            runner=RunnerKind.RAY,
            created=now,
        )
        store.submit(job)
        assert stranded_jobs(store, RunnerKind.RAY, now) is None
    server = ThreadedServer(create_app(settings))
    server.start()
    server.stop()
    (told,) = [record.getMessage() for record in caplog.records if "job store" in record.getMessage()]
    assert told.startswith(
        f"1 job waits in this job store for a service with RAY_ADDRESS, the first of them {job.job_id}"
    )
    assert "abort" in told


@pytest.mark.parametrize(
    "settings", [{"ray_address": "192.0.2.7:6379"}, {"redis_host": "anna:open-sesame@cache"}], ids=["ray", "redis"]
)
def test_a_store_that_cannot_work_is_refused(settings, tmp_path):
    with pytest.raises(ConfigurationError, match="REDIS_HOST") as refused:
        create_app(Settings(home=tmp_path, **settings))
    assert "sesame" not in str(refused.value)


def test_a_missing_engine_is_told_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "airflow_provider_profiler.profiling.engine", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'airflow-provider-profiler\[embedded\]'"):
        ThreadedServer(create_app(Settings(home=tmp_path, data_root=str(tmp_path)))).start()


def test_a_store_that_is_away_for_a_moment_keeps_no_service_from_starting(tmp_path, monkeypatch):
    def away(*given):
        raise ServiceUnavailable("Redis does not answer.")

    monkeypatch.setattr("airflow_provider_profiler.service.app.stranded_jobs", away)
    server = ThreadedServer(create_app(Settings(home=tmp_path, data_root=str(tmp_path))))
    server.start()
    server.stop()
