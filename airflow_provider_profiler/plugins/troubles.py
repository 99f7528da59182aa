"""What went wrong, in words for whoever looks at the page."""

from airflow_provider_profiler.hooks.errors import (
    AccessDenied,
    ConnectionNotUsable,
    EmbeddedNotInstalled,
    JobGone,
    NotFound,
    ProfilerHookError,
    ServiceFailed,
    ServiceTooOld,
    ServiceUnreachable,
    TokenRefused,
    UnexpectedAnswer,
    UnknownJob,
)
from airflow_provider_profiler.render.report.airflow_pages import Message

_AGAIN = "This page looks again by itself."
_ASK = "Ask whoever runs this Airflow."
#: The first that fits: what it is called, what to do, its status, and whether looking again may help.
_KNOWN: tuple[tuple[type[ProfilerHookError], str, str, int, bool], ...] = (
    (
        EmbeddedNotInstalled,
        "Airflow's API server cannot open this profile",
        "The profile was made without a service, in the task's own process. To show it, the API server needs the extra "
        "too: pip install 'airflow-provider-profiler[embedded]', and PROFILER_HOME on a folder that it shares with the "
        "workers.",
        503,
        False,
    ),
    (ConnectionNotUsable, "The connection to the profiling service cannot be used", _ASK, 503, False),
    (TokenRefused, "The profiling service does not accept Airflow's credentials", _ASK, 503, False),
    (AccessDenied, "The profiling service does not let Airflow in", _ASK, 503, False),
    (ServiceUnreachable, "The profiling service does not answer", _AGAIN, 503, True),
    (ServiceFailed, "The profiling service is in trouble", _AGAIN, 503, True),
    (UnknownJob, "The job is not known any more", "Run the task again to have a new profile.", 404, False),
    (JobGone, "The job was cleaned up", "Run the task again to have a new profile.", 404, False),
    (ServiceTooOld, "This service has no reports", "", 404, False),
    (NotFound, "There is no profile of this job", "Run the task again to have a new profile.", 404, False),
    (UnexpectedAnswer, "The profiling service answered something else than a profile", _ASK, 503, False),
)
_UNKNOWN_HERE = (
    "The profile was made without a service, in the task's own process, and is not known to Airflow's API server. "
    "It is shown where PROFILER_HOME is the same folder for the API server and the workers that run the tasks."
)


def told(error: ProfilerHookError, *, is_embedded: bool) -> tuple[Message, int]:
    """The message, and the status that goes with it."""
    if is_embedded and isinstance(error, UnknownJob):
        return Message("Airflow's API server does not know this profile", _UNKNOWN_HERE, str(error), bad=True), 404
    for kind, title, what_to_do, status, moving in _KNOWN:
        if isinstance(error, kind):
            text = "" if kind is EmbeddedNotInstalled else str(error)
            return Message(title, text or what_to_do, what_to_do if text else "", moving=moving, bad=True), status
    return Message("The profile cannot be shown", str(error), bad=True), 503
