"""Tokens that have verified, remembered until they expire: clients send the same one with each of their requests."""

import hashlib
import time
from dataclasses import dataclass
from typing import Any, Final

#: Tokens that are remembered; with one more, all are forgotten and verified anew.
_MOST: Final = 1024


@dataclass(frozen=True, slots=True)
class _Verified:
    client: str
    key: Any
    until: float


class VerifiedTokens:
    """Remembers which client a token was issued to; for any number of threads.

    Only the token's hash is kept. What was verified with one key counts for that key alone: where keys are renewed,
    or taken back, each token is verified again.

    :param leeway: seconds by which clocks may differ.
    """

    def __init__(self, leeway: float) -> None:
        self._leeway = leeway
        self._known: dict[bytes, _Verified] = {}

    def client_of(self, token: str, key: Any) -> str | None:
        """The client of a token that has verified with this very key and has not expired; None for any other."""
        known = self._known.get(_hash(token))
        if known is None or known.key is not key or known.until <= time.time():
            return None
        return known.client

    def remember(self, token: str, key: Any, client: str, expiry: float) -> None:
        """Take note of a token that has verified.

        :param expiry: what its claim ``exp`` says.
        """
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[_hash(token)] = _Verified(client, key, int(expiry) + self._leeway)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
