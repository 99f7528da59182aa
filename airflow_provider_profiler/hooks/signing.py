"""Tokens that are made here, signed with a key that the service knows."""

import re
import time
import uuid
from pathlib import Path

import jwt

from airflow_provider_profiler.hooks.credentials import SigningKey
from airflow_provider_profiler.hooks.errors import ConnectionNotUsable

_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.+?)-----END \1-----", re.DOTALL)


def sign(credentials: SigningKey) -> str:
    """A token for the client, good from now on.

    :raises ConnectionNotUsable: when the key cannot be read, or is not one of the algorithm; no message holds it.
    """
    now = int(time.time())
    claims = {
        "client_id": credentials.client_id,
        "sub": credentials.client_id,
        "iss": credentials.issuer,
        "aud": credentials.audience,
        "iat": now,
        "exp": now + max(1, round(credentials.lifetime)),
        "jti": uuid.uuid4().hex,
    }
    try:
        return jwt.encode(
            {name: value for name, value in claims.items() if value != ""},
            _key(credentials),
            algorithm=credentials.algorithm,
            headers={"kid": credentials.key_id} if credentials.key_id else None,
        )
    # What is wrong with a key surfaces as errors of several kinds, whose words may quote it.
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        wanted = "a shared secret, not a PEM file" if credentials.algorithm == "HS256" else "an unencrypted private PEM"
        raise ConnectionNotUsable(
            f"No token can be signed for the client {credentials.client_id!r}: the key of the connection does not fit "
            f"the algorithm {credentials.algorithm}, which takes {wanted} ({type(error).__name__})."
        ) from None


def _key(credentials: SigningKey) -> str:
    key = credentials.key
    if credentials.key_file:
        try:
            key = Path(credentials.key_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConnectionNotUsable(
                f"The key file {credentials.key_file} of the connection cannot be read ({type(error).__name__})."
            ) from None
    return key if credentials.algorithm == "HS256" else _with_lines(key)


def _with_lines(pem: str) -> str:
    """The PEM with its line ends: a form's field for passwords takes them away, some stores write two characters."""
    found = _PEM.search(pem.replace("\\n", "\n"))
    if found is None:
        return pem
    label, body = found[1], "".join(found[2].split())
    lines = (body[start : start + 64] for start in range(0, len(body), 64))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))
