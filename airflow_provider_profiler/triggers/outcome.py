"""What a trigger hands back to the task: all that the task needs to go on, small, and without secrets."""

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Self

from airflow_provider_profiler.hooks import errors
from airflow_provider_profiler.hooks.errors import ProfilerHookError, UnexpectedAnswer

if TYPE_CHECKING:
    from airflow_provider_profiler.hooks.waiting import JobView


@dataclass(frozen=True)
class Outcome:
    """How waiting ended. ``problem`` is None for success, and nothing else stands for it."""

    job_id: str | None = None
    job_url: str | None = None
    dataset_id: str | None = None
    state: str | None = None
    """The job's last state; None where it was not seen."""
    cdd_path: str | None = None
    cdd_revision_path: str | None = None
    summary: dict[str, Any] | None = None
    problem: str | None = None
    """The message of the error that the task is to end with."""
    kind: str | None = None
    """The error's name among :mod:`airflow_provider_profiler.hooks.errors`."""
    revision: int | None = None
    """Of the dataset, which the job makes."""
    reason: str | None = None
    """The code of why a job failed; None for any other, and where the service does not tell."""

    def seen(self, view: "JobView") -> Self:
        """The same, with what a look at the job shows."""
        detail = view.detail
        return replace(
            self,
            state=view.state.value if view.state else "CLEANED_UP",
            revision=detail.revision if detail else None,
            reason=view.reason.code.value if view.reason else None,
            cdd_revision_path=detail.cdd_revision_path if detail else None,
            summary=detail.summary.model_dump() if detail and detail.summary else None,
        )

    def with_problem(self, error: ProfilerHookError) -> Self:
        """The same, ended by an error."""
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        return type(self)(**known | {"problem": str(error), "kind": type(error).__name__})

    def payload(self) -> dict[str, Any]:
        """The event's payload: JSON types alone."""
        return asdict(self)

    @classmethod
    def of(cls, event: Any) -> Self:
        """Read an event's payload.

        :raises UnexpectedAnswer: when it is not one of ours. Taking it for success could turn a failed job green.
        """
        names = {field.name for field in fields(cls)}
        if not isinstance(event, dict) or not {"problem", "kind"} <= event.keys():
            raise UnexpectedAnswer(
                f"The trigger handed back something that is not the end of a wait: {str(event)[:200]!r}. Check that "
                "workers and triggerer have the same version of this provider."
            )
        return cls(**{name: value for name, value in event.items() if name in names})

    def error(self) -> ProfilerHookError | None:
        """The error that the task is to end with, as if the task itself had met it."""
        if self.problem is None and self.kind is None:
            return None
        kind = getattr(errors, self.kind or "", ProfilerHookError)
        if not (isinstance(kind, type) and issubclass(kind, ProfilerHookError)):
            kind = ProfilerHookError
        return kind(self.problem or "The trigger ended without a reason.")


def unforeseen(error: Exception) -> ProfilerHookError:
    """An error for people in place of one that nobody foresaw."""
    return ProfilerHookError(
        f"Waiting in the triggerer ended with an error of its own, {type(error).__name__}: {str(error)[:300]}. The "
        "triggerer's log has the details; the job is not touched, and a retry takes it up again."
    )
