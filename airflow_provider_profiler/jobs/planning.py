"""What a submission would become, told to somebody who only asks."""

from collections.abc import Iterator

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.dry_run import DryRunPlan, PlannedDatabase, PlannedFiles
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.specification import DatabaseConnection, RawDataPath
from airflow_provider_profiler.jobs.databases import configured_server
from airflow_provider_profiler.jobs.store import JobStore, RunnerKind
from airflow_provider_profiler.profiling.databases.access import FILE_PROTOCOLS, database_url
from airflow_provider_profiler.storage.object_roots import ResolvedObjects
from airflow_provider_profiler.storage.roots import ResolvedDataset


def plan(
    request: TriggerProfileRequest,
    found: tuple[ResolvedDataset | ResolvedObjects, ...],
    settings: Settings,
    store: JobStore,
    runner: RunnerKind,
) -> DryRunPlan:
    """What the job would be.

    :param found: what :func:`~airflow_provider_profiler.jobs.admission.admit` resolved of the request.
    """
    specification = request.profile_specification
    latest = store.latest_revision(specification.id)
    return DryRunPlan(
        dataset_id=specification.id,
        target=request.target,
        connectors=tuple(_connectors(request, found, settings)),
        options=request.options,
        priority=request.priority,
        labels=request.labels,
        unknown_fields=tuple(sorted(specification.unknown_fields)),
        last_revision=None if latest is None else latest.revision,
        runner=runner.value,
    )


def _connectors(
    request: TriggerProfileRequest, found: tuple[ResolvedDataset | ResolvedObjects, ...], settings: Settings
) -> Iterator[PlannedFiles | PlannedDatabase]:
    places = iter(found)
    prefix = f"{settings.mount_point}/" if settings.mount_point else ""
    for connector in request.profile_specification.data_connectors:
        if isinstance(connector, DatabaseConnection) and connector.protocol.lower() not in FILE_PROTOCOLS:
            entry = configured_server(connector, settings)
            yield PlannedDatabase(
                database=database_url(connector),
                product=entry.product,
                credentials=entry.username is not None,
                tls=entry.tls,
            )
        else:
            path = connector.dataset_id if isinstance(connector, RawDataPath) else connector.database_name
            place = next(places, None)
            yield PlannedFiles(
                type=connector.type,
                dataset_id=prefix + path,
                found="elsewhere" if place is None else "file" if place.is_file else "folder",
            )
