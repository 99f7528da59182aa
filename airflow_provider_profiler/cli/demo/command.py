"""``dataset-profiler demo``: the nightly DAG against a service on Ray, or the shortest DAG, embedded."""

import signal
import time
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from airflow_provider_profiler.cli.demo.outcome import refuse_failure, show
from airflow_provider_profiler.cli.demo.private_airflow import (
    StandaloneAirflow,
    airflow_environment,
    binary,
    fresh_home,
)
from airflow_provider_profiler.cli.demo.private_service import PrivateService
from airflow_provider_profiler.cli.demo.session_process import SessionProcess
from airflow_provider_profiler.cli.demo.watching import JobsWatch
from airflow_provider_profiler.config.settings import Settings, load_settings
from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.model import canonical_json
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore

EMBEDDED_DAG = "profile_dataset"
NIGHTLY_DAG = "nightly_profiling"
SAMPLE = Path("sample_data") / "island_ferries"
#: Seconds between two looks; a person does not notice, and the events miss nothing.
LOOK_INTERVAL = 0.2


def demo(
    data: Annotated[Path | None, typer.Argument(help="The folder to profile; the sample otherwise.")] = None,
    dags: Annotated[Path, typer.Option(help="The folder of the example DAGs.")] = Path("dags"),
    work: Annotated[Path, typer.Option(help="Where Airflow and the results live.")] = Path(".demo"),
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Without a service: the shortest DAG, all in one task.")
    ] = False,
) -> None:
    """Run an example DAG in a private Airflow and show what was found."""
    folder = (data or dags / SAMPLE).resolve()
    if not folder.is_dir():
        raise InvalidRequest(f"{data} is not a folder; give the folder of a dataset: make demo DATA=folder")
    # Whoever ends the demo, what it started must not outlive it. A shell that runs it in the background has SIGINT
    # ignored, and so would have all that it starts: Airflow could then not be stopped in good order.
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings = load_settings(home=(work / "profiler").absolute(), cdd_path=None, ray_address=None, redis_host=None)
    home = fresh_home((work / "airflow").absolute())
    store = SqliteJobStore(settings.store_file)
    try:
        typer.echo(f"Profiling {folder}")
        watch = JobsWatch(store)
        if embedded:
            _run_embedded(folder, home, dags.absolute(), settings, watch)
        else:
            _run_nightly(folder, home, dags.absolute(), settings, watch)
    finally:
        store.close()


def _run_embedded(folder: Path, home: Path, dags: Path, settings: Settings, watch: JobsWatch) -> None:
    environment = airflow_environment(home, dags) | {"PROFILER_HOME": str(settings.home)}
    log = home / "airflow.log"
    conf = canonical_json({"data": str(folder)}).decode()
    typer.echo("Preparing a private Airflow ...")
    for command in (("db", "migrate"), ("dags", "test", EMBEDDED_DAG, "--conf", conf)):
        if command[0] == "dags":
            typer.echo(f"Running the DAG {EMBEDDED_DAG} ...")
        run = SessionProcess([binary("airflow"), *command], environment, log, signal.SIGTERM)
        try:
            run.start()
            while run.running:
                watch.look()
                time.sleep(LOOK_INTERVAL)
        finally:
            run.stop()
    jobs = watch.look()
    refuse_failure(jobs, succeeded=run.exit_code == 0, logs=(log,))
    show(jobs[-1], settings)


def _run_nightly(folder: Path, home: Path, dags: Path, settings: Settings, watch: JobsWatch) -> None:
    typer.echo("Starting the profiling service on Ray ...")
    with PrivateService(settings.home, folder.parent, home / "service.log") as service:
        typer.echo("Starting Airflow with scheduler and triggerer ...")
        connection = {"AIRFLOW_CONN_PROFILER_DEFAULT": service.connection()}
        with StandaloneAirflow(home, dags, connection) as airflow:
            typer.echo(f"Running the DAG {NIGHTLY_DAG} ...")
            run_id = airflow.trigger(NIGHTLY_DAG, {"datasets": [folder.name]})
            while (state := airflow.state(NIGHTLY_DAG, run_id)) not in ("success", "failed"):
                watch.look()
                time.sleep(LOOK_INTERVAL)
            jobs = watch.look()
            if state == "failed":
                typer.echo(f"Failed tasks: {', '.join(airflow.failed_tasks(NIGHTLY_DAG, run_id))}", err=True)
            typer.echo("Stopping Airflow, the service and Ray ...")
    refuse_failure(jobs, succeeded=state == "success", logs=(airflow.log, service.log))
    for job in jobs:
        show(job, settings)


def _interrupt(_: int, __: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
