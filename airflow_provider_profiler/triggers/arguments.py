"""The arguments of triggers as they travel: plain values, that older and newer versions of this package can read.

Airflow writes them down when a task defers or a DAG is read, and a triggerer of another version may read them back. So
a trigger takes arguments that it does not know, gives each new one a default, and never raises anything but what
Airflow expects.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow_provider_profiler.hooks.errors import RequestRefused
from airflow_provider_profiler.hooks.patience import Patience
from airflow_provider_profiler.hooks.rendered import is_nothing


class WrongTriggerArgument(TypeError, ValueError):
    """An argument with which no trigger can work.

    A ``TypeError``, as that alone fails the one trigger: anything else out of a constructor ends the whole triggerer,
    with all triggers in it.
    """


def number(name: str, value: Any) -> float:
    """A number, also where it is written as text.

    :raises WrongTriggerArgument: when it is none.
    """
    try:
        return float(value)
    except (TypeError, ValueError):
        raise WrongTriggerArgument(f"{name} must be a number, not {str(value)[:100]!r}.") from None


def optional_number(name: str, value: Any) -> float | None:
    """A number, or None.

    :raises WrongTriggerArgument: when it is neither.
    """
    return None if value is None else number(name, value)


def optional_count(name: str, value: Any) -> int | None:
    """A whole number, or None.

    :raises WrongTriggerArgument: when it is neither.
    """
    return None if value is None else int(number(name, value))


def optional_text(value: Any) -> str | None:
    """Text, or None."""
    return None if value is None else str(value)


def given(**arguments: Any) -> dict[str, Any]:
    """Arguments that triggers have not always had, where they are given.

    A triggerer of an earlier version, which refuses what it does not know, still takes all that does not need them.
    """
    return {name: value for name, value in arguments.items() if value is not None}


def tell_unknown(trigger: Any, unknown: Mapping[str, Any]) -> None:
    """Say in the log which arguments are of another version and do not count here."""
    if unknown:
        trigger.log.warning(
            "%s does not know the arguments %s, which another version of this provider wrote; they do not count. "
            "Workers and triggerer should have the same version.",
            type(trigger).__name__,
            ", ".join(sorted(unknown)),
        )


def with_failures(patience: Patience, failures: int | None) -> Patience:
    """The same patience for another number of failures in a row; None leaves it."""
    return patience if failures is None else replace(patience, failures=max(1, failures))


def given_job_id(job_id: str) -> str:
    """The id of a job, where there is one.

    :raises RequestRefused: when a template found nothing.
    """
    if is_nothing(job_id):
        raise RequestRefused(
            f"The trigger was given {job_id!r} as job_id. Did the task that submits the job run, and does the template "
            "name it?"
        )
    return job_id.strip()
