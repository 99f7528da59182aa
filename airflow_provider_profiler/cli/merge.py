"""``dataset-profiler merge A B ...``: one profile out of several, without reading their data again."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from airflow_provider_profiler.cli.profile import exit_code, outcome
from airflow_provider_profiler.config.settings import source_date_epoch
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.contract.model import document_json
from airflow_provider_profiler.render.summary import summary_text


def merge(
    sources: Annotated[
        list[Path], typer.Argument(help="Folders of profiles, or their states.bin; two or more, in order.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the documents; it may be one of the sources.")],
    id: Annotated[
        str,
        typer.Option("--id", help="The merged dataset's UUID, or a name to derive it from; else the sources'."),
    ] = "",
    name: Annotated[str, typer.Option("--name", help="The merged dataset's name; the sources' names otherwise.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a summary.")] = False,
) -> None:
    """Merge profiles of several months or datasets by what they remembered, and write the merged one's documents."""
    try:
        from airflow_provider_profiler.cli.documents import merge_to_folder  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError(
            f"The engine is not installed ({error.name} is missing): pip install 'airflow-provider-profiler[engine]'."
        ) from error
    epoch = source_date_epoch()
    generated_at = datetime.now(UTC).replace(microsecond=0) if epoch is None else datetime.fromtimestamp(epoch, UTC)
    result, files = merge_to_folder(sources, out.absolute(), dataset_id=id, name=name, generated_at=generated_at)
    code = exit_code(result)
    if json:
        typer.echo(document_json(outcome(result, files, code)), nl=False)
    elif not quiet:
        typer.echo(summary_text(result))
        typer.echo("Written:")
        for file in files:
            typer.echo(f"  {file}")
    raise typer.Exit(code)
