"""What can go wrong between a task and the profiling service, in words for people who write DAGs.

No message ever holds a token: none of these classes is given one.
"""

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from airflow_provider_profiler.contract.errors import (
    ConfigurationError,
    DatasetNotFound,
    InvalidRequest,
    JobCleanedUp,
    JobNotFound,
    NotAllowed,
    NotAuthenticated,
    ProfilerError,
    ServiceUnavailable,
    UnknownStatus,
)


class ProfilerHookError(ProfilerError, AirflowException):
    """The base of everything that the hook raises."""


class ConnectionNotUsable(ProfilerHookError, ConfigurationError):
    """The Airflow connection is missing, contradictory or unsafe."""


class EmbeddedNotInstalled(ProfilerHookError, ConfigurationError):
    """There is no connection, and the parts to run without one are not installed."""


class ServiceUnreachable(ProfilerHookError, ServiceUnavailable):
    """No answer: the address is wrong, the service is down, or the network is."""


class ServiceFailed(ProfilerHookError, ServiceUnavailable):
    """The service answered with an error of its own (5xx) or asked to come back later (429)."""

    retry_after: float | None = None
    """Seconds after which the service asks to come back, where it says so."""


class TokenRefused(ProfilerHookError, NotAuthenticated):
    """The service wants a token, or did not accept the one it got (401)."""


class TokenNotIssued(TokenRefused):
    """The token endpoint of the connection gave no token: the client, its secret or its scope is not accepted."""


class TokenEndpointUnavailable(ServiceUnreachable):
    """The token endpoint of the connection does not answer, or cannot give a token at the moment."""


class AccessDenied(ProfilerHookError, NotAllowed):
    """The token is genuine, but its client may not use the service (403)."""


class UnknownJob(ProfilerHookError, JobNotFound):
    """The service knows no such job (404)."""


class NotFound(ProfilerHookError):
    """The service knows no such thing (404), for example no dataset at the path of a submission."""


class JobGone(ProfilerHookError, JobCleanedUp):
    """The job was cleaned up, its results are no longer served under its id (410)."""


class Conflict(ProfilerHookError):
    """The request contradicts an earlier one (409)."""


class RequestRefused(ProfilerHookError, InvalidRequest, AirflowFailException):
    """The request is wrong as it is written (400, 415, 422). Fails a task at once: no retry could mend it."""


class ServiceTooOld(ProfilerHookError, AirflowFailException):
    """The service has no route for what was asked of it. Fails a task at once: no retry could mend it."""


class UnexpectedAnswer(ProfilerHookError):
    """The answer is not what a dataset profiler sends: not JSON, another shape, or a redirect."""


class UnknownStatusAnswer(UnexpectedAnswer, UnknownStatus):
    """The service answered a status that no dialect knows. Never taken for success."""


class ProfileJobFailed(ProfilerHookError):
    """The job ended ``FAILED``."""


class ProfileJobStalled(ProfilerHookError):
    """The job runs by name, but nothing was heard of its worker for longer than the heartbeat time-out."""


class ProfileDeadlineExceeded(ProfilerHookError):
    """The job did not end in the time that it was given."""


class ProfileNotReady(ProfilerHookError):
    """The job is known, but there is no profile of it yet (404)."""


class UnknownDataset(ProfilerHookError, DatasetNotFound):
    """A submission names a dataset that the service does not find (404), or a task a revision that it does not have."""


class ProfileCheckFailed(ProfilerHookError, AirflowFailException):
    """A dataset does not pass its rules. Fails the task at once: no retry could change the profile."""


class StagingFailed(ProfilerHookError):
    """Data that a task hands over cannot be laid where the service finds it, or not be removed from there."""
