"""Jobs with the real store, results, renderings and engine on real datasets."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.fingerprint import request_fingerprint
from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.reasons import ReasonCode
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore
from airflow_provider_profiler.jobs.store import NewJob, RunnerKind
from airflow_provider_profiler.jobs.supervisor import InlineSupervisor
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.stored_states.reading import SavedStates
from airflow_provider_profiler.storage.local_results import LocalResultStore
from airflow_provider_profiler.storage.results import MOMA_HEAVY, MOMA_LIGHT, PROFILE, STATES, cdd_name


@pytest.fixture
def profile_job(tmp_path):
    """Runs a job on a dataset under a root and returns its record and the results."""

    def run(root: Path, dataset: str, home: str = "home", **request):
        settings = Settings(home=tmp_path / home, data_root=str(root))
        store = SqliteJobStore(settings.store_file)
        results = LocalResultStore(settings.results_folder, settings.cdd_folder, settings.home / "scratch")
        supervisor = InlineSupervisor(store, results, ProfilingEngine(), settings, RunnerKind.EMBEDDED)
        body = TriggerProfileRequest.model_validate(
            {"profile_specification": ProfileSpecification.for_path(dataset), **request}
        )
        job = NewJob(
            job_id=uuid4(),
            request=body,
            fingerprint=request_fingerprint(body),
            runner=RunnerKind.EMBEDDED,
            created=datetime.now(UTC),
        )
        record = supervisor.run_one(store.submit(job).record.job_id)
        store.close()
        return record, results

    return run


def test_a_dataset_of_tables_and_documents(shared_data, profile_job):
    record, results = profile_job(shared_data, "mathe_integration_techniques")
    assert (record.state, record.reason) == (JobState.HEAVY_PROFILES_READY, None)
    summary = record.summary
    assert (summary.files, summary.profiled, summary.listed, summary.failed) == (13, 13, 0, 0)
    assert (summary.record_sets, record.progress.rows) == (3, summary.rows)
    assert [stage.name for stage in record.stages] == list(StageName)
    documents = {
        name: json.loads(results.read(record.dataset_id, record.revision, name))
        for name in (PROFILE, MOMA_LIGHT, MOMA_HEAVY, cdd_name(record.dataset_id))
    }
    assert "recordSet" not in documents[MOMA_LIGHT]
    assert len(documents[MOMA_HEAVY]["recordSet"]) == 3
    states = SavedStates.open(Path(results.path_of(record.dataset_id, record.revision, STATES)))
    assert sum(table.rows for table in states.tables) == summary.rows
    published = Path(results.cdd_path_of(record.dataset_id)).read_bytes()
    assert json.loads(published) == documents[cdd_name(record.dataset_id)]


def test_two_jobs_on_equal_input_write_equal_bytes(shared_data, profile_job, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    written = []
    for home in ("one", "two"):
        record, results = profile_job(shared_data, "mathe_integration_techniques", home)
        names = (PROFILE, MOMA_LIGHT, MOMA_HEAVY, STATES, cdd_name(record.dataset_id))
        written.append([results.read(record.dataset_id, record.revision, name) for name in names])
    assert written[0] == written[1]
    assert all(written[0])


def test_only_broken_files_fail_the_job_and_leave_the_light_profile(tmp_path, profile_job):
    folder = tmp_path / "data" / "broken"
    folder.mkdir(parents=True)
    (folder / "a.parquet").write_bytes(b"PAR1 and then nothing")
    (folder / "b.parquet").write_bytes(b"")
    record, results = profile_job(tmp_path / "data", "broken")
    assert (record.state, record.reason.code) == (JobState.FAILED, ReasonCode.ALL_FAILED)
    assert "a.parquet" in record.reason.message
    assert record.profiles_available == ("light",)
    assert json.loads(results.read(record.dataset_id, 1, MOMA_LIGHT))


def test_an_empty_folder_is_ready_with_a_warning(tmp_path, profile_job):
    (tmp_path / "data" / "empty").mkdir(parents=True)
    record, _ = profile_job(tmp_path / "data", "empty")
    assert (record.state, record.summary.files) == (JobState.HEAVY_PROFILES_READY, 0)
    assert [warning.code for warning in record.warnings] == ["empty_dataset"]
