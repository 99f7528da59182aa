"""Which configurations of authentication are refused, and with which words."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa, x25519

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.service.auth import token_verifier
from airflow_provider_profiler.service.keys import FixedKey, key_source

SECRET = "s" * 40
RSA = rsa.generate_private_key(65537, 2048)


def pem(private) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def private_pem(private) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return private.private_bytes(encoding, form, serialization.NoEncryption()).decode()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "PROFILER_AUTH_KEY_FILE"),
        ({"auth_key": "short"}, "5 bytes"),
        ({"auth_key": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}, "not a public key"),
        ({"auth_key": private_pem(RSA)}, "private key"),
        ({"auth_key": pem(dsa.generate_private_key(2048))}, "RSA, EC or Ed25519"),
        ({"auth_key": pem(x25519.X25519PrivateKey.generate())}, "RSA, EC or Ed25519"),
        ({"auth_key": pem(ec.generate_private_key(ec.SECP256K1()))}, "RSA, EC or Ed25519"),
        ({"auth_key": pem(RSA), "auth_algorithms": ("HS256",)}, "HS256"),
        ({"auth_key": pem(RSA), "auth_algorithms": ("RS256", "ES256")}, "ES256"),
        ({"auth_key": SECRET, "auth_algorithms": ("RS256",)}, "RS256"),
        ({"auth_key": SECRET, "auth_algorithms": ("HS512",)}, "at least 64"),
        ({"auth_key": SECRET, "auth_algorithms": ("none",)}, "none"),
        ({"auth_jwks_url": "https://idp/keys", "auth_algorithms": ("HS256",)}, "HS256"),
        ({"auth_jwks_url": "file:///etc/passwd"}, "PROFILER_AUTH_JWKS_URL"),
        ({"auth_key": SECRET, "auth_jwks_url": "https://idp/keys"}, "set one of them"),
        ({"auth_key_file": "/no/such/file"}, "PROFILER_AUTH_KEY_FILE"),
        ({"auth_key": SECRET, "auth_clients": ()}, "PROFILER_AUTH_CLIENTS"),
    ],
)
def test_what_is_refused(settings, told):
    with pytest.raises(ConfigurationError) as refused:
        token_verifier(Settings(enable_auth=True, **settings))
    assert told in str(refused.value)
    assert SECRET not in str(refused.value)


def test_off_means_off():
    assert token_verifier(Settings(enable_auth=False, auth_key="short")) is None


@pytest.mark.parametrize(
    ("key", "chosen", "algorithms"),
    [
        (pem(RSA), (), ("RS256",)),
        (pem(RSA), ("PS256", "RS512"), ("PS256", "RS512")),
        (pem(ec.generate_private_key(ec.SECP256R1())), (), ("ES256",)),
        (pem(ec.generate_private_key(ec.SECP384R1())), (), ("ES384",)),
        (SECRET, (), ("HS256",)),
    ],
)
def test_the_key_decides_on_the_algorithms(key, chosen, algorithms):
    source = key_source(Settings(enable_auth=True, auth_key=key, auth_algorithms=chosen))
    assert isinstance(source, FixedKey)
    assert source.algorithms == algorithms
