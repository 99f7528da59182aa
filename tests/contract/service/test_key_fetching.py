"""Fetching from a key server that is slow, endless, or somewhere else."""

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest

from airflow_provider_profiler.service import key_fetching
from airflow_provider_profiler.service.key_fetching import LARGEST_ANSWER, KeysNotFetched, fetch
from tests.webhook_receiver import make_certificate

HEAD = b"HTTP/1.1 200 OK\r\n"


class Talker(socketserver.ThreadingTCPServer):
    """Sends what it is given to everybody, then drips, if it has something to drip, until it is hung up on."""

    daemon_threads = True

    def __init__(self, says: bytes, drips: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.says = says
        self.drips = drips
        self.pause = threading.Event()
        self.hung_up = threading.Event()
        self.visits = 0
        self.tls: ssl.SSLContext | None = None


class _Talk(socketserver.BaseRequestHandler):
    server: Talker

    def handle(self) -> None:
        self.server.visits += 1
        tls = self.server.tls
        try:
            with tls.wrap_socket(self.request, server_side=True) if tls else self.request as client:
                client.recv(65536)
                client.sendall(self.server.says)
                while self.server.drips and not self.server.pause.wait(0.01):
                    client.sendall(self.server.drips)
        except OSError:
            self.server.hung_up.set()


@pytest.fixture
def talker() -> Iterator[Callable[..., Talker]]:
    made = []

    def make(says: bytes, drips: bytes = b"") -> Talker:
        made.append(Talker(says, drips))
        threading.Thread(target=made[-1].serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return made[-1]

    yield make
    for server in made:
        server.pause.set()
        server.shutdown()
        server.server_close()


def url(server: Talker) -> str:
    return f"{'https' if server.tls else 'http'}://127.0.0.1:{server.server_address[1]}/"


def test_an_answer(talker):
    assert fetch(url(talker(HEAD + b"Content-Length: 2\r\n\r\n{}")), seconds=60) == b"{}"
    assert fetch(url(talker(HEAD + b"\r\n{}")), seconds=60) == b"{}"


@pytest.mark.parametrize(
    ("says", "drips"),
    [
        (HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
        (HEAD + b"\r\n", b" "),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
        (HEAD + b"X: ", b"y"),
        (b"", b"H"),
    ],
    ids=["body", "body without an end", "chunk's length", "header", "status line"],
)
def test_an_answer_that_drips_is_broken_off(talker, says, drips):
    server = talker(says, drips)
    with pytest.raises(KeysNotFetched, match=r"after 0\.2 seconds"):
        fetch(url(server), seconds=0.2)
    assert server.hung_up.wait(60)


def test_over_tls(talker, tmp_path, monkeypatch):
    """The certificate is one of those that the machine trusts, or nothing is asked; the deadline holds as well."""
    certificate, key = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    whole, dripping = talker(HEAD + b"\r\n{}"), talker(HEAD + b"\r\n", b" ")
    for server in (whole, dripping):
        server.tls = context
    with pytest.raises(KeysNotFetched, match="certificate"):
        fetch(url(whole), seconds=60)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert fetch(url(whole), seconds=60) == b"{}"
    with pytest.raises(KeysNotFetched, match=r"after 0\.5 seconds"):
        fetch(url(dripping), seconds=0.5)
    assert dripping.hung_up.wait(60)


def test_an_endless_answer_is_not_kept(talker):
    server = talker(HEAD + b"\r\n", b" " * LARGEST_ANSWER)
    with pytest.raises(KeysNotFetched, match="longer than"):
        fetch(url(server), seconds=20)
    assert server.hung_up.wait(60)


def test_the_largest_answer_is_taken(talker, monkeypatch):
    monkeypatch.setattr(key_fetching, "LARGEST_ANSWER", 10)
    assert fetch(url(talker(HEAD + b"\r\n" + b"x" * 10)), seconds=60) == b"x" * 10
    with pytest.raises(KeysNotFetched, match="longer than 10 bytes"):
        fetch(url(talker(HEAD + b"\r\n" + b"x" * 11)), seconds=60)


def test_keys_are_not_looked_for_elsewhere(talker):
    other = talker(HEAD + b"\r\n{}")
    server = talker(b"HTTP/1.1 302 Found\r\nLocation: " + url(other).encode() + b"\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(KeysNotFetched, match="302"):
        fetch(url(server), seconds=60)
    assert (server.visits, other.visits) == (1, 0)


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"\x00" * 100,
        b"HTTP/1.1 500 Oh\r\n\r\n{}",
        b"HTTP/1.1 204 No\r\n\r\n",
        HEAD + b"Content-Length: 9\r\n\r\n{}",
    ],
    ids=["nothing", "noise", "failure", "no content", "cut off"],
)
def test_what_is_no_answer(talker, says):
    with pytest.raises(KeysNotFetched):
        fetch(url(talker(says)), seconds=60)
