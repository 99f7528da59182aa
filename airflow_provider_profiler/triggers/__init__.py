"""What waits in the triggerer: for a task that was deferred, or for an asset that is watched.

Names are imported when they are first used, so that a DAG pays only for what it uses.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_profiler.triggers.cdd_profile import CddProfileTrigger
    from airflow_provider_profiler.triggers.profile_events import ProfileEventTrigger
    from airflow_provider_profiler.triggers.profile_job import ProfileJobTrigger

__all__ = ["CddProfileTrigger", "ProfileEventTrigger", "ProfileJobTrigger"]

_HOMES = {
    "CddProfileTrigger": "airflow_provider_profiler.triggers.cdd_profile",
    "ProfileEventTrigger": "airflow_provider_profiler.triggers.profile_events",
    "ProfileJobTrigger": "airflow_provider_profiler.triggers.profile_job",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
