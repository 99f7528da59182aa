"""Tasks that wait for profiles that somebody else asked for.

Names are imported when they are first used, so that a DAG pays only for what it uses.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_profiler.sensors.cdd_profile import CddProfileSensor
    from airflow_provider_profiler.sensors.profile_job import ProfileJobSensor

__all__ = ["CddProfileSensor", "ProfileJobSensor"]

_HOMES = {
    "CddProfileSensor": "airflow_provider_profiler.sensors.cdd_profile",
    "ProfileJobSensor": "airflow_provider_profiler.sensors.profile_job",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
