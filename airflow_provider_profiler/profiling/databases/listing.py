"""From a specification's connectors to databases: what each says of itself, and the tables whose rows are read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.options import DatabaseOptions, ProfileOptions
from airflow_provider_profiler.contract.profile import Distribution, DistributionKind, DistributionStatus
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.contract.specification import DatabaseConnection, ProfileSpecification
from airflow_provider_profiler.profiling.databases.access import FILE_PROTOCOLS, DatabaseAccess, Limits, database_url
from airflow_provider_profiler.profiling.databases.failures import permission_denied
from airflow_provider_profiler.profiling.databases.servers import SERVERS
from airflow_provider_profiler.profiling.databases.table_source import Catalogue, CatalogueTable, DatabaseTable
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.formats import SQL
from airflow_provider_profiler.profiling.observer import Observer
from airflow_provider_profiler.profiling.readers.registry import ReaderNotInstalled
from airflow_provider_profiler.profiling.selection.row_choice import takes_all


@dataclass(frozen=True)
class DatabaseListing:
    """The databases of a specification."""

    distributions: tuple[Distribution, ...] = ()
    tables: tuple[DatabaseTable, ...] = ()
    warnings: tuple[JobWarning, ...] = ()


def list_databases(
    specification: ProfileSpecification,
    accesses: Sequence[DatabaseAccess],
    options: ProfileOptions,
    observer: Observer,
) -> DatabaseListing:
    """Look into the catalogue of every database, over one connection each, and read no row.

    A database that cannot be reached is marked with the reason; the others go on.

    :param accesses: how to get into the databases; one without is listed and never contacted.
    """
    known = {access.url: access for access in accesses}
    distributions: list[Distribution] = []
    tables: list[DatabaseTable] = []
    warnings: list[JobWarning] = []
    seen = set()
    for connector in specification.data_connectors:
        if not isinstance(connector, DatabaseConnection) or connector.protocol.lower() in FILE_PROTOCOLS:
            continue
        url = database_url(connector)
        if url in seen:
            continue
        seen.add(url)
        observer.check()
        listed = _listed(specification.id, connector)
        access = known.get(url)
        if access is None:
            message = f"{url}: no credentials are configured for it here; the database is listed, not read"
            reason = FileReason(code=FileReasonCode.CREDENTIALS_MISSING, message=message)
            distributions.append(listed.model_copy(update={"reason": reason}))
            continue
        limits = Limits(options.databases.statement_timeout_seconds, options.databases.lock_timeout_seconds)
        try:
            found = SERVERS[access.product].catalogue(access, limits, options.databases)
        except Exception as error:
            distributions.append(_failed(listed, error))
            continue
        sizes = [table.facts.bytes for table in found.tables if table.facts.bytes is not None]
        facts = {"database": found.facts, "content_size": sum(sizes) if sizes else None}
        distributions.append(listed.model_copy(update=facts))
        tables.extend(_sources(access, found, limits, options))
        warnings.extend(_warnings(url, access, found, options.databases))
    return DatabaseListing(tuple(distributions), tuple(tables), tuple(warnings))


def database_outcome(distribution: Distribution, reasons: Sequence[FileReason | None]) -> Distribution:
    """A database after its tables were read: profiled if one of them could be, or if there was none to read.

    :param reasons: of each table why it could not be read, None where it was.
    """
    if distribution.status is not DistributionStatus.LISTED or distribution.reason is not None:
        return distribution
    first = next((reason for reason in reasons if reason is not None), None)
    if first is None or None in reasons:
        return distribution.model_copy(update={"status": DistributionStatus.PROFILED})
    more = f" (and so with all {len(reasons)} tables)" if len(reasons) > 1 else ""
    reason = FileReason(code=first.code, message=f"{first.message}{more}")
    return distribution.model_copy(update={"status": DistributionStatus.FAILED, "reason": reason})


def _listed(dataset_id: UUID, connector: DatabaseConnection) -> Distribution:
    url = database_url(connector)
    return Distribution(
        id=part_uuid(dataset_id, "distribution", url),
        kind=DistributionKind.DATABASE,
        status=DistributionStatus.LISTED,
        path=url,
        name=connector.database_name,
        description=f"{connector.engine} database",
        media_type=SQL,
        content_url=url,
    )


def _failed(listed: Distribution, error: Exception) -> Distribution:
    installed = not isinstance(error, ReaderNotInstalled)
    status = DistributionStatus.FAILED if installed else DistributionStatus.LISTED
    return listed.model_copy(update={"status": status, "reason": file_reason(error, listed.path)})


def _sources(
    access: DatabaseAccess, found: Catalogue, limits: Limits, options: ProfileOptions
) -> Iterator[DatabaseTable]:
    for table in found.tables:
        if not table.unread:
            yield DatabaseTable(
                access=access,
                table=table,
                media_type=SERVERS[access.product].media_type,
                limits=limits,
                counts_moments=takes_all(options.sampling),
                together=options.databases.tables_per_task,
            )


def _warnings(url: str, access: DatabaseAccess, found: Catalogue, options: DatabaseOptions) -> Iterator[JobWarning]:
    for table in found.tables:
        if table.unread:
            yield JobWarning(code="table_not_read", message=f"{_unread(url, access, table)}.")
    if found.facts.left_out:
        message = f"{url}: {found.facts.left_out} tables were left out by the options databases."
        yield JobWarning(code="tables_left_out", message=message)
    if not found.tables:
        filtered = options.schemas or options.include_tables or options.exclude_tables
        why = "no table that the options let take part" if filtered else "no table"
        yield JobWarning(code="empty_database", message=f"{url}: the database has {why}.")
    for note in found.facts.notes:
        yield JobWarning(code="database_note", message=f"{url}: {note}.")


def _unread(url: str, access: DatabaseAccess, table: CatalogueTable) -> str:
    name = f"{table.facts.schema_name}.{table.facts.name}" if table.facts.schema_name else table.facts.name
    if table.unread == "permission":
        return str(permission_denied(f"{url}: {name}", access.username))
    return f"{url}: {name} {table.unread}"
