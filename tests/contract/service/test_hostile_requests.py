"""Requests that want to do harm: smuggled, endless, slow, or with text that other programs would carry out."""

import copy
import json
import socket
import sqlite3
import uuid
from urllib.parse import quote

import pytest

TRIGGER = "/profiler/trigger_profile"
HOSTILE = {
    "sql": "'; DROP TABLE jobs; DELETE FROM events; --",
    "html": "<script>alert(document.cookie)</script><img src=x onerror=alert(1)>",
    "template": "{{7*7}}${7*7}<%= 7*7 %>#{7*7}%s%n{0.__class__}",
    "shell": "$(touch /tmp/owned); `id` | cat /etc/passwd",
    "lines": "name\r\nSet-Cookie: owned=1\r\n\r\n<html>",
    "controls": "\x1b[2J\x1b]0;owned\x07\u202edesrever\u2066",
    "redis": "*1\r\n$8\r\nFLUSHALL\r\n",
    "lua": '"]]..redis.call("FLUSHALL")..[["',
    "long": "ß" * 3_000,
    "unicode": "\U0001f4a9 ｄｒｏｐ ﷽ \u0000null",
}


@pytest.fixture
def service(standing):
    return standing


@pytest.mark.parametrize(
    ("store", "texts"),
    [("sqlite", ("sql", "html", "lines", "controls", "long", "unicode")), ("redis", ("sql", "redis", "lua"))],
)
def test_hostile_text_is_text(start, documented_request, request, store, texts):
    where = {}
    if store == "redis":
        where = {"redis_host": "127.0.0.1", "redis_port": request.getfixturevalue("redis_server").port}
    service = start(**where)
    jobs = {}
    for name in texts:
        text = HOSTILE[name]
        body = copy.deepcopy(documented_request)
        body["profile_specification"] |= {
            "name": text,
            "description": text,
            "keywords": [text],
            "id": str(uuid.uuid4()),
        }
        body |= {"labels": {text[:200]: text[:200]}, "triggered_by": {"dag_id": text, "run_id": text}}
        jobs[name] = service.submit(body)
        assert service.wait(jobs[name]) == "HEAVY_PROFILES_READY", service.detail(jobs[name])
    for name, job in jobs.items():
        detail = service.detail(job)
        text = HOSTILE[name]
        assert detail["labels"] == {text[:200]: text[:200]}
        assert detail["triggered_by"]["dag_id"] == text
        answer = service.http.get(f"/profiler/profile/{job}")
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        kept = service.http.get(f"/profiler/jobs/{job}?embed=specification").json()["embedded"]["specification"]
        assert (kept["name"], kept["description"], kept["keywords"]) == (text, text, [text])
        assert json.dumps(text, ensure_ascii=False) in answer.text
        if len(text) < 500 and ":" not in text:
            found = service.http.get("/profiler/jobs", params={"dag_id": text}).json()["data"]
            assert [item["job_id"] for item in found] == [job]
    assert service.http.get("/profiler/datasets").json()["total"] == len(texts)
    assert service.http.get("/profiler/jobs").json()["total"] == len(texts)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    "path", ["/profiler/jobs/{}", "/profiler/job_status/{}", "/profiler/datasets/{}", "/profiler/jobs?state={}", "/{}"]
)
def test_hostile_ids_are_refused_as_json(service, path, text):
    answer = service.http.get(path.replace("{}", "") + quote(text[:2000], safe=""))
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"detail"}
    assert "set-cookie" not in answer.headers


def conversation(service, *parts: bytes) -> bytes:
    """What the service says to these bytes until it hangs up, or nothing more comes."""
    address = service.http.base_url
    with socket.create_connection((address.host, address.port), timeout=60) as client:
        for part in parts:
            client.sendall(part)
        client.shutdown(socket.SHUT_WR)
        return rest(client)


def rest(client: socket.socket) -> bytes:
    """What comes until the service hangs up."""
    said = b""
    try:
        while piece := client.recv(65536):
            said += piece
    except ConnectionResetError:
        pass
    return said


def statuses(said: bytes) -> list[int]:
    return [int(part.split(b" ", 1)[0]) for part in said.split(b"HTTP/1.1 ")[1:]]


SMUGGLED = b"GET /profiler/jobs HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 0\r\nContent-Length: 44\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 0x2c\r\n",
        b"Content-Length: 5, 5\r\n",
        b"Content-Length:\x0b5\r\n",
        b" Folded: 1\r\n",
        b"Bad Header: 1\r\n",
        b"Header\x00: 1\r\n",
        b": 1\r\n",
    ],
)
def test_no_request_hides_in_another(service, headers):
    """A proxy before the service may take the length otherwise: nothing of it is carried out."""
    head = b"POST /profiler/clean_up HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + headers + b"\r\n"
    said = conversation(service, head + b"0\r\n\r\n" + SMUGGLED)
    found = statuses(said)
    assert 200 not in found, said
    assert all(status >= 400 for status in found)
    assert service.http.get("/").status_code == 200


def test_endless_headers_and_lines_are_cut(service):
    for head in (
        b"GET /" + b"a" * 200_000,
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000,
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(20_000)),
    ):
        said = conversation(service, head)
        assert 200 not in statuses(said)
    assert service.http.get("/").status_code == 200


def test_slow_bodies_do_not_keep_others_out(service, documented_request):
    """More of them than there are threads, each sending nothing after its first byte."""
    address = service.http.base_url
    slow = []
    try:
        for _ in range(60):
            client = socket.create_connection((address.host, address.port), timeout=60)
            client.sendall(
                b"POST /profiler/trigger_profile HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: 1000\r\n\r\n{"
            )
            slow.append(client)
        job = service.submit(documented_request)
        assert service.wait(job) == "HEAVY_PROFILES_READY"
    finally:
        for client in slow:
            client.close()


def test_a_body_that_does_not_come_is_given_up(service, monkeypatch):
    monkeypatch.setattr("airflow_provider_profiler.service.body._PATIENCE", 0.01)
    address = service.http.base_url
    with socket.create_connection((address.host, address.port), timeout=60) as client:
        client.sendall(
            b"POST /profiler/clean_up HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100000\r\n\r\n{"
        )
        said = b""
        while piece := client.recv(65536):  # until the service hangs up
            said += piece
    assert statuses(said) == [422]
    assert b"was not there" in said
    assert b"connection: close" in said.lower()


def test_wide_and_deep_bodies_are_answered_soon(service, documented_request):
    """What is large in number is refused or taken, and nothing else waits for it meanwhile."""
    wide = copy.deepcopy(documented_request)
    wide["profile_specification"]["keywords"] = ["k"] * 100_000
    many = copy.deepcopy(documented_request)
    many["labels"] = {f"label {n}": "x" for n in range(20_000)}
    unknown = copy.deepcopy(documented_request)
    unknown["profile_specification"] |= {f"field {n}": n for n in range(10_000)}
    deep = copy.deepcopy(documented_request)
    inner: object = 1
    for _ in range(900):
        inner = [inner]
    deep["profile_specification"]["x"] = inner
    connectors = copy.deepcopy(documented_request)
    connectors["profile_specification"]["data_connectors"] *= 2_000
    for body in (wide, many, unknown, deep, connectors):
        answer = service.http.post(TRIGGER, json={**body, "dry_run": True})
        assert answer.status_code in (200, 422), answer.text[:500]
    assert service.http.get("/").status_code == 200


def test_the_store_holds_what_it_held(start, documented_request):
    service = start()
    service.wait(service.submit(documented_request))
    for text in (text[:2000] for text in HOSTILE.values()):
        for query in ({"client": text}, {"dag_id": text}, {"label": f"a:{text}"}, {"label": f"{text}:a"}):
            answer = service.http.get("/profiler/jobs", params=query)
            assert answer.status_code in (200, 422)
            assert answer.status_code == 422 or answer.json()["data"] == []
    with sqlite3.connect(service.settings.store_file) as connection:
        assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (1,)
    connection.close()
