"""Where the service is and how to talk to it, as an Airflow connection says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from airflow_provider_profiler.hooks.connection_fields import FALSE, TRUE, ConnectionLike, flag, seconds, text
from airflow_provider_profiler.hooks.credentials import Credentials, identity_of
from airflow_provider_profiler.hooks.errors import ConnectionNotUsable
from airflow_provider_profiler.hooks.loopback import is_loopback

EMBEDDED_HOST = "embedded"
DEFAULT_TIMEOUT = 30.0
DEFAULT_CONNECT_TIMEOUT = 10.0


@dataclass(frozen=True)
class ServiceAddress:
    """Everything one request needs besides its path and body."""

    base_url: str
    """Scheme, host, port and path prefix, without a slash at the end."""
    token: str | None = field(default=None, repr=False)
    """A bearer token that the connection itself holds."""
    credentials: Credentials | None = None
    """What a token is got or made with, where the connection holds none."""
    timeout: tuple[float, float] = (DEFAULT_CONNECT_TIMEOUT, DEFAULT_TIMEOUT)
    """Seconds to connect, and seconds to wait for an answer."""
    verify: bool | str = True
    cert: str | tuple[str, str] | None = None
    proxies: Mapping[str, str] = field(default_factory=dict)
    trust_env: bool = True
    """Whether proxies and CA bundles of the environment count; never on loopback, which no proxy can reach."""
    allow_redirects: bool = False
    """Off: a redirect turns a POST into a GET and may carry the token elsewhere."""

    def url(self, path: str) -> str:
        """The URL of a path of the service, which begins with a slash."""
        return f"{self.base_url}{path}"


def names_embedded(connection: ConnectionLike) -> bool:
    """Whether the connection asks for the service inside the task's own process."""
    return (connection.host or "").strip().lower() == EMBEDDED_HOST


def service_address(connection: ConnectionLike) -> ServiceAddress:
    """Read a connection.

    The host is a name, or a URL with or without a path prefix; a URL that ends in the documented ``/profiler`` is
    taken as the documents write it. Who the caller is, the field ``auth`` says; without it, the password is a bearer
    token. Extra fields that are not known here are ignored: none of them ever becomes a header.

    :raises ConnectionNotUsable: when something is missing or contradictory; the message names the connection.
    """
    conn_id = connection.conn_id
    url = _base_url(connection)
    identity = identity_of(connection)
    extra = connection.extra_dejson
    return ServiceAddress(
        base_url=_join(url),
        token=identity.token,
        credentials=identity.credentials,
        timeout=(
            seconds(conn_id, extra, "connect_timeout", DEFAULT_CONNECT_TIMEOUT),
            seconds(conn_id, extra, "timeout", DEFAULT_TIMEOUT),
        ),
        verify=_verify(conn_id, extra),
        cert=_certificate(extra),
        proxies=_proxies(conn_id, extra),
        trust_env=not is_loopback(url.hostname) and flag(conn_id, extra, "trust_env", default=True),
        allow_redirects=flag(conn_id, extra, "allow_redirects", default=False),
    )


def _base_url(connection: ConnectionLike) -> SplitResult:
    conn_id = connection.conn_id
    host = (connection.host or "").strip()
    if not host:
        raise ConnectionNotUsable(
            f"The connection {conn_id!r} has no host. Give the host of the profiling service, or write "
            f"{EMBEDDED_HOST!r} to run jobs inside the task."
        )
    if "://" not in host:
        if host.count(":") > 1 and not host.startswith("["):
            host = f"[{host}]"  # an IPv6 address
        host = f"{(connection.schema or 'http').strip().lower()}://{host}"
    try:
        url = urlsplit(host)
        port = url.port or connection.port
    except ValueError:
        raise ConnectionNotUsable(f"The host of the connection {conn_id!r} is not a host or a URL.") from None
    if url.scheme.lower() not in ("http", "https") or not url.hostname:
        raise ConnectionNotUsable(
            f"The connection {conn_id!r} must lead to an http or https service, for example "
            "'profiler.example.org' or 'https://example.org/prefix'."
        )
    if "@" in url.netloc:
        raise ConnectionNotUsable(
            f"The host of the connection {conn_id!r} holds a user name or password. Put a bearer token into the "
            "connection's password instead."
        )
    if url.query or url.fragment:
        raise ConnectionNotUsable(f"The host of the connection {conn_id!r} must not hold '?' or '#'.")
    name = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return url._replace(scheme=url.scheme.lower(), netloc=f"{name}:{port}" if port else name)


def _join(url: SplitResult) -> str:
    path = url.path.rstrip("/")
    # The documents give https://{host}/profiler as the base of all routes, so that is what people paste.
    return f"{url.scheme}://{url.netloc}{path.removesuffix('/profiler')}"


def _verify(conn_id: str, extra: Mapping[str, Any]) -> bool | str:
    name = "verify" if extra.get("verify") is not None else "verify_ssl"
    value = extra.get(name)
    if isinstance(value, str) and value.strip().lower() not in TRUE | FALSE | {""}:
        return value
    if not flag(conn_id, extra, name, default=True):
        return False
    return str(extra.get("ca_bundle") or "") or True


def _certificate(extra: Mapping[str, Any]) -> str | tuple[str, str] | None:
    value = extra.get("cert")
    if isinstance(value, list | tuple) and len(value) == 2:
        return str(value[0]), str(value[1])
    certificate, key = text(extra, "cert"), text(extra, "cert_key")
    return ((certificate, key) if key else certificate) if certificate else None


def _proxies(conn_id: str, extra: Mapping[str, Any]) -> dict[str, str]:
    value = extra.get("proxies") or extra.get("proxy") or {}
    if isinstance(value, str):
        return {"http": value, "https": value}
    if not isinstance(value, Mapping):
        raise ConnectionNotUsable(f"The extra field 'proxies' of the connection {conn_id!r} must be an object.")
    return {str(scheme): str(proxy) for scheme, proxy in value.items()}
