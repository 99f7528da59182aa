"""What is checked of a request before a job is made of it: that its data can be reached from here."""

from pathlib import Path

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError, InvalidRequest
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.specification import DatabaseConnection, RawDataPath, check_dataset_path
from airflow_provider_profiler.jobs.databases import configured_server
from airflow_provider_profiler.profiling.databases.access import FILE_PROTOCOLS
from airflow_provider_profiler.storage.object_roots import ObjectRoot, ResolvedObjects
from airflow_provider_profiler.storage.object_stores import ObjectStore, is_url
from airflow_provider_profiler.storage.roots import DataRoot, ResolvedDataset


def admit(
    request: TriggerProfileRequest, settings: Settings, *, read_elsewhere: bool = False
) -> tuple[ResolvedDataset | ResolvedObjects, ...]:
    """Resolve the folders that a request names, and check that its databases are known. No connection is opened.

    :param read_elsewhere: whether other hosts read the data: where this one does not see the root, it is theirs to
        find out what lies there.
    :return: a dataset for each connector of files, in their order; none where the root is elsewhere.
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
        if isinstance(connector, DatabaseConnection) and connector.protocol.lower() not in FILE_PROTOCOLS:
            configured_server(connector, settings)
    paths = [path for connector in connectors if (path := _path_of(connector)) is not None]
    if not paths:
        return ()
    root = data_root(settings)
    if read_elsewhere and isinstance(root, DataRoot) and not root.is_here():
        return ()
    return tuple(root.resolve(path) for path in paths)


def _path_of(connector: RawDataPath | DatabaseConnection) -> str | None:
    """Where a connector's files lie under the root; None for a server.

    :raises InvalidRequest: when the name of a database that is a file is no plain path.
    """
    if isinstance(connector, RawDataPath):
        return connector.dataset_id
    if connector.protocol.lower() not in FILE_PROTOCOLS:
        return None
    try:
        return check_dataset_path(connector.database_name)
    except ValueError as error:
        raise InvalidRequest(
            f"The database_name of a {connector.protocol} database is the path of its file under the data root; it "
            f"{error}."
        ) from None


def data_root(settings: Settings) -> DataRoot | ObjectRoot:
    """The root of all datasets, as configured.

    :raises ConfigurationError: when none is set, or it is a URL that is not taken.
    """
    if settings.data_root is None:
        raise ConfigurationError("No data root is set. Set DATA_ROOT_PATH to the folder that holds all datasets.")
    if is_url(settings.data_root):
        options = settings.object_store_options
        store = ObjectStore.of(settings.data_root, options.get_secret_value() if options else "")
        return ObjectRoot(store, settings.mount_point)
    return DataRoot(Path(settings.data_root), settings.mount_point)


def _check_condition(where: str) -> None:
    try:
        from airflow_provider_profiler.profiling.selection.sql import parse_condition  # noqa: PLC0415
    except ImportError:  # the engine is somewhere else, and refuses the condition there
        return
    parse_condition(where)
