"""The engine, a library: a dataset in, a profile out.

from airflow_provider_profiler.profiling import profile

profile("data/harbour").to_pandas()
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_provider_profiler.profiling.api import profile
    from airflow_provider_profiler.profiling.merging.merge import merge
    from airflow_provider_profiler.profiling.result import Profile

__all__ = ["Profile", "merge", "profile"]

_MODULES = {"Profile": "result", "merge": "merging.merge", "profile": "api"}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and not before: parts of this room are used where the engine is not installed.

    :raises ImportError: naming the extra that installs the engine.
    """
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415

    try:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    except ModuleNotFoundError as error:
        raise ImportError(
            f"The engine needs the library {error.name!r}, which is not installed: "
            "pip install 'airflow-provider-profiler[engine]'."
        ) from error
