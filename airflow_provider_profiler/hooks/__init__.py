"""The way from a task to the profiling service.

Names are imported when they are first used, so that a DAG pays only for what it uses.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_profiler.hooks.profiler import ProfilerHook
    from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook
    from airflow_provider_profiler.hooks.retry_policy import ProfilerRetryPolicy

__all__ = ["ProfilerAsyncHook", "ProfilerHook", "ProfilerRetryPolicy"]

_HOMES = {
    "ProfilerAsyncHook": "airflow_provider_profiler.hooks.profiler_async",
    "ProfilerHook": "airflow_provider_profiler.hooks.profiler",
    "ProfilerRetryPolicy": "airflow_provider_profiler.hooks.retry_policy",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
