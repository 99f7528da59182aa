"""When files were written, and in which file a row stands."""

from datetime import datetime, timedelta, timezone
from uuid import uuid4

from airflow_provider_profiler.contract.profile import (
    Distribution,
    DistributionKind,
    DistributionStatus,
    QualityError,
    QualityErrorType,
    QualityExample,
    RecordSet,
)
from airflow_provider_profiler.render.moma.distribution import distribution_node
from airflow_provider_profiler.render.moma.quality import quality_node


def test_moments_are_told_in_utc() -> None:
    item = Distribution(
        id=uuid4(),
        kind=DistributionKind.FILE,
        status=DistributionStatus.PROFILED,
        path="a.csv",
        name="a.csv",
        media_type="text/csv",
        content_url="a.csv",
        modified=datetime(2024, 5, 6, 1, 30, tzinfo=timezone(timedelta(hours=3))),
    )
    assert distribution_node(item)["dateModified"] == "2024-05-05T22:30:00+00:00"
    assert "dateModified" not in distribution_node(item.model_copy(update={"modified": None}))


def test_examples_name_the_file_that_rows_are_counted_in() -> None:
    error = QualityError(
        id=uuid4(),
        column="",
        error_type=QualityErrorType.FORMAT_INCONSISTENCY,
        description="left out",
        affected_rows=2,
        examples=(QualityExample(value="x", row=3, path="t_1.csv"), QualityExample(value="y", row=4)),
    )
    record_set = RecordSet(
        id=uuid4(),
        name="t",
        distribution_id=uuid4(),
        path="t_*.csv",
        row_count=1,
        bytes_read=1,
        fields=(),
        quality=(error,),
    )
    (node,) = quality_node(record_set, uuid4())["errors"]
    assert node["errorExamples"] == [{"value": "x", "row": 3, "dg:path": "t_1.csv"}, {"value": "y", "row": 4}]
