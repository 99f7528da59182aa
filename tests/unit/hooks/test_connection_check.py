"""*Test connection* says what is wrong, and never takes longer than the connection allows."""

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from airflow_provider_profiler import __version__
from airflow_provider_profiler.hooks.profiler import NOBODY, ProfilerHook
from tests.loopback_server import serving


def check() -> tuple[bool, str]:
    return ProfilerHook().test_connection()


def test_version_and_latency_of_our_service(service_in_hand: Any) -> None:
    good, message = check()
    assert good
    assert f"version {__version__}" in message
    assert " ms" in message


def test_a_service_that_tells_no_version_is_fine(documented_service: Callable[..., Any], connect: Any) -> None:
    service = documented_service(token="t")
    connect(service.base_url, password="t")
    good, message = check()
    assert good
    assert "does not tell" in message
    assert service.paths() == [f"/profiler/runner_status/{NOBODY}", "/openapi.json"]


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "token"), (403, "client_id"), (404, "path prefix"), (429, "at the moment"), (503, "at the moment")],
)
def test_an_answer_of_trouble_is_told_at_once_in_plain_words(
    documented_service: Callable[..., Any], documented: ModuleType, connect: Any, status: int, words: str
) -> None:
    service = documented_service()
    connect(service.base_url, password="hush")
    service.canned = [documented.Canned(status, {"detail": "no"})]
    good, message = check()
    assert not good
    assert words in message
    assert "hush" not in message
    assert len(service.requests) == 1, "somebody waits at the form: nothing is tried again"


def test_a_web_page_is_no_profiler(
    documented_service: Callable[..., Any], documented: ModuleType, connect: Any
) -> None:
    service = documented_service()
    connect(service.base_url)
    service.canned = [documented.Canned(200, raw=b"<html>welcome")]
    good, message = check()
    assert not good
    assert "another web server" in message


def test_the_token_endpoint_is_told_apart_from_the_service(
    documented_service: Callable[..., Any], client_credentials: Callable[..., str], token_endpoint: Any
) -> None:
    service = documented_service(token="token-1")
    client_credentials(service.base_url)
    assert check()[0]
    client_credentials(service.base_url, client_secret="wrong")
    good, message = check()
    assert not good
    assert message.startswith("The token endpoint")


def test_nobody_there(connect: Callable[..., str]) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        connect("127.0.0.1", port=reserved.getsockname()[1])
        good, message = check()
    assert not good
    assert "refused" in message


@contextmanager
def dripping() -> Iterator[int]:
    """A server that answers one byte after another, so that no single step of reading takes long."""
    over = threading.Event()

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not over.wait(0.01):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            thread.join()


def test_it_takes_no_longer_than_the_time_out(connect: Callable[..., str]) -> None:
    with dripping() as port:
        connect("127.0.0.1", port=port, extra={"timeout": 0.2})
        good, message = check()
    assert not good
    assert "within 0.2 s" in message


@contextmanager
def tls_server(certificate: tuple[Path, Path]) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "9")
            self.end_headers()
            self.wfile.write(b'"unknown"')

        def log_message(self, *args: object) -> None:
            pass

    with serving(Handler, certificate) as port:
        yield port


def test_tls(loopback_certificate: tuple[Path, Path], connect: Callable[..., str]) -> None:
    with tls_server(loopback_certificate) as port:
        connect(f"https://127.0.0.1:{port}")
        good, message = check()
        assert not good
        assert "certificate is not accepted" in message
        assert "ca_bundle" in message
        connect(f"https://127.0.0.1:{port}", extra={"ca_bundle": str(loopback_certificate[0])})
        assert check()[0]
        connect(f"https://127.0.0.1:{port}", extra={"verify": False})
        assert check()[0]


def test_https_to_a_port_of_http(documented_service: Callable[..., Any], connect: Callable[..., str]) -> None:
    connect(documented_service().base_url.replace("http://", "https://"))
    good, message = check()
    assert not good
    assert "does not speak TLS" in message


def test_a_connection_that_is_contradictory_is_told_as_such(connect: Callable[..., str]) -> None:
    connect("127.0.0.1", extra={"auth": "client_credentials"})
    good, message = check()
    assert not good
    assert "client_secret" in message
