"""``@task.profile_dataset``: a function says what is to be profiled.

Names are imported when they are first used, so that a DAG pays only for what it uses.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_profiler.decorators.profile_dataset import profile_dataset_task

__all__ = ["profile_dataset_task"]

_HOMES = {"profile_dataset_task": "airflow_provider_profiler.decorators.profile_dataset"}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
