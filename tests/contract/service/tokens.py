"""Keys of every kind, tokens that are signed with them or forged, and what a service says to them."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

SECRET = "a shared secret of more than 32 bytes: " + "s" * 32
JOBS = "/profiler/jobs"


def pem(private) -> str:
    public = private.public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, form).decode()


KEYS = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    "HS256": SECRET,
}


def token(algorithm="RS256", key=None, headers=None, **claims) -> str:
    given = {"client_id": "airflow", "exp": datetime.now(UTC) + timedelta(minutes=5), **claims}
    given = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(given, KEYS[algorithm] if key is None else key, algorithm=algorithm, headers=headers)


def ask(service, bearer: str | None, path: str = JOBS):
    headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}".strip().encode()}
    answer = service.http.get(path, headers=headers)
    if answer.status_code in (401, 403, 503):
        assert set(answer.json()) == {"detail"}
        assert isinstance(answer.json()["detail"], str)
        assert bearer is None or len(bearer) < 20 or bearer[-20:] not in answer.text
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")
    return answer.status_code


def published(name: str, private, algorithm: str = "RS256") -> dict:
    key = jwt.get_algorithm_by_name(algorithm).to_jwk(private.public_key(), as_dict=True)
    return {**key, "kid": name, "use": "sig", "alg": algorithm}


def forged(header: dict, claims: bytes | None = None, secret: bytes = b"", signature: bytes | None = None) -> str:
    """A token of any header and claims, signed with HMAC over them."""

    def part(value: bytes) -> bytes:
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    expiry = int((datetime.now(UTC) + timedelta(minutes=5)).timestamp())
    body = json.dumps({"client_id": "airflow", "exp": expiry}).encode() if claims is None else claims
    signed = part(json.dumps(header).encode()) + b"." + part(body)
    made = hmac.new(secret, signed, hashlib.sha256).digest() if signature is None else signature
    return (signed + b"." + part(made)).decode()
