"""Messages to people about a profile.

Names are imported when they are first used, so that a DAG pays only for what it uses.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_profiler.notifications.profile import ProfileNotifier

__all__ = ["ProfileNotifier"]

_HOMES = {"ProfileNotifier": "airflow_provider_profiler.notifications.profile"}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
