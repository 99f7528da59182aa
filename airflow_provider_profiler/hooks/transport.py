"""One HTTP exchange: no retries, no judgement of the answer."""

from collections.abc import Mapping
from typing import Any

import requests
from requests.auth import AuthBase

from airflow_provider_profiler.hooks.address import ServiceAddress
from airflow_provider_profiler.hooks.answers import Answer
from airflow_provider_profiler.hooks.errors import ConnectionNotUsable, ServiceUnreachable


class BearerAuth(AuthBase):
    """Sends a bearer token, or nothing.

    Set even where there is no token: without an auth object requests looks into ``~/.netrc`` and would send a login
    and password of the user's to the service, in place of the token.
    """

    def __init__(self, token: str | None) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def send_once(
    session: requests.Session,
    address: ServiceAddress,
    method: str,
    path: str,
    *,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    patience: float = 0.0,
) -> Answer:
    """Send one request and read the whole answer.

    :param path: path and query, beginning with a slash.
    :param body: what is sent as JSON; None sends no body.
    :param patience: seconds that the service may hold its answer back on purpose, on top of the time-out.
    :raises ServiceUnreachable: when no answer came.
    :raises ConnectionNotUsable: when the request cannot even be made, for example because of a certificate.
    """
    url = address.url(path)
    connect, read = address.timeout
    session.trust_env = address.trust_env
    try:
        # Everything is given here and not left to the session: a variable such as REQUESTS_CA_BUNDLE would
        # otherwise win over the connection's own setting.
        response = session.request(
            method,
            url,
            json=body,
            headers={"Accept": "application/json", **(headers or {})},
            auth=BearerAuth(address.token),
            timeout=(connect, read + patience),
            allow_redirects=address.allow_redirects,
            verify=address.verify,
            cert=address.cert,
            proxies=dict(address.proxies),
        )
    except requests.exceptions.SSLError as error:
        raise ConnectionNotUsable(
            f"{method} {url}: the service's certificate is not accepted ({_cause(error)}). Give the file of its "
            "authority as 'ca_bundle' in the connection's extra."
        ) from error
    except requests.exceptions.ConnectTimeout as error:
        raise ServiceUnreachable(f"{method} {url}: no connection within {connect:g} s.") from error
    except requests.exceptions.Timeout as error:
        raise ServiceUnreachable(f"{method} {url}: no answer within {read + patience:g} s.") from error
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, OSError) as error:
        if isinstance(error, requests.exceptions.ConnectionError | requests.exceptions.ChunkedEncodingError):
            raise ServiceUnreachable(
                f"{method} {url}: the profiling service cannot be reached ({_cause(error)}). Check that it runs and "
                "that the connection's host and port are right."
            ) from error
        raise ConnectionNotUsable(f"{method} {url}: the request cannot be made ({_cause(error)}).") from error
    return Answer(
        method=method,
        url=url,
        status=response.status_code,
        body=response.content,
        headers=dict(response.headers),
        token_sent=address.token is not None,
    )


def _cause(error: BaseException) -> str:
    """The innermost reason in few words; the outer ones repeat addresses of objects."""
    seen: BaseException = error
    while True:
        inner = seen.__cause__ or seen.__context__ or getattr(seen.args[0] if seen.args else None, "reason", None)
        if not isinstance(inner, BaseException) or inner is seen:
            break
        seen = inner
    if isinstance(seen, OSError) and seen.strerror:
        return seen.strerror
    return str(seen)[:200] or type(seen).__name__
