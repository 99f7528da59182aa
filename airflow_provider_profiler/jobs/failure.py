"""From an exception to the reason that people read: never a traceback, never the text of a foreign exception."""

from airflow_provider_profiler.contract.errors import (
    ConnectionFailed,
    CredentialsMissing,
    DatasetNotFound,
    FileFailed,
    PathOutsideRoot,
    ProfilerError,
    WorkLost,
)
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.jobs.control import JobControl, StopCause
from airflow_provider_profiler.jobs.store import JobRecord

_CODES: dict[type[ProfilerError], ReasonCode] = {
    DatasetNotFound: ReasonCode.DATASET_NOT_FOUND,
    PathOutsideRoot: ReasonCode.PATH_OUTSIDE_ROOT,
    FileFailed: ReasonCode.FILE_FAILED,
    CredentialsMissing: ReasonCode.CREDENTIALS_MISSING,
    ConnectionFailed: ReasonCode.CONNECTION_FAILED,
    WorkLost: ReasonCode.LOST,
}
ABORTED = Reason(code=ReasonCode.ABORTED, message="The job was aborted on request.")


def reason_of(error: Exception, record: JobRecord) -> Reason:
    """The reason of a job that an exception ended.

    Our own errors are written for people. Any other may quote a cell or a credential, so only its type is named,
    or for the operating system's errors what the system calls them.
    """
    for kind_of_error, code in _CODES.items():
        if isinstance(error, kind_of_error):
            return Reason(code=code, message=str(error))
    if isinstance(error, ProfilerError):
        return Reason(code=ReasonCode.INTERNAL, message=str(error))
    kind = type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        kind = f"{kind}: {error.strerror}"
    message = (
        f"Profiling dataset {record.dataset_id} ended with an unexpected error ({kind}). "
        f"The job's log has its steps until then (GET /profiler/jobs/{record.job_id}/log), and the log of the process "
        "that ran it the whole error under the job's id: the service's, on Ray the supervisor's."
    )
    return Reason(code=ReasonCode.INTERNAL, message=message)


def reason_of_stop(control: JobControl, record: JobRecord) -> Reason:
    """The reason of a job that was told to stop and nobody may go on with."""
    if control.reason is not None:
        return control.reason
    if control.cause is StopCause.DEADLINE:
        seconds = record.request.options.execution.deadline_seconds
        message = (
            f"The job was given up: it was not done within its deadline of {seconds:g} seconds. "
            "Raise options.execution.deadline_seconds, or leave it out."
        )
        return Reason(code=ReasonCode.DEADLINE, message=message)
    if control.cause is StopCause.SHUTDOWN:
        return Reason(
            code=ReasonCode.ABORTED, message="The process that ran the job was told to end before it was done."
        )
    return ABORTED
