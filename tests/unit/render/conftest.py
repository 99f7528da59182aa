"""A rich profile made by hand, and a strategy of all profiles that the model allows."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import strategies as st

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

DATASET = UUID("7c4d20a0-33e8-471e-8a3f-a7a54aa09f68")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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


_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_name = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="@?#;="), max_size=12)
_count = st.integers(0, 10**12)
_finite = st.floats(allow_nan=False, allow_infinity=False)
_number = st.integers() | _finite
_scalar = st.booleans() | _number | _text
_moment_text = st.datetimes().map(datetime.isoformat) | st.dates().map(str) | _text
_accuracy = st.builds(Accuracy, method=st.sampled_from(Method), bound=st.floats(0, 1))


def _tuples(items, max_size=3, **more):
    return st.lists(items, max_size=max_size, **more).map(tuple)


_statistics = st.builds(
    ColumnStatistics,
    row_count=_count,
    missing_count=_count,
    distinct_count=_count,
    null_tokens=_tuples(st.builds(NullToken, token=_text, count=_count)),
    numeric=st.none()
    | st.builds(
        NumericStatistics,
        minimum=_number,
        maximum=_number,
        range=_number,
        sum=_number,
        mean=_finite,
        variance=st.none() | _finite,
        standard_deviation=st.none() | _finite,
        skewness=st.none() | _finite,
        kurtosis=st.none() | _finite,
        zero_count=_count,
        negative_count=_count,
        quantiles=st.none() | st.builds(Quantiles, **dict.fromkeys(Quantiles.model_fields, _finite)),
        histogram=_tuples(st.builds(HistogramBin, low=_finite, high=_finite, count=_count)),
        fine_histogram=st.none() | st.builds(FineHistogram, low=_finite, high=_finite, counts=_tuples(_count)),
    ),
    text=st.none()
    | st.builds(
        TextStatistics,
        mean_length=_finite,
        characters=st.none()
        | st.builds(CharacterStatistics, examined=_count, scripts=_tuples(st.builds(ScriptCount, script=_text))),
        shapes=_tuples(st.builds(ShapeCount, shape=_text, count=_count)),
    ),
    temporal=st.none()
    | st.builds(TemporalStatistics, minimum=_moment_text, maximum=_moment_text, granularity=st.just("day")),
    boolean=st.none() | st.builds(BooleanStatistics),
    top_values=_tuples(st.builds(TopValue, value=_scalar, count=_count)),
    accuracy=st.builds(
        StatisticsAccuracy, distinct=_accuracy, quantiles=_accuracy, histogram=_accuracy, top_values=_accuracy
    ),
)
_field = st.builds(
    Field,
    id=st.uuids(),
    name=_text,
    original_name=_text,
    data_type=st.sampled_from(DataType),
    physical_type=_text,
    semantic_types=_tuples(st.builds(SemanticType, type=_text, share=st.floats(0, 1))),
    description=_text,
    format=st.none() | _text,
    votes=_tuples(st.builds(TypeVote, type=_text, count=_count, examples=_tuples(_text))),
    statistics=_statistics,
    sample=_tuples(_scalar, max_size=5),
)
_correlation = st.builds(
    Correlation,
    first=_text,
    second=_text,
    method=st.sampled_from(CorrelationMethod),
    coefficient=st.none() | st.floats(-1, 1),
    rows=_count,
    accuracy=_accuracy,
)
_quality = st.builds(
    QualityError,
    id=st.uuids(),
    column=_text,
    error_type=st.sampled_from(QualityErrorType),
    description=_text,
    affected_rows=_count,
    examples=_tuples(st.builds(QualityExample, value=st.none() | _text, row=st.none() | _count), max_size=8),
)
_distributions = st.builds(
    Distribution,
    id=st.uuids(),
    kind=st.sampled_from(DistributionKind),
    status=st.sampled_from(DistributionStatus),
    reason=st.none() | st.builds(FileReason, code=st.sampled_from(FileReasonCode), message=_text),
    path=_text,
    name=_text,
    description=_text,
    media_type=st.sampled_from(["text/csv", "text/sql", XLSX, "text/plain", "application/pdf", "image/png", ""]),
    content_url=_text,
    content_size=st.none() | _count,
    sha256=st.none() | st.just("ab" * 32),
    includes=_tuples(_text),
    reading=st.none()
    | st.builds(
        Reading,
        reader=_text,
        encoding=st.none() | _text,
        dialect=st.none() | st.builds(Dialect, delimiter=_text, quote=st.none() | _text, escape=st.none() | _text),
    ),
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | _finite | _text,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_text, inner, max_size=2),
    max_leaves=3,
)


@st.composite
def _profiles(draw):
    distributions = draw(st.lists(_distributions, max_size=3))
    containers = [item.id for item in distributions if item.kind is not DistributionKind.FILE]
    if containers:
        distributions = [
            item.model_copy(update={"contained_in": draw(st.none() | st.sampled_from(containers))})
            if item.kind is DistributionKind.FILE
            else item
            for item in distributions
        ]
    record_sets = []
    for distribution in distributions:
        for _ in range(draw(st.integers(0, 2))):
            fields = draw(_tuples(_field, max_size=2))
            row = st.tuples(*[st.none() | _scalar for _ in fields])
            record_sets.append(
                RecordSet(
                    id=draw(st.uuids()),
                    name=draw(_text),
                    description=draw(_text),
                    distribution_id=distribution.id,
                    path=distribution.path,
                    row_count=draw(_count),
                    duplicate_rows=draw(st.none() | _count),
                    duplicate_rows_accuracy=draw(_accuracy),
                    correlations=draw(_tuples(_correlation, max_size=2)),
                    bytes_read=draw(_count),
                    fields=fields,
                    examples=draw(_tuples(row)),
                    rejected_rows=draw(st.integers(0, 2)),
                    quality=draw(_tuples(_quality, max_size=2)),
                )
            )
    connector = draw(
        st.just(RawDataPath(dataset_id="a/b"))
        | st.builds(
            DatabaseConnection,
            protocol=_name,
            engine=_name,
            database_name=_name,
            host=_name,
            port=st.integers(1, 65_535),
        )
    )
    words = {name: draw(_text) for name in ("name", "description", "headline", "doi", "license", "country")}
    unknown = draw(st.dictionaries(st.sampled_from(["version", "access", "@id", "funder"]), _json, max_size=2))
    return DatasetProfile(
        kind=Target.HEAVY,
        generated_at=draw(st.datetimes(timezones=st.just(UTC))),
        generator=Generator(name=draw(_text), version=draw(_text)),
        specification=ProfileSpecification.for_path(
            "a/b", **words, keywords=draw(_tuples(_text)), data_connectors=(connector,), **unknown
        ),
        options=ProfileOptions(),
        distributions=tuple(distributions),
        record_sets=tuple(record_sets),
        warnings=draw(_tuples(st.builds(JobWarning, code=_text, message=_text), max_size=1)),
    )


@pytest.fixture(scope="session")
def profiles():
    """A strategy of profiles: any text, number and combination that the model allows."""
    return _profiles()
