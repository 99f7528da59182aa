"""The service's own description, made once a process."""

from functools import cache
from pathlib import Path
from typing import Any

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.service.app import create_app


@cache
def paths() -> dict[str, dict[str, Any]]:
    """The operations of every path, by method in small letters."""
    unused = Path("unused")
    found: dict[str, dict[str, Any]] = create_app(
        Settings(home=unused, data_root=str(unused)), run_jobs=False
    ).openapi()["paths"]
    return found
