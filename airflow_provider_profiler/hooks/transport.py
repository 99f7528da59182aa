"""One HTTP exchange: no retries, no judgement of the answer."""

import functools
from collections.abc import Mapping
from typing import Any

import requests
from requests.auth import AuthBase

from airflow_provider_profiler.hooks.address import ServiceAddress
from airflow_provider_profiler.hooks.answers import Answer
from airflow_provider_profiler.hooks.causes import innermost, tls_advice
from airflow_provider_profiler.hooks.errors import ConnectionNotUsable, ServiceUnreachable
from airflow_provider_profiler.hooks.tokens import bearer_token, last_token


class BearerAuth(AuthBase):
    """Sends the token of an address, or nothing; a token that can be replaced is, once, when it is not accepted.

    Set even where there is no token: without an auth object requests looks into ``~/.netrc`` and would send a login
    and password of the user's to the service, in place of the token.

    :param address: whose token it is.
    :param last: for a last request within the handler of a signal, where nothing may take long.
    """

    def __init__(self, address: ServiceAddress, *, last: bool = False) -> None:
        self.address = address
        self.last = last

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        token = last_token(self.address) if self.last else bearer_token(self.address)
        if token:
            request.headers["Authorization"] = f"Bearer {token}"
            if self.address.credentials is not None and not self.last:
                once_more = functools.partial(self._once_more, token)
                request.register_hook("response", once_more)  # type: ignore[no-untyped-call]
        return request

    def _once_more(self, refused: str, response: requests.Response, **sending: Any) -> requests.Response:
        # A request that was refused was not carried out, so that any may be sent again, a submission too.
        if response.status_code != 401:
            return response
        token = bearer_token(self.address, refused=refused)
        if token == refused:
            return response
        response.content  # noqa: B018 - read, so that the connection is free again
        response.close()
        request = response.request.copy()
        request.headers["Authorization"] = f"Bearer {token}"
        again: requests.Response = response.connection.send(request, **sending)
        again.history.append(response)
        again.request = request
        return again


def send_once(
    session: requests.Session,
    address: ServiceAddress,
    method: str,
    path: str,
    *,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    patience: float = 0.0,
    last: bool = False,
) -> Answer:
    """Send one request and read the whole answer.

    :param path: path and query, beginning with a slash.
    :param body: what is sent as JSON; None sends no body.
    :param patience: seconds that the service may hold its answer back on purpose, on top of the time-out.
    :param last: for a last request within the handler of a signal: a token takes hardly longer than having one.
    :raises ServiceUnreachable: when no answer came.
    :raises TokenRefused: when there is no token to be had.
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
            auth=BearerAuth(address, last=last),
            timeout=(connect, read + patience),
            allow_redirects=address.allow_redirects,
            verify=address.verify,
            cert=address.cert,
            proxies=dict(address.proxies),
        )
    except requests.exceptions.SSLError as error:
        raise ConnectionNotUsable(
            f"{method} {url}: the service's certificate is not accepted ({innermost(error)}). {tls_advice(error)}"
        ) from error
    except requests.exceptions.ConnectTimeout as error:
        raise ServiceUnreachable(f"{method} {url}: no connection within {connect:g} s.") from error
    except requests.exceptions.Timeout as error:
        raise ServiceUnreachable(f"{method} {url}: no answer within {read + patience:g} s.") from error
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, OSError) as error:
        if isinstance(error, requests.exceptions.ConnectionError | requests.exceptions.ChunkedEncodingError):
            raise ServiceUnreachable(
                f"{method} {url}: the profiling service cannot be reached ({innermost(error)}). Check that it runs and "
                "that the connection's host and port are right."
            ) from error
        raise ConnectionNotUsable(f"{method} {url}: the request cannot be made ({innermost(error)}).") from error
    return Answer(
        method=method,
        url=url,
        status=response.status_code,
        body=response.content,
        headers=dict(response.headers),
        token_sent="Authorization" in response.request.headers,
        when_refused=address.credentials.when_refused if address.credentials is not None else "",
    )
