"""What the author of a task wants, read from its arguments once their templates are rendered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.operators.arguments import DEFAULTS, OnClear, object_of, read_argument
from airflow_provider_profiler.operators.deadline import Deadline


@dataclass(frozen=True)
class Wishes:
    """All that is wanted, beside the dataset."""

    profile: Target
    options: Mapping[str, Any]
    labels: Mapping[str, str]
    force: bool
    reuse_unchanged: bool | str
    profiled_since_days: float | None
    priority: int
    wait_for_completion: bool
    deferrable: bool
    poll_interval: float
    deadline: Deadline | None
    on_clear: OnClear

    @classmethod
    def of(cls, task: Any) -> Self:
        """Read the arguments of a task.

        :raises WrongArguments: naming the argument.
        """
        return cls(
            options=object_of(task.task_id, "options", task.options),
            labels=_labels(object_of(task.task_id, "labels", task.labels)),
            **{name: read_argument(task.task_id, name, getattr(task, name)) for name in DEFAULTS},
        )


def _labels(found: Mapping[str, Any]) -> dict[str, Any]:
    # Native rendering makes a number of "2026".
    return {str(name): str(value) if isinstance(value, int | float) else value for name, value in found.items()}
