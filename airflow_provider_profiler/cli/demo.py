"""The demo behind ``make demo``: the shortest useful DAG in a real Airflow, and what it found.

It watches the job store while Airflow runs, so that every state is told as it passes, whatever Airflow logs.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO, Annotated
from uuid import UUID

import typer

from airflow_provider_profiler.config.settings import Settings, load_settings
from airflow_provider_profiler.contract.errors import InvalidRequest, ServiceUnavailable
from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.contract.model import canonical_json
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore
from airflow_provider_profiler.jobs.store import JobRecord, JobStore
from airflow_provider_profiler.render.summary import summary_text
from airflow_provider_profiler.storage.local_results import LocalResultStore
from airflow_provider_profiler.storage.results import MOMA_HEAVY, MOMA_LIGHT, PROFILE, cdd_name

DAG_ID = "profile_dataset"
SAMPLE = Path("sample_data") / "island_ferries"
#: Seconds between two looks at the job store; a person does not notice, and the events miss nothing.
LOOK_INTERVAL = 0.1
#: Lines of Airflow's log that are shown when the demo fails.
LOG_TAIL = 25


def demo(
    data: Annotated[Path | None, typer.Argument(help="The folder to profile; the sample otherwise.")] = None,
    dags: Annotated[Path, typer.Option(help="The folder of the example DAGs.")] = Path("dags"),
    work: Annotated[Path, typer.Option(help="Where Airflow and the results live.")] = Path(".demo"),
) -> None:
    """Run the example DAG profile_dataset in a real Airflow, embedded, and show what was found."""
    folder = (data or dags / SAMPLE).resolve()
    if not folder.is_dir():
        raise InvalidRequest(f"{data} is not a folder; give the folder of a dataset: make demo DATA=folder")
    airflow_home, profiler_home = (work / "airflow").absolute(), (work / "profiler").absolute()
    shutil.rmtree(airflow_home, ignore_errors=True)
    airflow_home.mkdir(parents=True)
    environment = private_environment(airflow_home, profiler_home, dags.absolute())
    settings = load_settings(home=profiler_home, cdd_path=None)
    store = SqliteJobStore(settings.store_file)
    log = airflow_home / "demo.log"
    try:
        typer.echo(f"Profiling {folder}")
        typer.echo("Preparing a private Airflow ...")
        with log.open("wb") as output:
            airflow("db", "migrate", environment=environment, output=output).wait()
            typer.echo(f"Running the DAG {DAG_ID} ...")
            known = {job.job_id for job in store.list_jobs(limit=1)}
            conf = canonical_json({"data": str(folder)}).decode()
            run = airflow("dags", "test", DAG_ID, "--conf", conf, environment=environment, output=output)
            try:
                job = watch(run, store, known)
            finally:
                if run.poll() is None:
                    run.terminate()
                    run.wait()
        conclude(job, run.returncode, settings, log)
    finally:
        store.close()


def private_environment(airflow_home: Path, profiler_home: Path, dags: Path) -> dict[str, str]:
    """The environment of an Airflow that shares nothing with one that the user may have."""
    foreign = (
        "AIRFLOW",
        "PROFILER_",
        "RAY_ADDRESS",
        "DATA_ROOT_PATH",
        "MOUNT_POINT",
        "CDD_PROFILE_PATH",
        "ENABLE_AUTH",
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    binaries = str(Path(sys.executable).parent)
    return environment | {
        "PATH": os.pathsep.join((binaries, environment.get("PATH", ""))),
        "AIRFLOW_HOME": str(airflow_home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "PROFILER_HOME": str(profiler_home),
    }


def airflow(*command: str, environment: dict[str, str], output: IO[bytes]) -> "subprocess.Popen[bytes]":
    """Start an ``airflow`` command with all its output in the log."""
    program = Path(sys.executable).parent / "airflow"
    return subprocess.Popen(  # noqa: S603
        [str(program), *command], env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
    )


def watch(run: "subprocess.Popen[bytes]", store: JobStore, known: set[UUID]) -> JobRecord | None:
    """Tell each state of the run's job as it passes, until the run ends.

    :param known: ids of jobs that were there before.
    :return: the job as it was left, None where the run submitted none.
    """
    job: JobRecord | None = None
    told = 0
    ended = False
    while True:
        newest = store.list_jobs(limit=1)
        if newest and newest[0].job_id not in known:
            job = newest[0]
            for event in store.events(job.job_id, after=told):
                told = event.sequence
                if event.kind is EventKind.STATE:
                    typer.echo(f"  {event.at:%H:%M:%S}  {event.data['state']}")
        if ended:
            return job
        try:
            run.wait(LOOK_INTERVAL)
            ended = True  # one more look: events may have come since the last
        except subprocess.TimeoutExpired:
            pass


def conclude(job: JobRecord | None, code: int, settings: Settings, log: Path) -> None:
    """Show what was found and where it lies, or why there is nothing to show."""
    if job is None or code != 0 or job.state is JobState.FAILED:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        typer.echo("\n".join(lines[-LOG_TAIL:]), err=True)
        why = f": {job.reason.message}" if job and job.reason else ""
        raise ServiceUnavailable(f"The DAG run failed{why} (the whole log: {log})")
    results = LocalResultStore(settings.results_folder, settings.cdd_folder, settings.home / "scratch")
    document = results.read(job.dataset_id, job.revision, PROFILE)
    if document is None:
        raise ServiceUnavailable(f"The job ended, but its profile is not under {settings.results_folder}.")
    typer.echo("")
    typer.echo(summary_text(DatasetProfile.from_document(document)))
    typer.echo("Files written:")
    for name in (PROFILE, MOMA_LIGHT, MOMA_HEAVY, cdd_name(job.dataset_id)):
        typer.echo(f"  {results.path_of(job.dataset_id, job.revision, name)}")
    typer.echo(f"  {results.cdd_path_of(job.dataset_id)}  (the path in XCom)")
