"""Tasks that submit, wait for and clean up profiling jobs, and that use what these found.

Names are imported when they are first used, so that a DAG pays only for what it uses.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_profiler.operators.check_profile import CheckProfileOperator
    from airflow_provider_profiler.operators.clean_up import CleanUpProfileJobOperator
    from airflow_provider_profiler.operators.fetch_profile import FetchProfileOperator
    from airflow_provider_profiler.operators.list_datasets import ListDatasetsOperator
    from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

__all__ = [
    "CheckProfileOperator",
    "CleanUpProfileJobOperator",
    "FetchProfileOperator",
    "ListDatasetsOperator",
    "ProfileDatasetOperator",
]

_HOMES = {
    "CheckProfileOperator": "airflow_provider_profiler.operators.check_profile",
    "CleanUpProfileJobOperator": "airflow_provider_profiler.operators.clean_up",
    "FetchProfileOperator": "airflow_provider_profiler.operators.fetch_profile",
    "ListDatasetsOperator": "airflow_provider_profiler.operators.list_datasets",
    "ProfileDatasetOperator": "airflow_provider_profiler.operators.profile_dataset",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
