"""From a specification's databases to how a job gets into them. No connection is opened here."""

from airflow_provider_profiler.config.databases import PRODUCTS, DatabaseEntry
from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.specification import DatabaseConnection, ProfileSpecification
from airflow_provider_profiler.profiling.databases.access import FILE_PROTOCOLS, DatabaseAccess, Tls, database_url


def configured_server(connector: DatabaseConnection, settings: Settings) -> DatabaseEntry:
    """The server of a connector, among those that the service's operator has named.

    :raises InvalidRequest: when it is none of them, or another protocol is spoken there.
    :raises ConfigurationError: when the file that lists them cannot be used.
    """
    # The service's password goes to whatever host it connects to: only to hosts that its operator has named.
    place = (connector.host, connector.port)
    entry = next((entry for entry in settings.known_databases if (entry.host, entry.port) == place), None)
    if entry is None:
        raise InvalidRequest(
            f"The database at host {connector.host!r}, port {connector.port} is not one that this service may "
            "connect to. Set DATAGEMS_POSTGRES_HOST and DATAGEMS_POSTGRES_PORT (or DATAGEMS_TIMESCALE_DB_HOST and "
            "DATAGEMS_TIMESCALE_DB_PORT, or an entry of PROFILER_DATABASES) at the service to exactly this host and "
            "port."
        )
    product = PRODUCTS.get(connector.protocol.lower())
    if product is None:
        known = ", ".join(sorted({*PRODUCTS, *FILE_PROTOCOLS}))
        raise InvalidRequest(
            f"Databases of the protocol {connector.protocol!r} are not read. The protocols that are: {known}."
        )
    if product != entry.product:
        raise InvalidRequest(
            f"The database at host {connector.host!r}, port {connector.port} is configured as {entry.protocol}, not as "
            f"{connector.protocol}."
        )
    return entry


def database_accesses(specification: ProfileSpecification, settings: Settings) -> tuple[DatabaseAccess, ...]:
    """How to get into the databases of a specification, in their order.

    :raises InvalidRequest: when one of them is not configured.
    :raises ConfigurationError: when a password file cannot be read.
    """
    return tuple(
        database_access(connector, settings)
        for connector in specification.data_connectors
        if isinstance(connector, DatabaseConnection) and connector.protocol.lower() not in FILE_PROTOCOLS
    )


def database_access(connector: DatabaseConnection, settings: Settings) -> DatabaseAccess:
    """How to get into one database.

    :raises InvalidRequest: when its server is not configured.
    :raises ConfigurationError: when a password file cannot be read.
    """
    entry = configured_server(connector, settings).with_password()
    return DatabaseAccess(
        product=entry.product,
        url=database_url(connector),
        host=entry.host,
        port=entry.port,
        database=connector.database_name,
        username=entry.username,
        password=entry.password,
        tls=Tls(
            mode=entry.tls,
            authority_file=_text(entry.tls_ca_file),
            certificate_file=_text(entry.tls_certificate_file),
            key_file=_text(entry.tls_key_file),
        ),
    )


def _text(path: object) -> str | None:
    return None if path is None else str(path)
