"""One HTTP exchange in an event loop: no retries, no judgement of the answer, and nothing that blocks the loop."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

import aiohttp
import certifi
import requests

from airflow_provider_profiler.hooks.address import ServiceAddress
from airflow_provider_profiler.hooks.answers import Answer
from airflow_provider_profiler.hooks.causes import tls_advice
from airflow_provider_profiler.hooks.errors import ConnectionNotUsable, ServiceUnreachable
from airflow_provider_profiler.hooks.tokens import bearer_token_async


class AsyncTransport:
    """A session with one service. Proxies and certificates are chosen by the rules of the blocking transport.

    :param address: where the service is, and how to talk to it.
    """

    def __init__(self, address: ServiceAddress) -> None:
        self.address = address
        self._session: aiohttp.ClientSession | None = None
        self._tls: ssl.SSLContext | bool = True
        self._proxy: str | None = None

    async def send_once(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        patience: float = 0.0,
    ) -> Answer:
        """Send one request and read the whole answer; once more where a token that can be replaced is not accepted.

        :param path: path and query, beginning with a slash.
        :param body: what is sent as JSON; None sends no body.
        :param patience: seconds that the service may hold its answer back on purpose, on top of the time-out.
        :raises ServiceUnreachable: when no answer came.
        :raises TokenRefused: when there is no token to be had.
        :raises ConnectionNotUsable: when the request cannot even be made, for example because of a certificate.
        """
        token = await bearer_token_async(self.address)
        answer = await self._exchange(method, path, token, body=body, headers=headers, patience=patience)
        if answer.status != 401 or self.address.credentials is None:
            return answer
        fresh = await bearer_token_async(self.address, refused=token)
        if fresh == token:
            return answer
        return await self._exchange(method, path, fresh, body=body, headers=headers, patience=patience)

    async def _exchange(
        self,
        method: str,
        path: str,
        token: str | None,
        *,
        body: Any,
        headers: Mapping[str, str] | None,
        patience: float,
    ) -> Answer:
        address = self.address
        url = address.url(path)
        connect, read = address.timeout
        what = f"{method} {url}"
        sent = {"Accept": "application/json", **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        try:
            session = await self._open()
            async with session.request(
                method,
                url,
                json=body,
                headers=sent,
                timeout=aiohttp.ClientTimeout(total=None, connect=connect, sock_read=read + patience),
                allow_redirects=address.allow_redirects,
                ssl=self._tls,
                proxy=self._proxy,
            ) as response:
                content = await response.read()
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError, ssl.SSLError) as error:
            raise ConnectionNotUsable(
                f"{what}: the service's certificate is not accepted ({error}). {tls_advice(error)}"
            ) from error
        except aiohttp.ConnectionTimeoutError as error:
            raise ServiceUnreachable(f"{what}: no connection within {connect:g} s.") from error
        except TimeoutError as error:
            raise ServiceUnreachable(f"{what}: no answer within {read + patience:g} s.") from error
        except (aiohttp.InvalidURL, ValueError) as error:
            raise ConnectionNotUsable(f"{what}: the request cannot be made ({error}).") from error
        except (aiohttp.ClientError, OSError) as error:
            raise ServiceUnreachable(
                f"{what}: the profiling service cannot be reached ({_cause(error)}). Check that it runs and that the "
                "connection's host and port are right."
            ) from error
        return Answer(
            method=method,
            url=url,
            status=response.status,
            body=content,
            headers=dict(response.headers),
            token_sent=token is not None,
            when_refused=address.credentials.when_refused if address.credentials is not None else "",
        )

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            url = self.address.base_url
            proxies, verify, cert = _environment(self.address)
            self._proxy = requests.utils.select_proxy(url, proxies)
            # Reading certificates takes long enough to be felt by every other trigger of the loop.
            if url.startswith("https"):
                self._tls = await asyncio.to_thread(_tls_context, url, verify, cert)
            # ``trust_env`` of the session would also send logins out of ``~/.netrc``; what counts of the
            # environment was read above. No cookies: nothing may travel from one answer to the next request.
            self._session = aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _environment(address: ServiceAddress) -> tuple[dict[str, str], bool | str, str | tuple[str, str] | None]:
    """Proxies, CA bundle and client certificate as the blocking transport would use them."""
    with requests.Session() as rules:
        rules.trust_env = address.trust_env
        merged = rules.merge_environment_settings(
            address.base_url, dict(address.proxies), None, address.verify, address.cert
        )
    verify = merged["verify"]
    return dict(merged["proxies"]), True if verify is None else verify, merged["cert"]


def _tls_context(url: str, verify: bool | str, cert: str | tuple[str, str] | None) -> ssl.SSLContext:
    file = certifi.where() if verify is True or verify is False else verify
    try:
        context = ssl.create_default_context(cafile=file)
    except OSError:
        raise ConnectionNotUsable(f"The CA bundle {file} for {url} cannot be read.") from None
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if cert:
        first, second = (cert, None) if isinstance(cert, str) else cert
        try:
            context.load_cert_chain(first, second)
        except OSError:
            raise ConnectionNotUsable(f"The client certificate {first} for {url} cannot be read.") from None
    return context


def _cause(error: BaseException) -> str:
    inner = getattr(error, "os_error", None)
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror
    return str(error)[:200] or type(error).__name__
