"""``dataset-profiler settings``: every setting as it is in force and where it came from, secrets masked."""

from typing import Annotated, Any

import typer

from airflow_provider_profiler.config.settings import load_settings
from airflow_provider_profiler.config.sources import settings_in_force
from airflow_provider_profiler.contract.model import document_json


def settings(
    json: Annotated[
        bool,
        typer.Option("--json", help="Print one JSON object: by environment variable the setting, value and source."),
    ] = False,
    data_root: Annotated[str | None, typer.Option("--data-root", help="As it would be given to 'serve'.")] = None,
    host: Annotated[str | None, typer.Option(help="As it would be given to 'serve'.")] = None,
    port: Annotated[int | None, typer.Option(help="As it would be given to 'serve'.", min=0, max=65535)] = None,
) -> None:
    """Print every setting in force, the environment variable that sets it, and where its value came from.

    Sources: 'default', 'environment', 'file' (another setting names the file) and 'argument'.
    """
    given: dict[str, Any] = {"data_root": data_root, "host": host, "port": port}
    arguments = {name: value for name, value in given.items() if value is not None}
    found = settings_in_force(load_settings(**arguments), arguments)
    if json:
        described = {
            setting.variable: {"setting": setting.name, "value": setting.value, "source": setting.source.value}
            for setting in found
        }
        typer.echo(document_json(described), nl=False)
        return
    rows = [(item.variable, item.source.value, "" if item.value is None else str(item.value)) for item in found]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for variable, source, value in rows:
        typer.echo(f"{variable:<{widths[0]}}  {source:<{widths[1]}}  {value}".rstrip())
