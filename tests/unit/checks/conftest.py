"""Profiles made by hand, and rules held against them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_provider_profiler.checks.checking import check_profile
from airflow_provider_profiler.checks.loading import rules_of
from airflow_provider_profiler.checks.outcome import CheckReport
from airflow_provider_profiler.contract.identity import dataset_uuid, part_uuid
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    DataType,
    Distribution,
    DistributionKind,
    DistributionStatus,
    Field,
    Generator,
    RecordSet,
)
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.contract.statistics import ColumnStatistics

DATASET = dataset_uuid("sales")
NOW = datetime(2026, 4, 23, 12, tzinfo=UTC)


def make_field(name: str, data_type: DataType = DataType.TEXT, **statistics: Any) -> Field:
    """A column of four values, unless told otherwise."""
    values = {"row_count": 4, "missing_count": 0, "distinct_count": 4} | statistics
    return Field(
        id=part_uuid(DATASET, "field", name),
        name=name,
        original_name=name,
        position=0,
        data_type=data_type,
        physical_type="text",
        statistics=ColumnStatistics(**values),
    )


def make_table(*fields: Field, path: str = "orders.csv", name: str = "orders", **more: Any) -> RecordSet:
    """A table of four rows, unless told otherwise."""
    values = {"row_count": 4, "bytes_read": 100} | more
    identity = part_uuid(DATASET, "record_set", path, name)
    file = part_uuid(DATASET, "distribution", path)
    return RecordSet(id=identity, name=name, distribution_id=file, path=path, fields=fields, **values)


def make_file(path: str, status: DistributionStatus = DistributionStatus.PROFILED, **more: Any) -> Distribution:
    return Distribution(
        id=part_uuid(DATASET, "distribution", path),
        kind=DistributionKind.FILE,
        status=status,
        path=path,
        name=path,
        media_type="text/csv",
        content_url=path,
        **more,
    )


def make_profile(*tables: RecordSet, files: tuple[Distribution, ...] | None = None, **more: Any) -> DatasetProfile:
    listed = tuple(make_file(path) for path in {table.path: None for table in tables}) if files is None else files
    values = {"kind": Target.HEAVY, "generated_at": datetime(2026, 4, 23, tzinfo=UTC)} | more
    return DatasetProfile(
        generator=Generator(name="hand", version="0"),
        specification=ProfileSpecification.for_path("sales"),
        options=ProfileOptions(),
        distributions=listed,
        record_sets=tables,
        **values,
    )


@pytest.fixture
def checked() -> Callable[..., CheckReport]:
    """Hold one rule against a profile, or against one table."""

    def check(
        subject: DatasetProfile | RecordSet, last: DatasetProfile | RecordSet | None = None, **rule: Any
    ) -> CheckReport:
        profile = make_profile(subject) if isinstance(subject, RecordSet) else subject
        before = make_profile(last) if isinstance(last, RecordSet) else last
        return check_profile(profile, rules_of([rule]), last=before, now=NOW)

    return check
