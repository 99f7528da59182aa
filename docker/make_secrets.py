"""Prints a .env for docker-compose.yaml with fresh random secrets, and the token by which Airflow calls the service.

``python3 docker/make_secrets.py > .env`` needs nothing but Python. Run it once: PostgreSQL keeps its first password.
"""

import base64
import hashlib
import hmac
import json
import secrets
import sys
import time

#: Days for which Airflow's token is good. A new one needs no more than a restart of Airflow.
TOKEN_DAYS = 365


def environment(now: float) -> dict[str, str]:
    """Every variable that the compose file asks for.

    :param now: seconds since the epoch, from which the token's expiry counts.
    """
    key = secrets.token_hex(32)
    return {
        "POSTGRES_PASSWORD": secrets.token_hex(24),
        "AIRFLOW_FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "AIRFLOW_SECRET_KEY": secrets.token_hex(32),
        "AIRFLOW_JWT_SECRET": secrets.token_hex(64),
        "SAMPLE_OWNER_PASSWORD": secrets.token_hex(24),
        "SAMPLE_READER_PASSWORD": secrets.token_hex(24),
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "PROFILER_AUTH_KEY": key,
        "PROFILER_TOKEN": token(key, now + TOKEN_DAYS * 86_400),
    }


def token(key: str, expires: float, client: str = "airflow") -> str:
    """A bearer token of the service, signed with HS256.

    :param key: the secret that the service verifies with, ``PROFILER_AUTH_KEY``.
    :param expires: seconds since the epoch.
    :param client: the claim ``client_id``, one of ``PROFILER_AUTH_CLIENTS``.
    """
    parts = ({"alg": "HS256", "typ": "JWT"}, {"client_id": client, "exp": int(expires)})
    signed = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return f"{signed}.{_encoded(hmac.digest(key.encode(), signed.encode(), hashlib.sha256))}"


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}={value}\n" for name, value in environment(time.time()).items()))
