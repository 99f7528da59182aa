"""The token that a request carries: got or made when it is first needed, kept by this process until shortly before it
expires, and replaced once when the service does not accept it.
"""

import asyncio
import os
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from airflow.sdk.log import mask_secret

from airflow_provider_profiler.hooks.credentials import ClientCredentials, Credentials
from airflow_provider_profiler.hooks.signing import sign
from airflow_provider_profiler.hooks.token_endpoint import Granted, ask_for_token

if TYPE_CHECKING:
    from airflow_provider_profiler.hooks.address import ServiceAddress

#: A token is replaced so many seconds before it expires, or a fifth of its life, whichever is less: a request takes
#: time to arrive, and clocks differ.
_EARLY = 60.0
#: Seconds to connect and to wait for the last token of a task that is being killed.
_HURRIED = (0.5, 1.0)


@dataclass
class _Kept:
    """The token of one set of credentials."""

    # Reentrant, as the handler of a signal may need a token while this thread is getting one.
    lock: threading.RLock = field(default_factory=threading.RLock)
    token: str | None = None
    replace_at: float = 0.0
    expires_at: float = 0.0

    def good(self, refused: str | None) -> str | None:
        """The token, if it is one to go on with."""
        usable = self.token != refused and time.monotonic() < self.replace_at
        return self.token if usable else None

    def keep(self, granted: Granted) -> str:
        """Remember a token that was just got or made."""
        now = time.monotonic()
        self.token = granted.token
        self.expires_at = now + granted.lifetime
        self.replace_at = self.expires_at - min(_EARLY, granted.lifetime / 5)
        return granted.token


_kept: dict[Credentials, _Kept] = {}
_flights: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Credentials, asyncio.Task[str]]] = WeakKeyDictionary()
# A fork may happen while another thread holds one of the locks.
os.register_at_fork(after_in_child=_kept.clear)


def bearer_token(address: "ServiceAddress", *, refused: str | None = None) -> str | None:
    """The token to send, None where the connection names nobody.

    :param refused: a token that the service has not accepted, not to be given again if there is another.
    :raises TokenEndpointUnavailable: when there is no token to be had at the moment.
    :raises TokenNotIssued: when the token endpoint refuses.
    :raises ConnectionNotUsable: when the key does not fit.
    """
    if address.credentials is None:
        return address.token
    kept = _kept_for(address.credentials)
    known = kept.good(refused)
    if known is not None:
        return known
    token = _renewed(kept, address, refused)
    # Not in the triggerer, which lives for months: every token would be searched for in every line of its log.
    mask_secret(token)
    return token


async def bearer_token_async(address: "ServiceAddress", *, refused: str | None = None) -> str | None:
    """:func:`bearer_token` without holding up the event loop: one thread, however many triggers want the token."""
    credentials = address.credentials
    if credentials is None:
        return address.token
    kept = _kept_for(credentials)
    known = kept.good(refused)
    if known is not None:
        return known
    flights = _flights.setdefault(asyncio.get_running_loop(), {})
    flight = flights.get(credentials)
    if flight is None:
        flight = asyncio.ensure_future(asyncio.to_thread(_renewed, kept, address, refused))
        flights[credentials] = flight
        flight.add_done_callback(lambda done: _landed(flights, credentials, done))
    # Others wait for it too: the end of one waiting trigger is not the end of the flight.
    return await asyncio.shield(flight)


def last_token(address: "ServiceAddress") -> str | None:
    """The token for a last request, from within the handler of a signal: no lock, no word to Airflow, hardly a wait.

    :raises ProfilerHookError: when there is none.
    """
    if address.credentials is None:
        return address.token
    kept = _kept_for(address.credentials)
    if kept.token is not None and time.monotonic() < kept.expires_at:
        return kept.token
    return _obtain(address.credentials, replace(address, timeout=_HURRIED)).token


def _kept_for(credentials: Credentials) -> _Kept:
    return _kept.setdefault(credentials, _Kept())


def _renewed(kept: _Kept, address: "ServiceAddress", refused: str | None) -> str:
    assert address.credentials is not None  # noqa: S101 - for the type checker
    with kept.lock:
        # Whoever held the lock before may have got one.
        return kept.good(refused) or kept.keep(_obtain(address.credentials, address))


def _obtain(credentials: Credentials, address: "ServiceAddress") -> Granted:
    if isinstance(credentials, ClientCredentials):
        return ask_for_token(credentials, address)
    return Granted(sign(credentials), credentials.lifetime)


def _landed(flights: dict[Credentials, asyncio.Task[str]], credentials: Credentials, done: asyncio.Task[str]) -> None:
    flights.pop(credentials, None)
    if not done.cancelled():
        done.exception()  # whoever waited has been told; where nobody waits any more, nobody needs to be
