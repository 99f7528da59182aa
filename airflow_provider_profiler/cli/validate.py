"""``dataset-profiler validate DOCUMENT...``: whether documents are what their readers take."""

from pathlib import Path
from typing import Annotated

import typer

from airflow_provider_profiler.cli.exit_codes import ExitCode
from airflow_provider_profiler.contract.errors import ConfigurationError, InvalidRequest
from airflow_provider_profiler.render.text import printable
from airflow_provider_profiler.render.validation.validating import (
    NotADocument,
    problems_of,
    read_document,
    recognised,
)

#: Problems of one document that are printed.
_SHOWN = 20


def validate(
    documents: Annotated[
        list[Path], typer.Argument(help="profile.json, croissant.json, MoMa documents or CDD files, in any order.")
    ],
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but what is wrong.")] = False,
) -> None:
    """Check documents against their schemas and the rules of their readers. Exit code 1: at least one is not valid."""
    sound = True
    for path in documents:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InvalidRequest(f"Cannot read {path}: {error.strerror}.") from None
        sound &= _is_valid(path, content, quiet=quiet)
    raise typer.Exit(ExitCode.OK if sound else ExitCode.SOME_FAILED)


def _is_valid(path: Path, content: bytes, *, quiet: bool) -> bool:
    try:
        document = read_document(content)
        kind = recognised(document)
    except NotADocument as error:
        typer.echo(f"{path}: {error}")
        return False
    try:
        problems = problems_of(document, kind)
    except ImportError as error:
        raise ConfigurationError(
            f"Documents are checked with {error.name}, which is not installed: "
            "pip install 'airflow-provider-profiler[engine]'."
        ) from error
    for problem in problems[:_SHOWN]:
        typer.echo(f"{path}: {printable(problem.path)}: {printable(problem.message)}")
    if len(problems) > _SHOWN:
        typer.echo(f"{path}: and {len(problems) - _SHOWN} more")
    if not problems and not quiet:
        typer.echo(f"{path}: valid ({kind.value})")
    return not problems
