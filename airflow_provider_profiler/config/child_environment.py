"""What of this process's environment processes get that read data for it."""

import os

from airflow_provider_profiler.config.settings import environment_names


def environment_without_settings() -> dict[str, str]:
    """All of it but the settings, whose secrets have no business there; object stores look for their own."""
    # Settings are read whatever the case of their names.
    settings = {name.upper() for name in environment_names().values()}
    return {name: value for name, value in os.environ.items() if name.upper() not in settings}
