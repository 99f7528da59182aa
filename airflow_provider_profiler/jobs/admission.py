"""What is checked of a request before a job is made of it: that its data can be reached from here."""

from pathlib import Path

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError, InvalidRequest
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.specification import DatabaseConnection, RawDataPath
from airflow_provider_profiler.storage.roots import DataRoot, ResolvedDataset


def admit(
    request: TriggerProfileRequest, settings: Settings, *, read_elsewhere: bool = False
) -> tuple[ResolvedDataset, ...]:
    """Resolve the folders that a request names, and check that its databases are known. No connection is opened.

    :param read_elsewhere: whether other hosts read the data: where this one does not see the root, it is theirs to
        find out what lies there.
    :return: a dataset for each ``RawDataPath`` connector, in their order; none where the root is elsewhere.
    :raises DatasetNotFound: when there is nothing at a connector's path.
    :raises PathOutsideRoot: when a connector's path leads out of the data root.
    :raises InvalidRequest: when a database is not one that this service is configured for, or the condition on rows
        says what none may say.
    :raises ConfigurationError: when the service has no data root.
    """
    if request.options.selection.where is not None:
        _check_condition(request.options.selection.where)
    connectors = request.profile_specification.data_connectors
    for connector in connectors:
        if isinstance(connector, DatabaseConnection):
            _check_database(connector, settings)
    paths = [connector.dataset_id for connector in connectors if isinstance(connector, RawDataPath)]
    if not paths:
        return ()
    root = data_root(settings)
    if read_elsewhere and not root.is_here():
        return ()
    return tuple(root.resolve(path) for path in paths)


def data_root(settings: Settings) -> DataRoot:
    """The root of all datasets, as configured.

    :raises ConfigurationError: when none is set, or it is not a folder path.
    """
    if settings.data_root is None:
        raise ConfigurationError("No data root is set. Set DATA_ROOT_PATH to the folder that holds all datasets.")
    if "://" in settings.data_root:
        raise ConfigurationError(
            "DATA_ROOT_PATH is a URL; only a folder is supported. Mount the store and set DATA_ROOT_PATH to its path."
        )
    return DataRoot(Path(settings.data_root), settings.mount_point)


def _check_condition(where: str) -> None:
    try:
        from airflow_provider_profiler.profiling.selection.sql import parse_condition  # noqa: PLC0415
    except ImportError:  # the engine is somewhere else, and refuses the condition there
        return
    parse_condition(where)


def _check_database(connector: DatabaseConnection, settings: Settings) -> None:
    # The service's password goes to whatever host it connects to: only to hosts that its operator has named.
    configured = {
        (settings.postgres_host, settings.postgres_port),
        (settings.timescale_host, settings.timescale_port),
    }
    if (connector.host, connector.port) not in configured:
        raise InvalidRequest(
            f"The database at host {connector.host!r}, port {connector.port} is not one that this service may "
            "connect to. Set DATAGEMS_POSTGRES_HOST and DATAGEMS_POSTGRES_PORT (or DATAGEMS_TIMESCALE_DB_HOST and "
            "DATAGEMS_TIMESCALE_DB_PORT) at the service to exactly this host and port."
        )
