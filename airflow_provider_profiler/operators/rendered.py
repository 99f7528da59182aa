"""Arguments whose templates are rendered, to text or natively to a value, read as the kind of value that is meant."""

import datetime
from collections.abc import Iterable
from typing import Any

from airflow_provider_profiler.operators.arguments import WrongArguments

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def is_nothing(given: Any) -> bool:
    """Whether there is no value: none was given, or a template found nothing."""
    return given is None or (isinstance(given, str) and given.strip() in ("", "None"))


def moment_given(task_id: str, name: str, given: Any) -> datetime.datetime | None:
    """A moment with a time zone, UTC where it names none; None for nothing.

    :param name: the argument's, for the message.
    :raises WrongArguments: when it is no moment.
    """
    if is_nothing(given):
        return None
    try:
        moment = given if isinstance(given, datetime.datetime) else datetime.datetime.fromisoformat(str(given).strip())
    except ValueError:
        raise _wrong(task_id, name, given, "a moment such as '2026-01-31T02:00:00+00:00'") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def flag_given(task_id: str, name: str, given: Any) -> bool | None:
    """Whether something is wanted; None for nothing.

    :raises WrongArguments: when it is neither true nor false.
    """
    if is_nothing(given):
        return None
    word = str(given).strip().lower()
    if word not in _TRUE + _FALSE:
        raise _wrong(task_id, name, given, "true or false")
    return word in _TRUE


def word_given(task_id: str, name: str, given: Any, words: Iterable[str]) -> str:
    """One of some words.

    :raises WrongArguments: when it is none of them.
    """
    word = str(given).strip()
    if word not in words:
        raise _wrong(task_id, name, given, f"one of {', '.join(map(repr, words))}")
    return word


def count_given(task_id: str, name: str, given: Any) -> int:
    """A whole number from 1 on.

    :raises WrongArguments: when it is none.
    """
    word = str(given).strip()
    if isinstance(given, bool) or not (word.isascii() and word.isdecimal() and int(word) > 0):
        raise _wrong(task_id, name, given, "a whole number from 1 on")
    return int(word)


def _wrong(task_id: str, name: str, given: Any, meant: str) -> WrongArguments:
    return WrongArguments(f"Task {task_id!r}: {name}={str(given)[:100]!r} must be {meant}.")
