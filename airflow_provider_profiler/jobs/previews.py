"""Previews of the tables of revisions, made in processes apart and a few at a time."""

import logging
import signal
from importlib.util import find_spec
from pathlib import Path

from airflow_provider_profiler.config.child_environment import environment_without_settings
from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract import errors
from airflow_provider_profiler.contract.errors import InvalidRequest, ServiceUnavailable, TableNotFound
from airflow_provider_profiler.contract.preview import DataPreview
from airflow_provider_profiler.jobs.admission import admit
from airflow_provider_profiler.jobs.databases import database_accesses
from airflow_provider_profiler.jobs.store import JobRecord
from airflow_provider_profiler.profiling.isolation.apart import ProcessesApart, ProcessLost, ProcessStopped
from airflow_provider_profiler.profiling.previewing.wish import Whereabouts, Wish, packed

log = logging.getLogger(__name__)

#: Seconds that one may take: somebody waits for it.
SECONDS = 30
#: Previews that are made at a time, each in a process of its own.
AT_A_TIME = 2
_ERRORS = {
    kind.__name__: kind
    for kind in (
        errors.InvalidRequest,
        errors.TableNotFound,
        errors.ConnectionFailed,
        errors.CredentialsMissing,
        errors.ServiceUnavailable,
    )
}


class PreviewFailed(Exception):
    """Looking into a table failed by a fault of ours; the text says where."""


class Previews:
    """Makes previews; ended with the service."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.processes = ProcessesApart(
            "airflow_provider_profiler.profiling.previewing.child", environment_without_settings, nested=True
        )

    def of(self, record: JobRecord, profile: Path, wish: Wish) -> DataPreview:
        """The first rows of a table of a revision as they are now.

        :param profile: its ``profile.json``.
        :raises TableNotFound: when there is no such table, or not any more.
        :raises InvalidRequest: when the wish does not fit the table, or looking into it takes more time or memory than
            there is for it.
        :raises DatasetNotFound: when the dataset is not there any more.
        :raises ConnectionFailed: when its database cannot be reached.
        :raises ServiceUnavailable: when the engine is not installed here, or the service stops.
        """
        specification = record.request.profile_specification
        whereabouts = Whereabouts(
            specification=specification,
            options=record.request.options,
            datasets=admit(record.request, self._settings),
            databases=database_accesses(specification, self._settings),
        )
        request = {"wish": packed(wish, whereabouts), "seconds": SECONDS}
        try:
            file = profile.open("rb")
        except FileNotFoundError:
            raise TableNotFound(
                f"The profile of job {record.job_id} is not there any more: its revision was removed."
            ) from None
        with file:
            try:
                answer = self.processes.ask(request, file.fileno())
            except ProcessLost as lost:
                raise _lost(lost.code) from None
            except ProcessStopped:
                raise ServiceUnavailable("The service is being stopped. Ask again when it is back.") from None
        for failure in answer.get("failures", ()):
            log.error("Looking into a table of job %s: %s", record.job_id, failure)
        if "errors" in answer:
            raise next((_ERRORS[name] for name in answer["errors"] if name in _ERRORS), PreviewFailed)(
                answer["message"]
            )
        return DataPreview(
            dataset_id=record.dataset_id, revision=record.revision, job_id=record.job_id, **answer["preview"]
        )

    def close(self) -> None:
        """End the processes, those too that make previews: nobody will be there to take them."""
        self.processes.stop_all()


def _lost(code: int) -> Exception:
    if code == -signal.SIGALRM:
        return InvalidRequest(
            f"Looking into the table takes longer than the {SECONDS} seconds that there are for it. Look at the "
            "examples in the profile, or profile with the option output.parquet_mirror and download the mirror."
        )
    if code in (-signal.SIGKILL, -signal.SIGABRT):
        return InvalidRequest("Looking into the table takes more memory than there is for it.")
    if find_spec("pyarrow") is None:
        return ServiceUnavailable(
            "Tables cannot be looked into from here: the engine is not installed: "
            "pip install 'airflow-provider-profiler[embedded]'."
        )
    if code < 0:
        return InvalidRequest(
            f"The reader of the file crashed over it ({signal.Signals(-code).name}); it may be damaged."
        )
    return PreviewFailed(f"the process that looks into a table ended with code {code}")
