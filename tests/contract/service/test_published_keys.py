"""Keys that a server publishes: fetched, kept, rotated, and nothing that a token says of keys believed."""

import asyncio
import base64
import threading
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from airflow_provider_profiler.service.published_keys import JwksKeys
from tests.contract.service.key_server import KeyServer
from tests.contract.service.tokens import KEYS, ask, forged, pem, published, token


@pytest.fixture
def key_server() -> Iterator[KeyServer]:
    with KeyServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.go_on.set()
        server.shutdown()


def test_published_keys(start, key_server):
    service = start(run_jobs=False, enable_auth=True, auth_jwks_url=key_server.url)
    assert ask(service, token("RS256", headers={"kid": "rsa-1"})) == 200
    assert ask(service, token("ES256", headers={"kid": "ec-1"})) == 200
    assert key_server.fetched == 1
    for bearer in (
        token("RS256", headers={"kid": "ec-1"}),
        token("RS256", headers={"kid": "unknown"}),
        token("RS256"),
        token("HS256", headers={"kid": "shared"}),
        token("HS256", headers={"kid": "rsa-1"}),
        token(
            "RS256",
            headers={"kid": "rsa-1", "jku": "http://127.0.0.1:1/evil"},
            key=rsa.generate_private_key(65537, 2048),
        ),
        "a.b.c",
        "é",
    ):
        assert ask(service, bearer) == 401
    assert key_server.fetched == 1


def test_a_key_server_that_fails_is_503_and_malformed_tokens_do_not_count(start, key_server):
    service = start(run_jobs=False, enable_auth=True, auth_jwks_url=key_server.url)
    good = token("RS256", headers={"kid": "rsa-1"})
    for junk in ("a.b.c", "....", "eyJ", token("RS256")):
        assert ask(service, junk) == 401
    assert ask(service, good) == 200
    key_server.working = False
    other = start(run_jobs=False, enable_auth=True, auth_jwks_url=key_server.url)
    before = key_server.fetched
    assert [ask(other, good) for _ in range(5)] == [503] * 5
    assert key_server.fetched == before + 1
    assert ask(service, good) == 200


def test_a_slow_key_server_does_not_hold_up_the_service(start, key_server):
    service = start(run_jobs=False, enable_auth=True, auth_jwks_url=key_server.url)
    key_server.go_on.clear()
    answers = []
    bearer = token("RS256", headers={"kid": "rsa-1"})
    client = threading.Thread(target=lambda: answers.append(ask(service, bearer)))
    client.start()
    assert key_server.asked.wait(60)
    assert service.http.get("/monitoring/ready").status_code == 200
    assert service.http.get("/monitoring/health-check").json()["status"] == "healthy"
    assert not answers
    key_server.go_on.set()
    client.join(60)
    assert answers == [200]


class Clock:
    """What the key set's cache takes for the time."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr("airflow_provider_profiler.service.published_keys.time", made)
    return made


def test_keys_are_rotated(start, key_server, clock):
    old, new = token("RS256", headers={"kid": "rsa-1"}), token("EdDSA", headers={"kid": "ed-1"})
    service = start(run_jobs=False, enable_auth=True, auth_jwks_url=key_server.url)
    assert (ask(service, old), ask(service, new), key_server.fetched) == (200, 401, 1)
    key_server.keys = [published("ed-1", KEYS["EdDSA"], "EdDSA")]
    # A key that is not known does not make the service ask again and again.
    assert (ask(service, new), key_server.fetched) == (401, 1)
    clock.now += 31
    assert (ask(service, new), key_server.fetched) == (200, 2)
    assert (ask(service, old), key_server.fetched) == (401, 2)


def test_a_key_that_was_withdrawn_is_not_accepted_for_ever(start, key_server, clock):
    bearer = token("RS256", headers={"kid": "rsa-1"})
    service = start(run_jobs=False, enable_auth=True, auth_jwks_url=key_server.url)
    assert ask(service, bearer) == 200
    key_server.keys = [published("rsa-2", rsa.generate_private_key(65537, 2048))]
    clock.now += 299
    assert ask(service, bearer) == 200
    clock.now += 2
    assert ask(service, bearer) == 401


def test_known_keys_outlive_a_key_server_that_is_down_and_no_longer(start, key_server, clock):
    bearer = token("RS256", headers={"kid": "rsa-1"})
    service = start(run_jobs=False, enable_auth=True, auth_jwks_url=key_server.url)
    assert ask(service, bearer) == 200
    key_server.working = False
    clock.now += 31
    # What fails to be fetched for one token bars no other.
    for _ in range(3):
        assert ask(service, token("RS256", headers={"kid": "rsa-2"})) == 503
        assert ask(service, bearer) == 200
    clock.now += 6
    assert ask(service, bearer) == 200
    clock.now += 300
    assert [ask(service, bearer) for _ in range(3)] == [503] * 3
    key_server.working = True
    clock.now += 6
    assert ask(service, bearer) == 200


def test_known_keys_are_used_while_others_wait_for_a_fetch(start, key_server, clock):
    good = token("RS256", headers={"kid": "rsa-1"})
    service = start(run_jobs=False, enable_auth=True, auth_jwks_url=key_server.url)
    assert ask(service, good) == 200
    clock.now += 31
    key_server.asked.clear()
    key_server.go_on.clear()
    answers = []
    unknown = token("RS256", headers={"kid": "rsa-2"})
    waiting = [threading.Thread(target=lambda: answers.append(ask(service, unknown))) for _ in range(12)]
    for client in waiting:
        client.start()
    assert key_server.asked.wait(60)
    assert [ask(service, good) for _ in range(3)] == [200] * 3
    assert not answers
    key_server.go_on.set()
    for client in waiting:
        client.join(60)
    assert (answers, key_server.fetched) == ([401] * 12, 2)


def test_a_set_is_renewed_before_it_is_too_old_and_nobody_waits_for_it(start, key_server, clock):
    good = token("RS256", headers={"kid": "rsa-1"})
    service = start(run_jobs=False, enable_auth=True, auth_jwks_url=key_server.url)
    assert ask(service, good) == 200
    key_server.asked.clear()
    key_server.go_on.clear()
    clock.now += 250
    assert ask(service, good) == 200
    assert key_server.asked.wait(60)
    assert ask(service, good) == 200
    assert key_server.fetched == 2


def test_a_set_that_is_broken_for_a_moment_does_not_take_the_place_of_a_good_one(start, key_server, clock):
    good, new = token("RS256", headers={"kid": "rsa-1"}), token("EdDSA", headers={"kid": "ed-1"})
    service = start(run_jobs=False, enable_auth=True, auth_jwks_url=key_server.url)
    assert ask(service, good) == 200
    key_server.body = b'{"keys": [{"kty": "RSA", "kid": "rsa-1", "n": "AA", "e": "AQAB"}, {"kty": "oct", "k": "AAAA"}]}'
    clock.now += 31
    assert (ask(service, new), ask(service, good)) == (503, 200)
    key_server.body = None
    key_server.keys.append(published("ed-1", KEYS["EdDSA"], "EdDSA"))
    clock.now += 6
    assert (ask(service, new), ask(service, good)) == (200, 200)


def test_a_fetch_that_cannot_begin_is_begun_by_the_next_request(key_server, monkeypatch):
    keys = JwksKeys(key_server.url, ("RS256",))
    good = token("RS256", headers={"kid": "rsa-1"})
    start = threading.Thread.start

    def refused(thread):
        if thread.name != "profiler-key-fetch":  # another service of the tests' process may need one
            return start(thread)
        monkeypatch.setattr(threading.Thread, "start", start)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    with pytest.raises(RuntimeError):
        asyncio.run(keys.fetched_key(good))
    assert asyncio.run(keys.fetched_key(good)).key_id == "rsa-1"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"keys": []}', b'{"keys": [1]}', b'{"keys": [{"kty": "RSA"}]}', b"\xff" * 99],
)
def test_what_is_no_key_set_is_the_key_servers_fault(start, key_server, body):
    key_server.body = body
    service = start(run_jobs=False, enable_auth=True, auth_jwks_url=key_server.url)
    bearer = token("RS256", headers={"kid": "rsa-1"})
    assert [ask(service, bearer) for _ in range(3)] == [503] * 3
    assert key_server.fetched == 1


def test_a_key_name_is_a_name_and_nothing_else(start, key_server):
    service = start(run_jobs=False, enable_auth=True, auth_jwks_url=key_server.url)
    other = rsa.generate_private_key(65537, 2048)
    for name in (
        *("../../../../dev/null", "/dev/null", "file:///etc/passwd", f"{key_server.url}?kid=rsa-1", "rsa-1\x00"),
        *("x' UNION SELECT 'secret' --", "1; DROP TABLE keys", "rsa-1' OR '1'='1", "$(id)", "", "RSA-1", " rsa-1", "*"),
        *("x" * 5000, "\n\rrsa-1"),
    ):
        for key in (other, KEYS["RS256"]):
            assert ask(service, token("RS256", key=key, headers={"kid": name})) == 401, name
    for name in (None, 7, ["rsa-1"], {"kid": "rsa-1"}, True):
        assert ask(service, forged({"alg": "RS256", "kid": name})) == 401, name
    assert key_server.fetched == 1


def test_keys_that_a_token_brings_along_are_ignored_and_never_fetched(start, guarded, key_server):
    mine = rsa.generate_private_key(65537, 2048)
    service = start(run_jobs=False, enable_auth=True, auth_jwks_url=key_server.url)
    assert ask(service, token("RS256", headers={"kid": "rsa-1"})) == 200
    with KeyServer() as evil:
        evil.keys = [published("rsa-1", mine)]
        threading.Thread(target=evil.serve_forever, daemon=True).start()
        for brought in (
            {"jku": evil.url},
            {"x5u": evil.url},
            {"jwk": published("rsa-1", mine)},
            {"x5c": [base64.b64encode(pem(mine).encode()).decode()]},
            {"kid": evil.url},
            {"iss": evil.url, "jku": [evil.url]},
        ):
            for asked in (service, guarded):
                headers = {"kid": "rsa-1", **brought}
                assert ask(asked, token("RS256", key=mine, headers=headers)) == 401, brought
        assert evil.fetched == 0
        evil.shutdown()
    # They do no harm to a token that verifies.
    assert ask(guarded, token(headers={"jku": "http://127.0.0.1:1/", "jwk": {}})) == 200
