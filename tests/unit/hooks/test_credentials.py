"""Who the caller is, as a connection says it."""

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_profiler.hooks.address import service_address
from airflow_provider_profiler.hooks.credentials import ClientCredentials, Identity, SigningKey, identity_of
from airflow_provider_profiler.hooks.errors import ConnectionNotUsable

CLIENT = {
    "auth": "client_credentials",
    "auth_url": "https://login.example.org/token",
    "client_id": "airflow",
    "client_secret": "hush",
}
SIGNING = {"auth": "jwt", "client_id": "airflow", "private_key": "hush"}


def connection(password: str | None = None, **extra: Any) -> Any:
    return SimpleNamespace(
        conn_id="c", host="x", schema=None, login=None, password=password, port=None, extra_dejson=extra
    )


@pytest.mark.parametrize(
    ("password", "extra", "identity"),
    [
        (None, {}, Identity()),
        ("abc", {}, Identity(token="abc")),
        ("abc", {"auth": ""}, Identity(token="abc")),
        ("abc", {"auth": None}, Identity(token="abc")),
        ("Bearer abc", {"auth": "bearer"}, Identity(token="abc")),
        ("abc", {"auth": "none"}, Identity()),
        (
            None,
            CLIENT,
            Identity(credentials=ClientCredentials("https://login.example.org/token", "airflow", "hush")),
        ),
        (
            "from the password",
            {**CLIENT, "client_secret": "", "scope": "a b", "audience": "profiler", "client_auth": "Body"},
            Identity(
                credentials=ClientCredentials(
                    "https://login.example.org/token", "airflow", "from the password", "a b", "profiler", in_body=True
                )
            ),
        ),
        (None, SIGNING, Identity(credentials=SigningKey("airflow", "HS256", key="hush"))),
        (
            None,
            {
                "auth": "JWT",
                "client_id": "airflow",
                "key_file": "/run/key.pem",
                "algorithm": "es256",
                "key_id": "k",
                "issuer": "i",
                "audience": "a",
                "lifetime": "60",
            },
            Identity(
                credentials=SigningKey(
                    "airflow",
                    "ES256",
                    key_file="/run/key.pem",
                    key_id="k",
                    issuer="i",
                    audience="a",
                    lifetime=60,
                )
            ),
        ),
    ],
)
def test_who_the_caller_is(password: str | None, extra: dict[str, Any], identity: Identity) -> None:
    assert identity_of(connection(password, **extra)) == identity


@pytest.mark.parametrize(
    ("extra", "field"),
    [
        ({"auth": "basic"}, "auth"),
        ({"auth": "bearer"}, "password"),
        ({**CLIENT, "client_id": " "}, "client_id"),
        ({**CLIENT, "client_secret": ""}, "client_secret"),
        ({**CLIENT, "auth_url": ""}, "auth_url"),
        ({**CLIENT, "auth_url": "login.example.org"}, "auth_url"),
        ({**CLIENT, "auth_url": "ftp://login.example.org"}, "auth_url"),
        ({**CLIENT, "auth_url": "https://me:hush@login.example.org"}, "auth_url"),
        ({**CLIENT, "client_auth": "header"}, "client_auth"),
        ({**SIGNING, "client_id": None}, "client_id"),
        ({**SIGNING, "private_key": ""}, "private_key"),
        ({**SIGNING, "key_file": "/run/key.pem"}, "key_file"),
        ({**SIGNING, "algorithm": "none"}, "algorithm"),
        ({**SIGNING, "lifetime": 0}, "lifetime"),
    ],
)
def test_what_is_wrong_is_told_by_connection_and_field_without_a_secret(extra: dict[str, Any], field: str) -> None:
    with pytest.raises(ConnectionNotUsable, match=f"'c'.*{field}|{field}.*'c'") as caught:
        identity_of(connection(**extra))
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("extra", [CLIENT, SIGNING])
def test_no_secret_shows_in_the_address(extra: dict[str, Any]) -> None:
    assert "hush" not in repr(service_address(connection(**extra)))


def test_a_certificate_and_its_key_may_be_fields_of_their_own() -> None:
    assert service_address(connection(cert="/c.pem", cert_key="/k.pem")).cert == ("/c.pem", "/k.pem")
    assert service_address(connection(cert="/c.pem")).cert == "/c.pem"
    assert service_address(connection(cert_key="/k.pem")).cert is None
