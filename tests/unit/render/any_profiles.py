"""A strategy of all profiles that the model allows: any text, number and combination."""

from datetime import UTC, datetime

from hypothesis import strategies as st

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

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

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
def any_profiles(draw):
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
