"""The arguments of the operator: checked when the DAG is read as far as they are known then, and read once rendered.

A template renders to text, or natively to what Python makes of the text; another task hands on whatever it returns.
"""

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from airflow.sdk import conf

from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.hooks.errors import RequestRefused
from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME
from airflow_provider_profiler.operators.deadline import Deadline

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0", "", "none")
_TEMPLATES = ("{{", "{%", "{#")
_LONGEST_DAYS = 36_525
_UNKNOWN = object()


class WrongArguments(RequestRefused, ValueError):
    """An argument of a task could never be right. Fails the DAG's import where it is known by then, else the task."""


class OnClear(StrEnum):
    """What becomes of a task that is cleared."""

    RERUN = "rerun"
    """The dataset is read again, all of it."""
    REUSE = "reuse"
    """The job of before is taken up, if it has not failed."""


#: Values of arguments, most of them by default, that are no templates, whatever marks a DAG has for these.
_WORDS = frozenset(
    {
        *Target,
        *OnClear,
        DEFAULT_CONN_NAME,
        *("latest", "successful"),
        *("fail", "warn", "branch"),
        *("profile", "ids", "revisions", "specifications", "*"),
    }
)


def is_written(value: Any) -> bool:
    """Whether a value is known when the DAG is read: neither a template nor the output of another task."""
    if isinstance(value, str):
        return "{" not in value or not any(mark in value for mark in _TEMPLATES)
    return value is None or not hasattr(value, "resolve")


def fields_to_render(task: Any) -> tuple[str, ...]:
    """Which of a task's template fields may hold a template or another task's output.

    Airflow asks its configuration about each template field of each task whenever it reads a DAG: with a number there
    is nothing to ask about. Text is always one of them, as a DAG may have other marks for templates than ``{{``.
    """
    return tuple(name for name in type(task).template_fields if _may_render(getattr(task, name, _UNKNOWN)))


def _may_render(value: Any) -> bool:
    if isinstance(value, str):
        return value not in _WORDS
    return not (value is None or isinstance(value, int | float | datetime.timedelta | datetime.datetime))


def check_written(task: Any) -> None:
    """Check what is known of a task's arguments when its DAG is read.

    :raises WrongArguments: naming the argument.
    """
    for name, default in DEFAULTS.items():
        value = getattr(task, name)
        # Most are left out, and this runs whenever any DAG file is parsed.
        if value is not default and is_written(value):
            read_argument(task.task_id, name, value)
    for name in ("options", "labels", "metadata"):
        value = getattr(task, name)
        if value is not None and is_written(value):
            object_of(task.task_id, name, value)
    waits = task.wait_for_completion
    if task.deadline and is_written(waits) and not _flag(waits):
        raise WrongArguments(
            f"Task {task.task_id!r} has a deadline, but wait_for_completion=False: nobody would look at the clock. "
            "Give options={'execution': {'deadline_seconds': ...}}, which the service itself keeps, or let the task "
            "wait."
        )


def object_of(task_id: str, name: str, value: Any) -> Mapping[str, Any]:
    """An argument that is an object: a mapping, a model, or its JSON text; empty for None and empty text.

    :raises WrongArguments: when it is something else.
    """
    if hasattr(value, "model_dump"):
        dumped: Mapping[str, Any] = value.model_dump(mode="json")
        return dumped
    if value is None or isinstance(value, Mapping):
        return value or {}
    what = f"The argument {name} of task {task_id!r} is"
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        raise WrongArguments(f"{what} a list, not an object. For one task for each item: .expand({name}=...).")
    if not isinstance(value, str):
        raise WrongArguments(f"{what} of the type {type(value).__name__}, not an object.")
    text = value.strip()
    if not text:
        return {}
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    if isinstance(parsed, Mapping):
        return parsed
    if text.startswith(("{", "[")):
        raise WrongArguments(
            f"{what} rendered to a text that is not JSON, not to an object: {text[:60]!r}... Pass the output of the "
            "task before as it is, write '| tojson' into the template, or render natively "
            "(render_template_as_native_obj=True)."
        )
    raise WrongArguments(
        f"{what} the text {text[:60]!r}, not an object."
        + (" A dataset's path is given as path=..., its id as dataset_id=..." if name == "specification" else "")
    )


def read_argument(task_id: str, name: str, value: Any) -> Any:
    """An argument of these, as what it means.

    :param name: one of ``DEFAULTS``.
    :raises WrongArguments: naming the argument.
    """
    try:
        return _READERS[name](value)
    except (TypeError, ValueError, OverflowError) as error:
        raise WrongArguments(f"Task {task_id!r}: {name}={repr(value)[:100]} {error}.") from None


def _word(kind: type[StrEnum]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if str(value).strip() not in set(kind):
            raise ValueError(f"must be {' or '.join(repr(word.value) for word in kind)}")
        return kind(str(value).strip())

    return read


def _flag(value: Any) -> bool:
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError("must be true or false")


def _reuse(value: Any) -> bool | str:
    if str(value).strip().lower() == "content":
        return "content"
    try:
        return _flag(value)
    except ValueError:
        raise ValueError("must be True, False or 'content'") from None


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError("must be a number") from None
    if not number > 0:
        raise ValueError("must be more than nothing")
    return number


def _nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.strip() in ("", "None"))


def _days(value: Any) -> float | None:
    days = None if _nothing(value) else _number(value)
    if days is not None and days > _LONGEST_DAYS:
        raise ValueError(f"must be {_LONGEST_DAYS} at most")
    return days


def _priority(value: Any) -> int:
    try:
        number = int(str(value).strip())
    except ValueError:
        raise ValueError("must be a whole number") from None
    if not -100 <= number <= 100:
        raise ValueError("must be from -100 to 100")
    return number


def _interval(value: Any) -> float:
    return conf.getfloat("profiler", "poll_interval", fallback=10.0) if _nothing(value) else _number(value)


#: Each argument that is no object, and what it is where it is left out.
DEFAULTS: Mapping[str, Any] = {
    "profile": "heavy",
    "force": False,
    "reuse_unchanged": False,
    "profiled_since_days": None,
    "priority": 0,
    "wait_for_completion": True,
    "deferrable": False,
    "poll_interval": None,
    "deadline": None,
    "on_clear": "rerun",
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "profile": _word(Target),
    "force": _flag,
    "reuse_unchanged": _reuse,
    "profiled_since_days": _days,
    "priority": _priority,
    "wait_for_completion": _flag,
    "deferrable": _flag,
    "poll_interval": _interval,
    "deadline": Deadline.of,
    "on_clear": _word(OnClear),
}
