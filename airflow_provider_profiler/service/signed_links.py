"""Links to pages that whoever holds one may follow for five minutes, without a token: for tools that open a browser."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import NotAuthenticated, ServiceUnavailable

LINK_SECONDS: Final = 300
_KEY_BYTES = 32


class LinkSigner:
    """Signs paths with an HMAC-SHA256 (RFC 2104), and tells its own signatures from others.

    :param key: secret, and the same in every process of the service.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def signed(self, path: str, client: str, now: float) -> tuple[str, int]:
        """The path with its signature, and when it ends, in seconds since the epoch.

        :param path: without the prefix that a proxy puts before it, its query included.
        :param client: on whose behalf it was asked for; it stands in the access log.
        :param now: the present moment, in seconds since the epoch.
        """
        expires = int(now) + LINK_SECONDS
        query = urlencode({"expires": expires, "client": client, "signature": self._signature(path, client, expires)})
        return f"{path}{'&' if '?' in path else '?'}{query}", expires

    def check(self, path: str, client: str, expires: int, signature: str, now: float) -> None:
        """Nothing, for a link that this signer made and that has not ended.

        :raises NotAuthenticated: for any other.
        """
        if not hmac.compare_digest(self._signature(path, client, expires).encode(), signature.encode()):
            raise NotAuthenticated("The link's signature does not verify; ask for a new link.")
        # One that is valid for longer was signed by another version of this service.
        if not 0 <= expires - now <= LINK_SECONDS:
            raise NotAuthenticated("The link has expired; ask for a new one.")

    def _signature(self, path: str, client: str, expires: int) -> str:
        # No part can hold a line feed: a path is encoded, and a client with one would be refused as a header is.
        told = "\n".join((path, client.encode().hex(), str(expires)))
        return hmac.new(self._key, told.encode(), hashlib.sha256).hexdigest()


def link_signer(settings: Settings) -> LinkSigner:
    """The signer of this service: its key is the setting's, else one that is made once and kept in ``home``.

    :raises ServiceUnavailable: when the key can neither be read nor made.
    """
    if settings.link_key is not None:
        return LinkSigner(settings.link_key.get_secret_value().encode())
    file = settings.home / "link.key"
    try:
        return LinkSigner(_kept_key(file))
    except OSError as error:
        raise ServiceUnavailable(
            f"The key of signed links, {file}, cannot be read or made: {error.strerror}."
        ) from error


def _kept_key(file: Path) -> bytes:
    with suppress(FileNotFoundError):
        return file.read_bytes()
    file.parent.mkdir(parents=True, exist_ok=True)
    made = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(secrets.token_bytes(_KEY_BYTES))
        with suppress(FileExistsError):
            # Not renamed: of two processes that begin at once, both take the key of the first.
            os.link(made, file)
    finally:
        made.unlink()
    return file.read_bytes()
