"""What OpenLineage is told of profiles and checks: metrics and schema of each table, statistics, assertions.

The provider of OpenLineage need not be installed: without it nobody asks. What is told is bounded in size, looking for
it is bounded in time, and nothing that goes wrong here fails a task.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from airflow_provider_profiler.checks.outcome import CheckReport, CheckResult, Outcome
from airflow_provider_profiler.contract.profile import DatasetProfile, DistributionKind, Field, RecordSet
from airflow_provider_profiler.contract.statistics import Quantiles

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage

    Lineage = OperatorLineage[Any, Any]

Made = TypeVar("Made")
logger = logging.getLogger(__name__)

#: Tables of a dataset, columns of a table, columns in all, and assertions that are told of.
MAX_TABLES = 100
MAX_COLUMNS = 200
MAX_COLUMNS_IN_ALL = 1000
MAX_ASSERTIONS = 500
#: Bytes of a profile beyond which nothing of it is told: reading it would take too long.
MAX_PROFILE_BYTES = 16 * 1024 * 1024
#: Seconds that looking for a profile may take: OpenLineage gives up, event and all, after ten.
MAX_SECONDS = 5.0
_LONGEST_TEXT = 500
_PROFILE = "profile.json"
#: How OpenLineage calls the databases whose own scheme it does not take.
_SCHEMES = {"postgresql": "postgres", "mariadb": "mysql"}


def lineage_of_job(job_id: str | None, profiler_conn_id: str) -> "Lineage | None":
    """What a task tells that has profiled a dataset; None where there is nothing to tell.

    :param job_id: the job whose profile it is.
    """
    if job_id is None:
        return None
    profile = _in_time(lambda: _fetched(job_id, profiler_conn_id))
    return None if profile is None else _quietly(lambda: lineage_of_profile(profile, profiler_conn_id))


def lineage_of_checks(profile: DatasetProfile, report: CheckReport, profiler_conn_id: str) -> "Lineage | None":
    """What a task tells that has checked a profile: an assertion for each result, at the table that it is about."""
    return _quietly(lambda: _assertions(profile, report, profiler_conn_id))


def lineage_of_profile(profile: DatasetProfile, profiler_conn_id: str) -> "Lineage":
    """The tables as inputs, with metrics and schema, and the profile as output, with what it stands for."""
    from airflow.providers.openlineage.extractors import OperatorLineage  # noqa: PLC0415 - only where it is installed
    from openlineage.client.event_v2 import InputDataset, OutputDataset  # noqa: PLC0415
    from openlineage.client.facet_v2 import (  # noqa: PLC0415
        data_quality_metrics_input_dataset,
        output_statistics_output_dataset,
        schema_dataset,
    )

    names = _Names(profile, profiler_conn_id)
    inputs, left = [], MAX_COLUMNS_IN_ALL
    for table in profile.record_sets[:MAX_TABLES]:
        fields = table.fields[: min(MAX_COLUMNS, left)]
        left -= len(fields)
        namespace, name = names.of(table)
        metrics = data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet(
            rowCount=table.row_count,
            bytes=table.bytes_read,
            columnMetrics={
                field.name: data_quality_metrics_input_dataset.ColumnMetrics(**_metrics(field)) for field in fields
            },
        )
        schema = schema_dataset.SchemaDatasetFacet(
            fields=[
                schema_dataset.SchemaDatasetFacetFields(
                    name=field.name, type=field.data_type.value, description=field.description[:_LONGEST_TEXT] or None
                )
                for field in fields
            ]
        )
        inputs.append(
            InputDataset(
                namespace=namespace, name=name, facets={"schema": schema}, inputFacets={"dataQualityMetrics": metrics}
            )
        )
    if not profile.record_sets:
        inputs = [InputDataset(namespace=names.namespace, name=name) for name in names.files()]
    summary = profile.summary()
    statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=summary.rows, size=summary.bytes, fileCount=summary.files
    )
    output = OutputDataset(
        namespace=names.namespace, name=str(profile.dataset_id), outputFacets={"outputStatistics": statistics}
    )
    return OperatorLineage(inputs=inputs, outputs=[output])


class _Names:
    """What OpenLineage calls the tables of a dataset."""

    def __init__(self, profile: DatasetProfile, profiler_conn_id: str) -> None:
        self._profile = profile
        self.namespace = _namespace(profiler_conn_id)
        owners = {item.id: item for item in profile.distributions}
        self._databases = {
            item.id: owner
            for item in profile.distributions
            for owner in (item, owners.get(item.contained_in) if item.contained_in else None)
            if owner is not None and owner.kind is DistributionKind.DATABASE
        }
        self._tables_of_path = Counter(table.path for table in profile.record_sets)

    def of(self, table: RecordSet) -> tuple[str, str]:
        """Namespace and name: those of the database's own where it is in one."""
        database = self._databases.get(table.distribution_id)
        url = urlsplit(database.content_url) if database is not None else None
        if url is not None and url.hostname:
            scheme = _SCHEMES.get(url.scheme, url.scheme)
            port = f":{url.port}" if url.port else ""
            return f"{scheme}://{url.hostname}{port}", f"{url.path.strip('/')}.{table.name}"
        several = self._tables_of_path[table.path] > 1
        return self.namespace, _table_name(str(self._profile.dataset_id), table.path, table.name if several else "")

    def files(self) -> Iterator[str]:
        """The files, where there is nothing but files."""
        files = [item for item in self._profile.distributions if item.kind is DistributionKind.FILE]
        for item in files[:MAX_TABLES]:
            yield _table_name(str(self._profile.dataset_id), item.path, "")


def _namespace(profiler_conn_id: str) -> str:
    # That of the asset which stands for the profile.
    return f"profile://{profiler_conn_id.lower()}"


def _table_name(dataset_id: str, path: str, table: str) -> str:
    return f"{dataset_id}/{path}" + (f"#{table}" if table else "")


def _metrics(field: Field) -> dict[str, Any]:
    """Numbers alone: texts of cells stay where they are."""
    statistics = field.statistics
    found: dict[str, Any] = {
        "nullCount": statistics.missing_count,
        "distinctCount": statistics.distinct_count,
        "count": statistics.row_count,
    }
    numeric = statistics.numeric
    if numeric is not None:
        found |= {"sum": numeric.sum, "min": numeric.minimum, "max": numeric.maximum}
        if numeric.quantiles is not None:
            names = Quantiles.model_fields
            found["quantiles"] = {f"{int(name[1:]) / 100:g}": getattr(numeric.quantiles, name) for name in names}
    return found


def _assertions(profile: DatasetProfile, report: "CheckReport", profiler_conn_id: str) -> "Lineage":
    from airflow.providers.openlineage.extractors import OperatorLineage  # noqa: PLC0415 - only where it is installed
    from openlineage.client.event_v2 import InputDataset  # noqa: PLC0415
    from openlineage.client.facet_v2 import data_quality_assertions_dataset  # noqa: PLC0415

    names = _Names(profile, profiler_conn_id)
    places = {(table.path, table.name): names.of(table) for table in profile.record_sets}
    whole = (names.namespace, str(profile.dataset_id))
    by_place: dict[tuple[str, str], list[Any]] = {}
    good = (item for item in report.results if item.outcome is Outcome.OK)
    for item in [*report.worst_first(), *good][:MAX_ASSERTIONS]:
        place = places.get((item.path, item.table), whole)
        by_place.setdefault(place, []).append(_assertion(data_quality_assertions_dataset.Assertion, item))
    return OperatorLineage(
        inputs=[
            InputDataset(
                namespace=namespace,
                name=name,
                inputFacets={
                    "dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
                        assertions=assertions
                    )
                },
            )
            for (namespace, name), assertions in by_place.items()
        ]
    )


def _assertion(kind: Any, item: CheckResult) -> Any:
    values = {
        "assertion": item.kind or item.rule,
        "success": item.outcome is Outcome.OK,
        "column": item.column or None,
        "severity": "warn" if item.outcome is Outcome.WARNING else "error",
        "name": item.rule,
        "description": _clipped(item.message),
        "expected": None if item.expected is None else _clipped(str(item.expected)),
        "actual": None if item.observed is None else _clipped(str(item.observed)),
    }
    # Earlier versions of OpenLineage know fewer of them.
    known = {field.name for field in kind.__attrs_attrs__}
    return kind(**{name: value for name, value in values.items() if name in known})


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _fetched(job_id: str, profiler_conn_id: str) -> DatasetProfile | None:
    """The profile of a job, asked for once; None where it is too large."""
    from airflow_provider_profiler.hooks.profiler import ProfilerHook  # noqa: PLC0415 - heavy, and not always needed
    from airflow_provider_profiler.hooks.retrying import RetryPolicy  # noqa: PLC0415

    with ProfilerHook(profiler_conn_id, retry=RetryPolicy(attempts=1)) as hook, TemporaryDirectory() as folder:
        listed = hook.artefacts(job_id, name=_PROFILE)
        size = next((item.bytes for item in listed.data if item.name == _PROFILE), None) if listed else None
        if size is None or size > MAX_PROFILE_BYTES:
            logger.info("Lineage tells nothing of job %s: it has no profile, or one that is too large.", job_id)
            return None
        file = Path(folder) / _PROFILE
        hook.download_artefact(job_id, _PROFILE, file)
        return DatasetProfile.from_document(file.read_bytes())


def _in_time(fetch: Callable[[], DatasetProfile | None]) -> DatasetProfile | None:
    """What is found in time; None where it takes too long or goes wrong."""
    found: list[DatasetProfile | None] = []
    thread = threading.Thread(target=lambda: found.append(_quietly(fetch)), daemon=True, name="profile-lineage")
    thread.start()
    thread.join(MAX_SECONDS)
    if not found:
        logger.warning("Lineage tells nothing of the profile: it was not there within %g seconds.", MAX_SECONDS)
    return found[0] if found else None


def _quietly(make: Callable[[], Made]) -> Made | None:
    try:
        return make()
    except Exception as error:  # whatever it is, lineage is not what the task is for
        logger.warning("Lineage tells nothing of the profile: %s", error, exc_info=logger.isEnabledFor(logging.DEBUG))
        return None
