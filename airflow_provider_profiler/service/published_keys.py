"""Keys that an identity provider publishes: fetched, kept, and renewed without anybody waiting for it."""

import asyncio
import json
import logging
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from urllib.parse import urlsplit

import jwt
from jwt import PyJWK, PyJWKSet, PyJWTError

from airflow_provider_profiler.contract.errors import ConfigurationError, NotAuthenticated, ServiceUnavailable
from airflow_provider_profiler.service.key_fetching import KeysNotFetched, fetch

log = logging.getLogger(__name__)

#: Seconds for which a set is used, and those after which it is renewed in the background.
_LIFESPAN, _RENEWAL = 300.0, 240.0
#: Seconds after a fetch during which a key that is not in the set does not make for another one.
_COOLDOWN = 30.0
_NO_KEYS = "The keys that tokens are verified with cannot be fetched at the moment; try again later."


@dataclass(frozen=True)
class _KeySet:
    keys: dict[str, PyJWK]
    fetched_at: float


class JwksKeys:
    """Public keys that an identity provider publishes (RFC 7517), chosen by the token's ``kid``.

    At most one fetch is under way, in a thread of its own. It bars nothing but tokens whose key is not known: the
    others are verified with the set that is there, for as long as that is fresh.

    :param url: address of the key set.
    :param algorithms: the accepted algorithms.
    :param timeout: seconds that a fetch may take altogether.
    :param retry_after: seconds during which a failed fetch is not tried again: requests must not queue up behind a
        key server that does not answer.
    """

    def __init__(
        self, url: str, algorithms: tuple[str, ...], *, timeout: float = 5.0, retry_after: float = 5.0
    ) -> None:
        scheme = urlsplit(url).scheme.lower()
        if scheme not in ("http", "https"):
            raise ConfigurationError(
                f"PROFILER_AUTH_JWKS_URL cannot be used: it begins with {scheme!r} instead of 'http' or 'https'."
            )
        self.algorithms = algorithms
        self._url = url
        self._timeout = timeout
        self._retry_after = retry_after
        self._lock = threading.Lock()
        self._known: _KeySet | None = None
        self._failed_at: float | None = None
        self._fetching: Future[None] | None = None

    def key_at_hand(self, token: str) -> PyJWK | None:
        """The published key that the token names; None where a fetch may tell it."""
        name = _key_name(token)
        with self._lock:
            known, now = self._known, time.monotonic()
            age = _LIFESPAN if known is None else now - known.fetched_at
            paused = self._failed_at is not None and now - self._failed_at < self._retry_after
            if known is not None and age <= _LIFESPAN:
                if age > _RENEWAL and not paused:
                    self._begin_fetch()
                if name in known.keys:
                    return known.keys[name]
                if age < _COOLDOWN:
                    raise NotAuthenticated("The token names no key that is known here.")
            if paused:
                raise ServiceUnavailable(_NO_KEYS)
        return None

    async def fetched_key(self, token: str) -> PyJWK:
        """The same out of a set that is fetched now, or is being fetched already."""
        with self._lock:
            fetching = self._begin_fetch()
        try:
            # Finding the address of a name is not within the fetch's own time.
            await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(fetching)), self._timeout + 1.0)
        except (KeysNotFetched, TimeoutError) as error:
            raise ServiceUnavailable(_NO_KEYS) from error
        key = self.key_at_hand(token)
        if key is None:  # the set was out of date again before this request's turn came
            raise ServiceUnavailable(_NO_KEYS)
        return key

    def _begin_fetch(self) -> Future[None]:
        """The fetch that is under way, begun if none was; only under the lock."""
        if self._fetching is None:
            begun: Future[None] = Future()
            # Whoever waits may give up; others wait for the same fetch.
            begun.set_running_or_notify_cancel()
            threading.Thread(target=self._fetch, args=(begun,), name="profiler-key-fetch", daemon=True).start()
            # Not before: of a thread that cannot be started nobody would ever hear. Its end waits for our lock.
            self._fetching = begun
        return self._fetching

    def _fetch(self, told: Future[None]) -> None:
        try:
            keys = _signing_keys(fetch(self._url, seconds=self._timeout))
        except BaseException as error:  # whatever it is: who waits for it must not wait for ever
            failure = error if isinstance(error, KeysNotFetched) else KeysNotFetched(f"{type(error).__name__}: {error}")
            with self._lock:
                self._failed_at, self._fetching = time.monotonic(), None
            log.warning("The keys that tokens are verified with could not be fetched: %s", failure)
            told.set_exception(failure)
            return
        with self._lock:
            self._known, self._failed_at, self._fetching = _KeySet(keys, time.monotonic()), None, None
        told.set_result(None)


def _key_name(token: str) -> str:
    try:
        name = jwt.get_unverified_header(token).get("kid")
    except (PyJWTError, ValueError, RecursionError) as error:
        raise NotAuthenticated("The token does not verify.") from error
    if not isinstance(name, str):
        raise NotAuthenticated("The token does not say which key it was signed with (header 'kid').")
    return name


def _signing_keys(content: bytes) -> dict[str, PyJWK]:
    """The keys of a set that tokens can be verified with, by their names.

    :raises KeysNotFetched: when it holds none. A set that is broken for a moment then counts as a fetch that failed:
        it does not take the place of the keys that are known, and is asked for again soon.
    """
    try:
        document = json.loads(content)
        found = PyJWKSet.from_dict(document).keys if isinstance(document, dict) else []
    except (PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise KeysNotFetched(f"what it publishes is no key set ({type(error).__name__})") from error
    keys: dict[str, PyJWK] = {}
    for key in found:
        # A shared secret that is published is known to everybody.
        if key.key_type != "oct" and key.public_key_use in ("sig", None) and key.key_id:
            keys.setdefault(key.key_id, key)
    if not keys:
        raise KeysNotFetched("what it publishes holds no public key that signatures can be verified with")
    return keys
