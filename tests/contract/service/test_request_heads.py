"""Request lines and headers that are too long or never complete: refused before they cost anybody anything."""

import json
import logging
import re
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from airflow_provider_profiler.service import request_heads
from airflow_provider_profiler.service.request_heads import HEAD_BYTES
from airflow_provider_profiler.telemetry.context import current_request_id
from tests.contract.service.test_hostile_requests import rest

ANSWERED = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HALF = b"GET / HTTP/1.1\r\nHost: x\r\n"
POSTED = b"POST /profiler/clean_up HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture
def connect(standing) -> Iterator[Callable[[], socket.socket]]:
    """Opens connections to a service."""
    address = standing.http.base_url
    with ExitStack() as opened:
        yield lambda: opened.enter_context(socket.create_connection((address.host, address.port), timeout=20))


@pytest.fixture
def impatient(monkeypatch) -> None:
    monkeypatch.setattr(request_heads, "HEAD_SECONDS", 0.2)


@pytest.fixture
def less_impatient(monkeypatch) -> None:
    """For requests that are complete, but may be sent late on a machine that does other things too."""
    monkeypatch.setattr(request_heads, "HEAD_SECONDS", 1.0)


def answers(client: socket.socket, count: int) -> bytes:
    """What comes until so many answers without a body of their own length have begun and nothing of them is missing."""
    said = b""
    while said.count(b"\r\n\r\n") < count or not said.endswith(b"}"):
        piece = client.recv(65536)
        assert piece, said
        said += piece
    return said


def statuses(said: bytes) -> list[int]:
    return [int(part.split(b" ", 1)[0]) for part in said.split(b"HTTP/1.1 ")[1:]]


def refusal(said: bytes, status: int) -> str:
    """The text of the one refusal that is all that was said."""
    assert statuses(said) == [status], said
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head
    assert b"connection: close" in head
    assert re.search(rb"x-request-id: [0-9a-f]{32}\r", head)
    [(name, text)] = json.loads(body).items()
    assert name == "detail"
    return text


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        (b"GET /?", b"a" * 1000),
        (HALF + b"X: ", b"a" * 1000),
        (HALF, b"X: y\r\n" * 200),
        (b"", b"\r\n" * 500),
    ],
    ids=["line", "header", "headers", "empty lines"],
)
def test_a_head_that_is_too_long(connect, begins, goes_on):
    client = connect()
    client.sendall(begins + goes_on * (HEAD_BYTES // len(goes_on) + 1))
    assert str(HEAD_BYTES) in refusal(rest(client), 431)


@pytest.mark.parametrize("before", [b"", ANSWERED], ids=["first", "second"])
def test_a_line_that_is_too_long_and_complete(connect, before):
    client = connect()
    if before:
        client.sendall(before)
        assert statuses(answers(client, 1)) == [200]
    # Its end reaches the service together with the bytes that are too many, or before these are counted.
    client.sendall(b"GET /?" + b"a" * HEAD_BYTES + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert str(HEAD_BYTES) in refusal(rest(client), 431)


@pytest.mark.parametrize(
    "sent",
    [b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", b"GET\r\n\r\n", HALF + b"no colon\r\n\r\n", b"\x00"],
    ids=["encryption", "line", "header", "zero"],
)
def test_what_is_no_http(connect, sent):
    client = connect()
    client.sendall(sent)
    assert "no HTTP request" in refusal(rest(client), 400)


def test_the_log_tells_of_a_refusal_under_the_id_in_its_answer(connect, caplog):
    seen: list[tuple[str, str | None]] = []
    watcher = logging.Handler()
    watcher.emit = lambda record: seen.append((record.getMessage(), current_request_id()))
    logger = logging.getLogger(request_heads.__name__)
    with caplog.at_level(logging.INFO, logger.name):
        logger.addHandler(watcher)
        try:
            client = connect()
            host, port = client.getsockname()
            client.sendall(b"GET\r\n\r\n")
            said = rest(client).decode()
        finally:
            logger.removeHandler(watcher)
    told = [(message, request_id) for message, request_id in seen if f"{host}:{port}" in message]
    assert [message.rsplit("(", 1)[1][:3] for message, _ in told] == ["400"]
    assert f"x-request-id: {told[0][1]}" in said


def test_a_head_that_goes_on_and_on_is_cut_off_and_others_are_answered(connect, standing):
    client = connect()
    client.sendall(HALF)
    with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
        while True:
            client.sendall(b"X: y\r\n" * 10_000)
    assert standing.http.get("/").status_code == 200


def test_a_long_head_within_the_limit_in_pieces(connect):
    client = connect()
    client.sendall(HALF)
    for number in range(60):
        client.sendall(b"X-%d: " % number + b"a" * 1000 + b"\r\n")
    client.sendall(b"\r\n")
    assert statuses(answers(client, 1)) == [200]


def test_many_requests_on_one_connection_are_not_added_up(connect):
    client = connect()
    request = HALF + b"X: " + b"a" * 6000 + b"\r\n\r\n"
    for _ in range(20):
        client.sendall(request)
        assert statuses(answers(client, 1)) == [200]


def test_what_stands_around_the_pieces_of_a_body_does_not_add_up(connect):
    client = connect()
    pieces = 20_000
    client.sendall(POSTED + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * pieces + b"0\r\n\r\n")
    assert statuses(answers(client, 1)) == [422]


def test_endless_trailers_end_the_connection(connect):
    client = connect()
    client.sendall(POSTED + b"Transfer-Encoding: chunked\r\n\r\n1\r\n \r\n0\r\n")
    with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
        while True:
            client.sendall(b"X: y\r\n" * 10_000)


@pytest.mark.parametrize("sent", [b"", b"G", HALF], ids=["nothing", "a letter", "half"])
def test_a_head_that_is_not_completed(connect, impatient, sent):
    client = connect()
    client.sendall(sent)
    assert "not complete" in refusal(rest(client), 408)


def test_sending_a_little_now_and_then_wins_no_time(connect, impatient):
    client = connect()
    client.sendall(HALF)
    while not select.select([client], [], [], 0.02)[0]:
        client.sendall(b"X: y\r\n")
    assert "not complete" in refusal(rest(client), 408)


def test_a_second_head_that_is_not_completed(connect, less_impatient):
    client = connect()
    client.sendall(ANSWERED)
    assert statuses(answers(client, 1)) == [200]
    client.sendall(HALF)
    refusal(rest(client), 408)


def test_the_rest_of_a_body_that_never_comes_ends_the_connection(connect, less_impatient):
    client = connect()
    client.sendall(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    assert statuses(answers(client, 1)) == [404]
    client.sendall(b" ")
    assert rest(client) == b""


def test_an_answer_may_take_longer_and_the_connection_is_kept(connect, less_impatient):
    client = connect()
    client.sendall(b"GET /profiler/events?after=latest&wait=1.5 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert statuses(answers(client, 1)) == [200]
    client.sendall(ANSWERED)
    assert statuses(answers(client, 1)) == [200]


def test_requests_that_are_sent_ahead_are_answered_in_order(connect, less_impatient):
    client = connect()
    slow = b"GET /profiler/events?after=latest&wait=1.5 HTTP/1.1\r\nHost: x\r\n\r\n"
    client.sendall(slow + ANSWERED + b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n" + HALF)
    assert statuses(rest(client)) == [200, 200, 404, 408]
