"""A profile in the hands of a program: by table and column, as a table of pandas, and as documents."""

import html
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_profiler.contract.profile import DatasetProfile, Field, RecordSet
from airflow_provider_profiler.render.documents import documents_of
from airflow_provider_profiler.render.report import report_chunks
from airflow_provider_profiler.render.summary import summary_text
from airflow_provider_profiler.storage.atomic import write_atomic

if TYPE_CHECKING:
    import pandas

#: Pixels of the frame that shows a report in a notebook.
_FRAME_HEIGHT = 640
_NUMERIC = ("sum", "mean", "variance", "standard_deviation", "skewness", "kurtosis", "zero_count", "negative_count")
_QUANTILES = ("p01", "p05", "p25", "p50", "p75", "p95", "p99")
_LENGTHS = ("minimum_length", "mean_length", "maximum_length", "blank_count")
_BOOLEAN = ("true_count", "false_count")


class Profile:
    """What :func:`~airflow_provider_profiler.profiling.profile` returns."""

    def __init__(self, model: DatasetProfile, light: DatasetProfile | None = None) -> None:
        """Wrap a profile model.

        :param model: everything that is known, as ``profile.json`` holds it.
        :param light: what was known before the files were read; the same where it is not told.
        """
        self.model = model
        self._light = light or model

    @property
    def tables(self) -> tuple[RecordSet, ...]:
        """The tables, in the order of their files."""
        return self.model.record_sets

    def table(self, name: str) -> RecordSet:
        """A table by its name or the path of its file.

        :raises KeyError: naming the tables that there are.
        """
        for found in self.tables:
            if name in (found.name, found.path):
                return found
        raise KeyError(f"There is no table {name!r}; there are {[found.name for found in self.tables]}.")

    def column(self, name: str, table: str | None = None) -> Field:
        """A column by its name.

        :param table: may be left out where there is only one.
        :raises KeyError: naming the columns or tables that there are.
        """
        if table is None and len(self.tables) != 1:
            raise KeyError(f"Which table? There are {[found.name for found in self.tables]}.")
        record_set = self.tables[0] if table is None else self.table(table)
        for found in record_set.fields:
            if found.name == name:
                return found
        raise KeyError(f"There is no column {name!r}; there are {[field.name for field in record_set.fields]}.")

    def __getitem__(self, key: str | tuple[str, str]) -> RecordSet | Field:
        """``profile["ports"]`` is a table, ``profile["ports", "name"]`` a column."""
        return self.table(key) if isinstance(key, str) else self.column(key[1], key[0])

    def to_pandas(self) -> "pandas.DataFrame":
        """One row a column of every table. What a column has no statistic of is missing.

        ``minimum`` and ``maximum`` are numbers, or ISO 8601 text of dates and times; ``rows`` counts rows with a value.

        :raises ImportError: when pandas is not installed.
        """
        import pandas  # noqa: PLC0415 - no other module of the engine needs it

        rows = [_row(table, field) for table in self.tables for field in table.fields]
        found = zip(*rows, strict=True) if rows else ((),) * len(_COLUMNS)
        return pandas.DataFrame(
            {name: pandas.Series(values, dtype=_DTYPES.get(name)) for name, values in zip(_COLUMNS, found, strict=True)}
        )

    def to_html(self) -> str:
        """The report: one page that needs nothing beside itself."""
        return b"".join(report_chunks(self.model)).decode("utf-8")

    def _repr_html_(self) -> str:
        """The report in a notebook: in a frame of its own, where it can neither see nor change what is around it."""
        page = html.escape(self.to_html(), quote=True)
        title = html.escape(self.model.specification.name or str(self.model.dataset_id), quote=True)
        return (
            f'<iframe title="{title}" sandbox="allow-scripts" srcdoc="{page}" width="100%" height="{_FRAME_HEIGHT}" '
            'style="border:1px solid #8884;border-radius:8px"></iframe>'
        )

    def to_json(self) -> str:
        """The text of ``profile.json``."""
        return self.model.to_document().decode("utf-8")

    def save(self, folder: str | Path) -> list[Path]:
        """Write ``profile.json``, the MoMa and Croissant documents and, of a heavy profile, the CDD file.

        :param folder: created where it is not there; documents of an earlier profile are replaced.
        :return: the files, in the order in which they were written.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        written = []
        for document in documents_of(self.model, self._light):
            write_atomic(target / document.name, document.chunks)
            written.append(target / document.name)
        return written

    def __str__(self) -> str:
        """The summary that the command line prints."""
        return summary_text(self.model)

    def __repr__(self) -> str:
        """One line: what it is of, and how much that is."""
        summary = self.model.summary()
        return (
            f"<Profile of {self.model.specification.name!r}: {summary.record_sets} tables, {summary.rows:,} rows, "
            f"{summary.columns} columns; {summary.profiled} of {summary.files} files profiled>"
        )


def _row(table: RecordSet, field: Field) -> tuple[Any, ...]:
    statistics = field.statistics
    numeric, text, boolean = statistics.numeric, statistics.text, statistics.boolean
    extremes = numeric or statistics.temporal
    quantiles = numeric.quantiles if numeric is not None else None
    top = statistics.top_values[0] if statistics.top_values else None
    return (
        *(table.name, field.name, field.position, field.data_type.word, field.physical_type),
        *(statistics.row_count, statistics.missing_count, statistics.missing_share, statistics.distinct_count),
        *(statistics.nan_count, statistics.infinity_count),
        *(getattr(extremes, name, None) for name in ("minimum", "maximum")),
        *(getattr(numeric, name, None) for name in _NUMERIC),
        *(getattr(quantiles, name, None) for name in _QUANTILES),
        *(getattr(text, name, None) for name in _LENGTHS),
        *(getattr(boolean, name, None) for name in _BOOLEAN),
        *((top.value, top.count) if top is not None else (None, None)),
        *(field.format, statistics.accuracy.rows.method.value, statistics.accuracy.distinct.method.value),
    )


_COLUMNS = (
    *("table", "column", "position", "type", "physical_type"),
    *("rows", "missing", "missing_share", "distinct", "nan_count", "infinity_count"),
    *("minimum", "maximum"),
    *_NUMERIC,
    *_QUANTILES,
    *_LENGTHS,
    *_BOOLEAN,
    *("top_value", "top_count", "format", "rows_method", "distinct_method"),
)
#: Counts stay whole where some columns have none; values keep their digits, which a column of doubles would not.
_DTYPES = {
    **dict.fromkeys((*_NUMERIC, *_QUANTILES, "mean_length"), "float64"),
    **dict.fromkeys(("zero_count", "negative_count", *_BOOLEAN, "top_count"), "Int64"),
    **dict.fromkeys(("minimum_length", "maximum_length", "blank_count"), "Int64"),
    **dict.fromkeys(("minimum", "maximum", "sum", "top_value", "format"), "object"),
}
