"""What is read of an Airflow connection, and the fields of its extra: text, numbers and switches."""

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

from airflow_provider_profiler.hooks.errors import ConnectionNotUsable

FALSE = {"false", "f", "no", "n", "off", "0"}
TRUE = {"true", "t", "yes", "y", "on", "1"}


class ConnectionLike(Protocol):
    """What is read of an Airflow connection."""

    conn_id: str
    host: str | None
    schema: str | None
    login: str | None
    password: str | None
    port: int | None

    @property
    def extra_dejson(self) -> dict[str, Any]:
        """The extra field, as JSON."""
        ...


def text(extra: Mapping[str, Any], name: str) -> str:
    """A field as text without white space around it; empty where it is not given."""
    value = extra.get(name)
    return "" if value is None else str(value).strip()


def seconds(conn_id: str, extra: Mapping[str, Any], name: str, default: float) -> float:
    """A field as a number of seconds.

    :raises ConnectionNotUsable: when it is none, or not above 0.
    """
    value = extra.get(name)
    if value is None or value == "":
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = 0.0
    if not 0 < number < float("inf"):
        raise ConnectionNotUsable(
            f"The extra field {name!r} of the connection {conn_id!r} must be a number of seconds above 0."
        )
    return number


def flag(conn_id: str, extra: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """A field as a switch.

    :raises ConnectionNotUsable: when it is neither true nor false.
    """
    value = extra.get(name)
    if value is None or value == "":
        return default
    word = str(value).strip().lower()
    if word not in TRUE | FALSE:
        raise ConnectionNotUsable(f"The extra field {name!r} of the connection {conn_id!r} must be true or false.")
    return word in TRUE


def http_url(conn_id: str, extra: Mapping[str, Any], name: str) -> SplitResult:
    """A field as the URL of an http or https server, without a login in it.

    :raises ConnectionNotUsable: when it is none.
    """
    try:
        url = urlsplit(text(extra, name))
        valid = url.scheme.lower() in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        valid = False
    if not valid or "@" in url.netloc or url.fragment:
        raise ConnectionNotUsable(
            f"The extra field {name!r} of the connection {conn_id!r} must be a URL such as "
            "'https://login.example.org/token', without a user name in it."
        )
    return url
