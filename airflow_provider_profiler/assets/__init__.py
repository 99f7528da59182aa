"""Profiles as assets: what is scheduled by, emitted and watched.

Names are imported when they are first used, so that a DAG pays only for what it uses.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_profiler.assets.events import emit_profile_event
    from airflow_provider_profiler.assets.facts import ProfileFacts
    from airflow_provider_profiler.assets.profile import profile_asset

__all__ = ["ProfileFacts", "emit_profile_event", "profile_asset"]

_HOMES = {
    "ProfileFacts": "airflow_provider_profiler.assets.facts",
    "emit_profile_event": "airflow_provider_profiler.assets.events",
    "profile_asset": "airflow_provider_profiler.assets.profile",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
