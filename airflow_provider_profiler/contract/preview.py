"""Rows of a table of a revision, as they are in the dataset at this moment."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from airflow_provider_profiler.contract.model import Model
from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.contract.statistics import Scalar

#: Rows that are told where nobody says how many.
USUAL_ROWS = 20


class PreviewColumn(Model):
    """A column that is shown."""

    name: str
    data_type: DataType
    """As the revision found it."""


class TablePreview(Model):
    """The first rows of a table."""

    table: str
    """The name of its record set."""
    path: str
    """Of its file in the dataset, or a pattern of several, or the database."""
    columns: tuple[PreviewColumn, ...]
    rows: tuple[tuple[Scalar | None, ...], ...]
    """One value a column; texts of more than 500 characters are cut."""
    row_count: Annotated[int, Field(ge=0)]
    """Rows that the revision profiled."""
    complete: bool
    """Whether these are all rows that were asked for, and not the first of more."""
    changed: bool | None
    """Whether a file was written to since it was profiled, so that its rows may be other ones; null where that cannot
    be told: of databases."""


class DataPreview(TablePreview):
    """``GET /profiler/jobs/{id}/preview``."""

    dataset_id: UUID
    revision: int
    job_id: UUID
