"""``dataset-profiler show FILE``: what a profile says that lies there already."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from airflow_provider_profiler.cli.profile_table import profile_table
from airflow_provider_profiler.cli.report import REPORT, write_page
from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.render.report import report_chunks
from airflow_provider_profiler.render.summary import summary_text
from airflow_provider_profiler.storage.results import PROFILE


def show(
    path: Annotated[Path, typer.Argument(help="A profile.json, or the folder that holds one.")],
    columns: Annotated[int, typer.Option(min=1, help="Columns of each table that get a line.")] = 60,
    report: Annotated[
        str | None, typer.Option("--report", metavar="[FILE]", help="Write it as a page; report.html without a name.")
    ] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Write that page and show it in the browser.")] = False,
) -> None:
    """Show what a profile says: its tables with small histograms, and what looks wrong.

    On a terminal values of cells are shown; into a file or a pipe goes the plain summary, which has none.
    """
    profile = profile_at(path)
    console = Console(highlight=False, markup=False)
    if console.is_terminal:
        console.print(profile_table(profile, most_columns=columns, width=console.width))
    else:
        typer.echo(summary_text(profile))
    if report is not None or open_it:
        page = write_page(Path(report or REPORT), report_chunks(profile), open_it=open_it)
        typer.echo(f"Written: {page}")


def profile_at(path: Path) -> DatasetProfile:
    """The profile that lies in a file or a folder.

    :raises InvalidRequest: when there is none.
    """
    return read_profile(path / PROFILE if path.is_dir() else path)


def read_profile(file: Path) -> DatasetProfile:
    """Read a ``profile.json``.

    :raises InvalidRequest: when the file is not there or is not a profile.
    """
    try:
        return DatasetProfile.from_document(file.read_bytes())
    except OSError as error:
        raise InvalidRequest(f"Cannot read {file}: {error.strerror}.") from error
    except ValidationError as error:
        raise InvalidRequest(
            f"{file} is not a profile of this version: {error.error_count()} fields do not fit, the first at "
            f"{'.'.join(str(part) for part in error.errors()[0]['loc']) or 'the top'}. "
            f"Give the {PROFILE} that a job or 'dataset-profiler profile' wrote."
        ) from error
