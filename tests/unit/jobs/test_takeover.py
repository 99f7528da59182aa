"""A process is killed in the middle of a job, and another one goes on."""

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.reasons import ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.lost import observed
from airflow_provider_profiler.jobs.store import RunnerKind
from airflow_provider_profiler.jobs.supervisor import InlineSupervisor
from airflow_provider_profiler.storage.results import MOMA_LIGHT, PROFILE

#: Runs a job with an engine that is done with light and then reads for ever.
DOOMED = """
import sys, threading
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID
from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.profile import DatasetProfile, Generator
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore
from airflow_provider_profiler.jobs.store import RunnerKind
from airflow_provider_profiler.jobs.supervisor import InlineSupervisor
from airflow_provider_profiler.storage.local_results import LocalResultStore

class Engine:
    def light(self, specification, datasets, options, *, generated_at, observer, databases=(), ledger=None):
        return SimpleNamespace(profile=DatasetProfile(
            kind=Target.LIGHT, generated_at=generated_at, generator=Generator(name="doomed", version="1"),
            specification=specification, options=options))

    def heavy(self, light, *, observer, states, mirrors, keep=None):
        print("reading", flush=True)
        threading.Event().wait()

settings = Settings(home=Path(sys.argv[1]), data_root=sys.argv[2])
store = SqliteJobStore(settings.store_file)
results = LocalResultStore(settings.results_folder, settings.cdd_folder, settings.home / "scratch")
InlineSupervisor(store, results, Engine(), settings, RunnerKind(sys.argv[4]), owner="doomed").run_one(UUID(sys.argv[3]))
"""


def run_and_kill(settings, record) -> None:
    arguments = [str(settings.home), settings.data_root, str(record.job_id), record.runner.value]
    process = subprocess.Popen([sys.executable, "-c", DOOMED, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "reading\n"
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()


def test_another_process_runs_the_job_again_once_the_lease_is_over(store, results, engine, settings, submit):
    record = submit()
    run_and_kill(settings, record)
    left = store.get(record.job_id)
    assert (left.state, left.owner, left.attempt) == (JobState.LIGHT_PROFILE_READY, "doomed", 1)
    light = DatasetProfile.from_document(results.read(record.dataset_id, 1, PROFILE))
    assert light.generator.name == "doomed"
    assert results.read(record.dataset_id, 1, MOMA_LIGHT), "what was told can be read"

    early = InlineSupervisor(store, results, engine, settings, RunnerKind.INLINE)
    assert early.run_one(record.job_id) == left, "the lease is still valid"

    late = InlineSupervisor(
        store,
        results,
        engine,
        settings,
        RunnerKind.INLINE,
        clock=lambda: datetime.now(UTC) + timedelta(seconds=settings.lease_seconds),
    )
    ended = late.run_one(record.job_id)
    assert (ended.state, ended.attempt) == (JobState.HEAVY_PROFILES_READY, 2)
    assert [warning.code for warning in ended.warnings] == ["restarted"]
    assert DatasetProfile.from_document(results.read(record.dataset_id, 1, PROFILE)).generator.name == "test"


def test_an_embedded_job_is_lost_with_its_process(store, results, settings, submit):
    record = submit(runner=RunnerKind.EMBEDDED)
    run_and_kill(settings, record)
    left = store.get(record.job_id)
    assert observed(store, left, datetime.now(UTC)) == left
    lost = observed(store, left, datetime.now(UTC) + timedelta(seconds=settings.lease_seconds))
    assert (lost.state, lost.reason.code) == (JobState.FAILED, ReasonCode.LOST)
    assert lost.profiles_available == ("light",)
