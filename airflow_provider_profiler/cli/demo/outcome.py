"""What the demo's jobs found and where it lies, or why there is nothing to show."""

from pathlib import Path

import typer

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.store import JobRecord
from airflow_provider_profiler.render.summary import summary_text
from airflow_provider_profiler.storage.local_results import LocalResultStore
from airflow_provider_profiler.storage.results import MOMA_HEAVY, MOMA_LIGHT, PROFILE, cdd_name

#: Lines of a log that are shown when the demo fails.
LOG_TAIL = 25


def show(job: JobRecord, settings: Settings) -> None:
    """Print the summary of a job's profile and the files that hold it.

    :raises ServiceUnavailable: when there is no profile.
    """
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


def refuse_failure(jobs: tuple[JobRecord, ...], *, succeeded: bool, logs: tuple[Path, ...]) -> None:
    """Go on only if the DAG run succeeded and brought a job.

    :param logs: files that may say more; the end of the last is printed.
    :raises ServiceUnavailable: otherwise, with the reason of the job that failed.
    """
    failed = [job for job in jobs if job.state is JobState.FAILED]
    if succeeded and jobs and not failed:
        return
    lines = logs[-1].read_text(encoding="utf-8", errors="replace").splitlines()
    typer.echo("\n".join(lines[-LOG_TAIL:]), err=True)
    reasons = "".join(f": {job.reason.message}" for job in failed if job.reason)
    where = ", ".join(str(log) for log in logs)
    raise ServiceUnavailable(f"The DAG run failed{reasons} (the whole logs: {where})")
