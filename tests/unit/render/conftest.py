"""A rich profile made by hand, and any profile."""

from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    DataType,
    Dialect,
    Distribution,
    DistributionKind,
    DistributionStatus,
    Field,
    Generator,
    QualityError,
    QualityErrorType,
    QualityExample,
    Reading,
    RecordSet,
    SemanticType,
    TypeVote,
)
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.contract.specification import DatabaseConnection, ProfileSpecification, RawDataPath
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.contract.statistics import (
    Accuracy,
    BooleanStatistics,
    CharacterClasses,
    CharacterStatistics,
    ColumnStatistics,
    Correlation,
    CorrelationMethod,
    FineHistogram,
    HistogramBin,
    Method,
    NullToken,
    NumericStatistics,
    Quantiles,
    ScriptCount,
    ShapeCount,
    StatisticsAccuracy,
    TemporalStatistics,
    TextStatistics,
    TopValue,
)
from tests.unit.render.any_profiles import XLSX, any_profiles

DATASET = UUID("7c4d20a0-33e8-471e-8a3f-a7a54aa09f68")


def _distribution(path, media_type, status=DistributionStatus.PROFILED, kind=DistributionKind.FILE, **more):
    defaults = {"name": path.rsplit("/", 1)[-1], "content_url": path}
    if kind is DistributionKind.FILE:
        defaults |= {"content_size": 2_386_685, "sha256": "18" * 32}
    identity = part_uuid(DATASET, "distribution", path)
    values = defaults | more
    return Distribution(id=identity, kind=kind, status=status, path=path, media_type=media_type, **values)


def _table(distribution, name, *columns, **more):
    record_set = part_uuid(DATASET, "record_set", distribution.path, name)
    fields = tuple(
        Field(
            id=part_uuid(DATASET, "field", distribution.path, name, column["name"]),
            position=position,
            **{"original_name": column["name"], "physical_type": "text"} | column,
        )
        for position, column in enumerate(columns)
    )
    values = {"row_count": 4, "bytes_read": 120, "fields": fields, "path": distribution.path} | more
    return RecordSet(id=record_set, name=name, distribution_id=distribution.id, **values)


def _numbers(**more):
    return {
        "minimum": 1,
        "maximum": 17_606,
        "range": 17_605,
        "sum": 17_907,
        "mean": 5_969.0,
        "variance": 101_579_899.0,
        "standard_deviation": 10_078.685330,
        "skewness": 1.73,
        "kurtosis": None,
        "zero_count": 0,
        "negative_count": 0,
        "quantiles": Quantiles(p01=1.5, p05=2.0, p25=96.5, p50=192.0, p75=8899.0, p95=15864.6, p99=17257.72),
        "histogram": (HistogramBin(low=1.0, high=8803.5, count=2), HistogramBin(low=8803.5, high=17606.0, count=1)),
        "fine_histogram": FineHistogram(low=1.0, high=17606.0, counts=(2, 0, 0, 1)),
    } | more


CODES = {
    "characters": CharacterStatistics(
        examined=4,
        characters=CharacterClasses(letters=5, digits=12, white_space=1, punctuation=2, other=3),
        values=CharacterClasses(letters=2, digits=4, white_space=1, punctuation=1, other=1),
        scripts=(ScriptCount(script="Greek", letters=4, values=2), ScriptCount(script="Latin", letters=1, values=1)),
        mixed_scripts=1,
    ),
    "shapes": (ShapeCount(shape="999", count=3), ShapeCount(shape="AA 999", count=1)),
    "shape_count": 2,
}


def _words(rows, distinct=2, missing=0, blank=0, content=None, **more):
    text = TextStatistics(minimum_length=1, mean_length=4.5, maximum_length=9, blank_count=blank, **(content or {}))
    return ColumnStatistics(row_count=rows, missing_count=missing, distinct_count=distinct, text=text, **more)


@pytest.fixture(scope="session")
def profile():
    """Every kind of file, column and mishap once; Greek names; a moment written in another zone."""
    validations = _distribution(
        "data/επικυρώσεις.csv",
        "text/csv",
        reading=Reading(reader="csv", encoding="utf-8", dialect=Dialect(delimiter=",", quote='"', line_ending="crlf")),
    )
    trips = _distribution(
        "trips.parquet", "application/vnd.apache.parquet", reading=Reading(reader="parquet", encoding=None)
    )
    workbook = _distribution("codes.xlsx", XLSX)
    papers = _distribution(
        "PDF", "application/pdf", DistributionStatus.LISTED, DistributionKind.FILE_SET, includes=("PDF/*.pdf",)
    )
    paper = _distribution(
        "PDF/129.pdf",
        "application/pdf",
        DistributionStatus.LISTED,
        contained_in=papers.id,
        reason=FileReason(code=FileReasonCode.UNSUPPORTED_FORMAT, message="PDF/129.pdf: documents are not read yet"),
    )
    broken = _distribution(
        "broken.csv",
        "text/csv",
        DistributionStatus.FAILED,
        reason=FileReason(code=FileReasonCode.MALFORMED, message="line 3 holds a quote that is never closed"),
    )
    notes = _distribution("notes.txt", "text/plain", DistributionStatus.LISTED, sha256=None)
    database = _distribution(
        "ds_era5", "text/sql", kind=DistributionKind.DATABASE, content_url="postgresql://db:5432/ds_era5"
    )
    stations = _distribution("ds_era5/stations", "text/sql", contained_in=database.id, content_size=None, sha256=None)

    faults = (
        QualityError(
            id=part_uuid(DATASET, "quality", "mixed"),
            column="σταθμός",
            error_type=QualityErrorType.CONSISTENCY_ERROR,
            description="Latin letters inside Greek words",
            affected_rows=7,
            examples=tuple(QualityExample(value="ΣYNTAΓMA", row=row) for row in range(1, 8)),
        ),
        QualityError(
            id=part_uuid(DATASET, "quality", "empty"),
            column="dv_route",
            error_type=QualityErrorType.VALUE_ERROR,
            description="the column is empty",
            affected_rows=4,
            examples=(QualityExample(value=None, row=None),),
        ),
    )
    csv_table = _table(
        validations,
        "επικυρώσεις",
        {
            "name": "dv_agency",
            "data_type": DataType.TEXT,
            "semantic_types": (SemanticType(type="identifier", share=1.0),),
            "sample": ("001", "002"),
            "statistics": _words(
                4, content=CODES, top_values=(TopValue(value="002", count=3), TopValue(value="001", count=1))
            ),
        },
        {
            "name": "dv_validations",
            "original_name": "dv validations",
            "data_type": DataType.INTEGER,
            "votes": (TypeVote(type="integer", count=3), TypeVote(type="text", count=1, examples=("NA",))),
            "sample": (192, 17_606, 1),
            "statistics": ColumnStatistics(
                row_count=4,
                missing_count=0,
                distinct_count=4,
                null_tokens=(NullToken(token="NA", count=1),),
                numeric=NumericStatistics(**_numbers()),
                accuracy=StatisticsAccuracy(distinct=Accuracy(method=Method.SKETCH, bound=0.02)),
            ),
        },
        {
            "name": "σταθμός",
            "original_name": "",
            "data_type": DataType.TEXT,
            "sample": ("ΣΥΝΤΑΓΜΑ",),
            "statistics": _words(4, blank=1),
        },
        {
            "name": "date_hour",
            "data_type": DataType.DATE_TIME,
            "format": "%d/%m/%Y %H:%M",
            "sample": ("2025-05-24T00:00:00",),
            "statistics": ColumnStatistics(
                row_count=3,
                missing_count=1,
                distinct_count=3,
                temporal=TemporalStatistics(
                    minimum="2025-05-24T00:00:00", maximum="2025-05-27T23:00:00", granularity="hour"
                ),
            ),
        },
        {
            "name": "load_dt",
            "data_type": DataType.DATE,
            "statistics": ColumnStatistics(
                row_count=4,
                missing_count=0,
                distinct_count=2,
                temporal=TemporalStatistics(minimum="2025-05-25", maximum="2025-05-28", granularity="day"),
            ),
        },
        {
            "name": "boarding",
            "data_type": DataType.BOOLEAN,
            "sample": (True, False),
            "statistics": ColumnStatistics(
                row_count=4, missing_count=0, distinct_count=2, boolean=BooleanStatistics(true_count=3, false_count=1)
            ),
        },
        {
            "name": "dv_route",
            "data_type": DataType.TEXT,
            "statistics": ColumnStatistics(row_count=0, missing_count=4, distinct_count=0),
        },
        examples=(("001", 192, "ΣΥΝΤΑΓΜΑ", None, "2025-05-25", True, None),),
        rejected_rows=1,
        duplicate_rows=2,
        duplicate_rows_accuracy=Accuracy(method=Method.SAMPLE, bound=0.01),
        correlations=(
            Correlation(
                first="dv_validations",
                second="rides",
                method=CorrelationMethod.SPEARMAN,
                coefficient=-0.75,
                rows=4,
                accuracy=Accuracy(method=Method.SAMPLE, bound=0.2),
            ),
            Correlation(
                first="dv_validations", second="fare", method=CorrelationMethod.PEARSON, coefficient=None, rows=1
            ),
            Correlation(first="fare", second="rides", method=CorrelationMethod.PEARSON, coefficient=0.875, rows=3),
        ),
        quality=faults,
    )
    fare = {
        "name": "fare",
        "data_type": DataType.FLOAT,
        "physical_type": "double",
        "sample": (1, 2.5),
        "statistics": ColumnStatistics(
            row_count=1,
            missing_count=0,
            distinct_count=1,
            nan_count=2,
            infinity_count=1,
            numeric=NumericStatistics(
                **_numbers(variance=None, standard_deviation=None, skewness=None, quantiles=None, histogram=())
            ),
        ),
    }
    code = {"name": "code", "data_type": DataType.TEXT, "statistics": _words(3, missing=1)}
    return DatasetProfile(
        kind=Target.HEAVY,
        generated_at=datetime(2026, 11, 20, 2, tzinfo=timezone(timedelta(hours=2))),
        generator=Generator(name="dataset-profiler", version="0.1"),
        specification=ProfileSpecification(
            id=DATASET,
            name="Επικυρώσεις μετρό",
            description="Athens subway validations.",
            license="CC-BY-4.0",
            headline="Subway",
            country="GR",
            date_published="2025-08-23",
            uploaded_by="ADMIN",
            keywords=("subway", "μετρό"),
            fields_of_science=("CIVIL ENGINEERING",),
            languages=("el", "en"),
            data_connectors=(
                RawDataPath(dataset_id="subway/2025"),
                DatabaseConnection(
                    protocol="postgresql", engine="PostgreSQL", database_name="ds_era5", host="db", port=5432
                ),
            ),
            cite_as="OASA (2025)",
            published_url="https://example.org/subway",
            doi="10.1234/subway",
            version="2.1.0",
            funder={"@id": "x", "name": "ΕΥ"},
        ),
        options=ProfileOptions(),
        distributions=(validations, trips, workbook, papers, paper, broken, notes, database, stations),
        record_sets=(
            csv_table,
            _table(trips, "trips", fare, row_count=4),
            _table(workbook, "Sheet1", code),
            _table(workbook, "Sheet2", code, row_count=0),
            _table(stations, "stations", code),
        ),
        warnings=(JobWarning(code="left_out", message="2 files match no include pattern"),),
    )


@pytest.fixture(scope="session")
def profiles():
    """A strategy of profiles: any text, number and combination that the model allows."""
    return any_profiles()
