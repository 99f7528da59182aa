"""The documented job states, the runner's view of them, and the dialects in which services speak them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from airflow_provider_profiler.contract.errors import UnknownStatus


class JobState(StrEnum):
    """The documented states, in the order in which they pass."""

    SUBMITTING = "SUBMITTING"
    STARTING = "STARTING"
    LIGHT_PROFILE_READY = "LIGHT_PROFILE_READY"
    HEAVY_PROFILES_READY = "HEAVY_PROFILES_READY"
    FAILED = "FAILED"


class RunnerStatus(StrEnum):
    """The documented states of the work behind a job."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Target(StrEnum):
    """How far a job goes, or how far somebody wants to wait."""

    LIGHT = "light"
    HEAVY = "heavy"


class StatusDialect(StrEnum):
    """How ``job_status`` spells its answer: the documented words, or those of deployed services."""

    DOCUMENTED = "documented"
    LOWER = "lower"
    OBJECT = "object"


CLEANED_UP = "cleaned_up"

#: Deployed services write the heavy state in the singular.
_DEPLOYED = {
    JobState.SUBMITTING: "submitting",
    JobState.STARTING: "starting",
    JobState.LIGHT_PROFILE_READY: "light_profile_ready",
    JobState.HEAVY_PROFILES_READY: "heavy_profile_ready",
    JobState.FAILED: "failed",
}
_PARSED = {word: state for state, word in _DEPLOYED.items()} | {
    "light_profiles_ready": JobState.LIGHT_PROFILE_READY,
    "heavy_profiles_ready": JobState.HEAVY_PROFILES_READY,
}


def is_terminal(state: JobState, target: Target) -> bool:
    """Whether a job with this target stays in this state: light is final for a light-only job alone."""
    if state is JobState.LIGHT_PROFILE_READY:
        return target is Target.LIGHT
    return state in (JobState.HEAVY_PROFILES_READY, JobState.FAILED)


def states_before(state: JobState, target: Target) -> tuple[JobState, ...]:
    """The states from which a job with this target may be moved to this one. They pass in order; any may fail."""
    if state is JobState.SUBMITTING or (state is JobState.HEAVY_PROFILES_READY and target is Target.LIGHT):
        return ()
    order = list(JobState)
    earlier = order[: order.index(state)]
    return tuple(before for before in earlier if not is_terminal(before, target))


def has_reached(state: JobState, target: Target) -> bool:
    """Whether what the target asks for is ready in this state."""
    if target is Target.LIGHT:
        return state in (JobState.LIGHT_PROFILE_READY, JobState.HEAVY_PROFILES_READY)
    return state is JobState.HEAVY_PROFILES_READY


def runner_status(state: JobState, target: Target) -> RunnerStatus:
    """The runner's word for a job's state."""
    if state is JobState.SUBMITTING:
        return RunnerStatus.PENDING
    if state is JobState.FAILED:
        return RunnerStatus.FAILED
    return RunnerStatus.COMPLETED if is_terminal(state, target) else RunnerStatus.IN_PROGRESS


class ReportedStatus(NamedTuple):
    """What a service said about a job: its state, or that it was cleaned up and the state is not told."""

    state: JobState | None
    cleaned_up: bool = False


def spell_status(state: JobState, dialect: StatusDialect, *, cleaned_up: bool, dataset_id: str) -> str | dict[str, str]:
    """The body of ``job_status`` in a dialect. Only the deployed dialects have a word for cleaned-up jobs."""
    if dialect is StatusDialect.DOCUMENTED:
        return state.value
    word = CLEANED_UP if cleaned_up else _DEPLOYED[state]
    return word if dialect is StatusDialect.LOWER else {"status": word, "dataset_id": dataset_id}


def parse_status(body: Any) -> ReportedStatus:
    """Read a ``job_status`` body in any known dialect, upper or lower case, singular or plural.

    :raises UnknownStatus: for anything else; guessing here would turn a failed job green.
    """
    word = body.get("status") if isinstance(body, Mapping) else body
    if isinstance(word, str):
        plain = word.strip().lower()
        if plain == CLEANED_UP:
            return ReportedStatus(state=None, cleaned_up=True)
        if plain in _PARSED:
            return ReportedStatus(state=_PARSED[plain])
    raise UnknownStatus(
        f"The profiling service answered a job status that is not known: {str(body)[:200]!r}. "
        "Check that the connection points at a dataset profiler and that its version is supported."
    )


def parse_runner_status(body: Any) -> RunnerStatus:
    """Read a ``runner_status`` body, bare or as ``{"status": ...}``.

    :raises UnknownStatus: when the word is not one of the documented ones.
    """
    word = body.get("status") if isinstance(body, Mapping) else body
    try:
        return RunnerStatus(str(word).strip().lower())
    except ValueError:
        raise UnknownStatus(
            f"The profiling service answered a runner status that is not known: {str(body)[:200]!r}."
        ) from None
