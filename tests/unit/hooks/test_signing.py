"""Tokens that are signed here are taken by the service, which is asked by its own verifier."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.hooks.credentials import SigningKey
from airflow_provider_profiler.hooks.errors import ConnectionNotUsable
from airflow_provider_profiler.hooks.signing import sign
from airflow_provider_profiler.service.auth import token_verifier

SECRET = "a shared secret of more than 32 bytes: " + "s" * 32
PRIVATE = {"RS256": rsa.generate_private_key(65537, 2048), "ES256": ec.generate_private_key(ec.SECP256R1())}


def pem(algorithm: str) -> str:
    if algorithm == "HS256":
        return SECRET
    return PRIVATE[algorithm].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public(algorithm: str) -> str:
    if algorithm == "HS256":
        return SECRET
    return PRIVATE[algorithm].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def verify(algorithm: str, token: str) -> str:
    settings = Settings(
        enable_auth=True,
        auth_key=public(algorithm),
        auth_clients=("airflow",),
        auth_issuer="airflow.example",
        auth_audience="profiler",
    )
    verifier = token_verifier(settings)
    assert verifier is not None
    return verifier.verify(token)


def credentials(algorithm: str, key: str | None = None, **fields: Any) -> SigningKey:
    given = pem(algorithm) if key is None else key
    return SigningKey("airflow", algorithm, key=given, issuer="airflow.example", audience="profiler", **fields)


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256"])
def test_the_service_takes_what_is_signed(algorithm: str) -> None:
    assert verify(algorithm, sign(credentials(algorithm))) == "airflow"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
@pytest.mark.parametrize("ends", ["", " ", "\\n"])
def test_a_key_whose_line_ends_a_form_took_away_is_a_key_all_the_same(algorithm: str, ends: str) -> None:
    key = ends.join(pem(algorithm).splitlines())
    assert verify(algorithm, sign(credentials(algorithm, key))) == "airflow"


def test_a_key_file_is_read_each_time(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    named = credentials("ES256", key="", key_file=str(file))
    with pytest.raises(ConnectionNotUsable, match=r"key\.pem"):
        sign(named)
    file.write_text(pem("ES256"))
    assert verify("ES256", sign(named)) == "airflow"


def test_a_token_is_short_lived_names_its_key_and_leaves_out_what_is_not_given() -> None:
    whole = jwt.decode(sign(credentials("HS256", lifetime=90.0)), options={"verify_signature": False})
    assert whole["exp"] - whole["iat"] == 90
    assert (whole["sub"], whole["client_id"]) == ("airflow", "airflow")
    token = sign(replace(credentials("HS256"), issuer="", audience="", key_id="k7"))
    assert jwt.get_unverified_header(token)["kid"] == "k7"
    assert not {"iss", "aud"} & jwt.decode(token, options={"verify_signature": False}).keys()
    assert sign(credentials("HS256")) != sign(credentials("HS256")), "two tokens are never the same"


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("RS256", "no key at all"),
        ("RS256", pem("ES256")),
        ("ES256", pem("RS256")),
        ("HS256", pem("RS256")),
        ("RS256", "-----BEGIN PRIVATE KEY-----\nbm8ga2V5\n-----END PRIVATE KEY-----"),
    ],
)
def test_a_key_that_does_not_fit_is_told_without_a_word_of_it(algorithm: str, key: str) -> None:
    with pytest.raises(ConnectionNotUsable, match=algorithm) as caught:
        sign(credentials(algorithm, key))
    assert key.splitlines()[-1] not in str(caught.value)
    assert caught.value.__cause__ is None
