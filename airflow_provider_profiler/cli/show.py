"""``dataset-profiler show FILE``: the summary of a profile that lies there already."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.render.summary import summary_text
from airflow_provider_profiler.storage.results import PROFILE


def show(path: Annotated[Path, typer.Argument(help="A profile.json, or the folder that holds one.")]) -> None:
    """Print what a profile says, for people."""
    file = path / PROFILE if path.is_dir() else path
    typer.echo(summary_text(read_profile(file)))


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
