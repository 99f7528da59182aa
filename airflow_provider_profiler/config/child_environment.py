"""What of this process's environment processes get that read data for it."""

import os

from airflow_provider_profiler.config.settings import environment_names


def environment_without_settings() -> dict[str, str]:
    """All of it but the settings, whose secrets have no business there; object stores look for their own."""
    settings = set(environment_names().values())
    return {name: value for name, value in os.environ.items() if name not in settings}
