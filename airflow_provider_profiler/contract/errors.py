"""Errors that cross rooms. Each message says what happened, to what, and what to do about it."""


class ProfilerError(Exception):
    """The base of every error of this package that a person is meant to read."""


class InvalidRequest(ProfilerError):
    """The request cannot be carried out as it is written."""


class DatasetNotFound(ProfilerError):
    """There is no dataset at the path that was asked for."""


class TableNotFound(ProfilerError):
    """A dataset has no table of the name that was asked for."""


class PathOutsideRoot(ProfilerError):
    """A path leads out of the data root, by itself or through a link."""


class JobNotFound(ProfilerError):
    """No job is known by this id."""


class JobCleanedUp(ProfilerError):
    """The job was cleaned up: its results are no longer served under its id."""


class IdempotencyConflict(ProfilerError):
    """An idempotency key was used again for another request."""


class FileFailed(ProfilerError):
    """A file cannot be read, and the options say that the others do not matter then."""


class StaleAttempt(ProfilerError):
    """A writer lost its lease: somebody else owns the job by now, and the write was refused."""


class IllegalTransition(ProfilerError):
    """A job was to be moved to a state that cannot follow the one it is in."""


class QueueFull(ProfilerError):
    """As many jobs wait as may wait.

    :param retry_after: seconds after which it is worth trying again.
    """

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooManyRequests(ProfilerError):
    """Somebody asks more often than they may, or for more at a time than there is room for.

    :param retry_after: seconds after which it is worth trying again.
    """

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnknownStatus(ProfilerError):
    """A service answered a status that no dialect knows."""


class NotAuthenticated(ProfilerError):
    """No token, or one that does not verify."""


class NotAllowed(ProfilerError):
    """The token is genuine, but its client may not use this service."""


class CredentialsMissing(ProfilerError):
    """There are no credentials for what is to be read, or they are refused."""


class ConnectionFailed(ProfilerError):
    """What holds the data (a database, an object store) cannot be reached."""


class ServiceUnavailable(ProfilerError):
    """Something the service stands on is not there at the moment."""


class WorkLost(ProfilerError):
    """What ran a part of a job, or had its result, went away again and again."""


class ConfigurationError(ProfilerError):
    """A setting is missing, contradictory or unsafe."""
