"""What templates leave behind where they find nothing."""

from typing import Any

_NOTHING = ("", "None")


def is_nothing(value: Any) -> bool:
    """Whether an argument stands for nothing: None, or what a template renders to that found no value."""
    return value is None or str(value).strip() in _NOTHING
