"""``dataset-profiler settings``: every setting as it is in force, secrets masked."""

from typing import Annotated

import typer

from airflow_provider_profiler.config.settings import environment_names, load_settings
from airflow_provider_profiler.contract.model import document_json


def settings(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object, by environment name.")] = False,
) -> None:
    """Print the settings in force and the environment variables that set them."""
    names = environment_names()
    shown = {names[field]: value for field, value in load_settings().masked().items()}
    if json:
        typer.echo(document_json(shown), nl=False)
        return
    width = max(len(name) for name in shown)
    for name, value in sorted(shown.items()):
        typer.echo(f"{name:<{width}}  {'' if value is None else value}")
