"""Which service a connection means, the same for tasks and for triggers: one on the wire, or the embedded one."""

from airflow_provider_profiler.hooks import embedded
from airflow_provider_profiler.hooks.address import EMBEDDED_HOST, ServiceAddress, names_embedded, service_address
from airflow_provider_profiler.hooks.connection_fields import ConnectionLike
from airflow_provider_profiler.hooks.errors import ConnectionNotUsable
from airflow_provider_profiler.hooks.names import CONN_TYPE, DEFAULT_CONN_NAME


def locate(conn_id: str, connection: ConnectionLike | None) -> ServiceAddress | None:
    """The address that a connection gives; None for embedded.

    :param conn_id: the id that was asked for.
    :param connection: the connection, None where there is none of this id. Only the default one may be missing.
    :raises ConnectionNotUsable: when it is missing, contradictory, or embedded where that is not allowed.
    """
    if connection is None:
        if conn_id != DEFAULT_CONN_NAME:
            raise ConnectionNotUsable(
                f"There is no Airflow connection {conn_id!r}. Create it with the type '{CONN_TYPE}', or leave "
                "profiler_conn_id out."
            )
        if not embedded.embedded_allowed():
            raise ConnectionNotUsable(
                f"There is no Airflow connection {conn_id!r}, and [profiler] embedded = never keeps tasks from running "
                "the service themselves. Create the connection."
            )
        return None
    if not names_embedded(connection):
        return service_address(connection)
    if not embedded.embedded_allowed():
        raise ConnectionNotUsable(
            f"The connection {conn_id!r} has the host {EMBEDDED_HOST!r}, but [profiler] embedded = never keeps tasks "
            "from running the service themselves. Give it the host of a service."
        )
    return None
