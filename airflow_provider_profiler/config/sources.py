"""Where each setting that is in force came from, as an operator needs it told."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from airflow_provider_profiler.config.settings import MASK, Settings, environment_names, masked_entry

#: Settings that name a file, and the setting whose place the file's content takes.
_FROM_FILES = {"auth_key": "auth_key_file", "databases": "databases_file", "webhooks": "webhooks_file"}


class Source(StrEnum):
    """Who set a setting."""

    DEFAULT = "default"
    ENVIRONMENT = "environment"
    FILE = "file"
    """Its content is in a file that another setting names."""
    ARGUMENT = "argument"


@dataclass(frozen=True)
class SettingInForce:
    """One setting, ready to be shown."""

    name: str
    variable: str
    """The environment variable that sets it."""
    value: Any
    """Masked where it is a secret; None where nothing is set."""
    source: Source


def settings_in_force(settings: Settings, arguments: Collection[str] = ()) -> tuple[SettingInForce, ...]:
    """Every setting with its value and where that came from, by the name of its variable.

    :param settings: as they were loaded in this process.
    :param arguments: names of the settings that were given as arguments, which win over the environment.
    :raises ConfigurationError: when a file that lists databases or webhooks cannot be used.
    """
    # Variables without a value count as not set, and their names are taken in any case: as pydantic does.
    given = {name.upper() for name, text in os.environ.items() if text}
    variables = environment_names()
    shown = settings.masked()

    def source_of(name: str) -> Source:
        if name in arguments:
            return Source.ARGUMENT
        if variables[name].upper() in given:
            return Source.ENVIRONMENT
        file = _FROM_FILES.get(name)
        return Source.FILE if file and getattr(settings, file) is not None else Source.DEFAULT

    sources = {name: source_of(name) for name in variables}
    if sources["auth_key"] is Source.FILE:
        shown["auth_key"] = MASK
    if sources["databases"] is Source.FILE:
        shown["databases"] = [masked_entry(entry) for entry in settings.listed_databases]
    if sources["webhooks"] is Source.FILE:
        shown["webhooks"] = [target.masked(MASK) for target in settings.listed_webhooks]
    found = (SettingInForce(name, variables[name], shown[name], sources[name]) for name in variables)
    return tuple(sorted(found, key=lambda setting: setting.variable))
