"""The comparison of two revisions as data: what the page shows, for programs that watch a dataset."""

from airflow_provider_profiler.checks.comparison import Comparison, TableComparison
from airflow_provider_profiler.contract.drift import ColumnDrift, DatasetDrift, Presence, TableDrift
from airflow_provider_profiler.contract.profile import RecordSet
from airflow_provider_profiler.jobs.store import JobRecord


def drift_of(found: Comparison, before: JobRecord, after: JobRecord) -> DatasetDrift:
    """What is other in the revision ``after``.

    :param found: the comparison of their profiles.
    """
    return DatasetDrift(
        dataset_id=after.dataset_id,
        before=before.revision,
        after=after.revision,
        changed=found.changed,
        files=found.files,
        tables=tuple(_table(table) for table in found.tables if table.presence is not Presence.SAME),
    )


def _table(table: TableComparison) -> TableDrift:
    return TableDrift(
        name=table.name,
        presence=table.presence,
        rows_before=_rows(table.before),
        rows_after=_rows(table.after),
        changes=table.changes,
        columns=tuple(
            ColumnDrift(name=column.name, presence=column.presence, distance=column.distance, changes=column.changes)
            for column in table.columns
            if column.presence is not Presence.SAME
        ),
    )


def _rows(table: RecordSet | None) -> int | None:
    return None if table is None else table.row_count
