from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_profiler.hooks.address import names_embedded, service_address
from airflow_provider_profiler.hooks.errors import ConnectionNotUsable


def connection(
    host: str | None,
    *,
    schema: str | None = None,
    login: str | None = None,
    password: str | None = None,
    port: int | None = None,
    **extra: Any,
) -> Any:
    return SimpleNamespace(
        conn_id="c", host=host, schema=schema, login=login, password=password, port=port, extra_dejson=extra
    )


@pytest.mark.parametrize(
    ("fields", "base_url"),
    [
        ({"host": "profiler"}, "http://profiler"),
        ({"host": "profiler", "port": 4557}, "http://profiler:4557"),
        ({"host": "profiler", "schema": "https"}, "https://profiler"),
        ({"host": "https://profiler.example.org"}, "https://profiler.example.org"),
        ({"host": "https://profiler.example.org", "schema": "http"}, "https://profiler.example.org"),
        ({"host": "https://example.org:8443/data/", "port": 1}, "https://example.org:8443/data"),
        ({"host": "example.org/data", "port": 80}, "http://example.org:80/data"),
        ({"host": "https://example.org/profiler"}, "https://example.org"),
        ({"host": "https://example.org/profiler/profiler/"}, "https://example.org/profiler"),
        ({"host": "::1", "port": 4557}, "http://[::1]:4557"),
        ({"host": "http://[::1]:9/x"}, "http://[::1]:9/x"),
        ({"host": "HTTP://Example.org"}, "http://example.org"),
    ],
)
def test_base_url(fields: dict[str, Any], base_url: str) -> None:
    assert service_address(connection(**fields)).base_url == base_url


@pytest.mark.parametrize(
    "host", [None, "", "  ", "ftp://x", "http://", "http://x:notaport", "http://x?a=1", "http://x#a"]
)
def test_unusable_hosts_are_refused_with_the_connection_named(host: str | None) -> None:
    with pytest.raises(ConnectionNotUsable, match="'c'"):
        service_address(connection(host))


def test_a_login_is_refused_so_that_nothing_is_ever_sent_as_basic_auth() -> None:
    with pytest.raises(ConnectionNotUsable, match="bearer token") as caught:
        service_address(connection("x", login="me", password="hush"))
    assert "hush" not in str(caught.value)


def test_credentials_in_the_url_are_refused_without_being_repeated() -> None:
    with pytest.raises(ConnectionNotUsable) as caught:
        service_address(connection("http://me:hush@x"))
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("password", "token"), [(None, None), ("", None), ("abc", "abc"), (" abc\n", "abc"), ("Bearer abc", "abc")]
)
def test_token(password: str | None, token: str | None) -> None:
    assert service_address(connection("x", password=password)).token == token


@pytest.mark.parametrize("password", ["two words", "line\r\nX-Injected: 1", "gr\u00fcn"])
def test_a_password_that_is_no_token_is_refused_without_being_repeated(password: str) -> None:
    with pytest.raises(ConnectionNotUsable) as caught:
        service_address(connection("x", password=password))
    assert password not in str(caught.value)


def test_the_token_does_not_show_in_the_address() -> None:
    assert "hush" not in repr(service_address(connection("x", password="hush")))


def test_time_outs_have_defaults_and_come_from_the_extra_as_numbers_or_text() -> None:
    assert service_address(connection("x")).timeout == (10.0, 30.0)
    assert service_address(connection("x", timeout="5", connect_timeout=2)).timeout == (2.0, 5.0)


@pytest.mark.parametrize("value", ["soon", 0, -1, "inf", "nan", [1]])
def test_a_time_out_is_never_off(value: object) -> None:
    with pytest.raises(ConnectionNotUsable, match="timeout"):
        service_address(connection("x", timeout=value))


@pytest.mark.parametrize(
    ("extra", "verify"),
    [
        ({}, True),
        ({"verify": False}, False),
        ({"verify": "false"}, False),
        ({"verify_ssl": "no"}, False),
        ({"verify": "/etc/ca.pem"}, "/etc/ca.pem"),
        ({"verify": True, "ca_bundle": "/etc/ca.pem"}, "/etc/ca.pem"),
        ({"ca_bundle": "/etc/ca.pem"}, "/etc/ca.pem"),
        ({"verify": False, "ca_bundle": "/etc/ca.pem"}, False),
    ],
)
def test_verify(extra: dict[str, Any], verify: bool | str) -> None:
    assert service_address(connection("https://x", **extra)).verify == verify


def test_proxies_certificates_and_redirects() -> None:
    address = service_address(connection("x", proxy="http://p:1", cert=["a", "b"], allow_redirects="true"))
    assert address.proxies == {"http": "http://p:1", "https": "http://p:1"}
    assert address.cert == ("a", "b")
    assert address.allow_redirects
    assert not service_address(connection("x")).allow_redirects


@pytest.mark.parametrize(
    ("host", "trusts"), [("localhost", False), ("127.0.0.9", False), ("::1", False), ("profiler", True)]
)
def test_the_environments_proxies_do_not_count_on_loopback(host: str, trusts: bool) -> None:
    assert service_address(connection(host)).trust_env is trusts


@pytest.mark.parametrize(
    ("host", "embedded"), [("embedded", True), (" Embedded ", True), ("embedded.org", False), (None, False)]
)
def test_names_embedded(host: str | None, embedded: bool) -> None:
    assert names_embedded(connection(host)) is embedded
