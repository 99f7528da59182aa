"""Who is let in: every kind of key, and every kind of token that must not pass."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import jwt
import pytest
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


@pytest.fixture(scope="module")
def guarded(start_for_module):
    return start_for_module(run_jobs=False, enable_auth=True, auth_key=pem(KEYS["RS256"]))


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA", "HS256"])
def test_each_kind_of_key(start, algorithm):
    key = SECRET if algorithm == "HS256" else pem(KEYS[algorithm])
    service = start(run_jobs=False, enable_auth=True, auth_key=key)
    assert ask(service, token(algorithm)) == 200
    for other in KEYS:
        if other != algorithm:
            assert ask(service, token(other)) == 401


def test_a_key_file_and_a_key_in_one_line(start, tmp_path):
    (tmp_path / "key.pem").write_text(pem(KEYS["ES256"]))
    assert ask(start(run_jobs=False, enable_auth=True, auth_key_file=tmp_path / "key.pem"), token("ES256")) == 200
    in_one_line = pem(KEYS["RS256"]).replace("\n", "\\n")
    assert ask(start(run_jobs=False, enable_auth=True, auth_key=in_one_line), token("RS256")) == 200


def test_tokens_that_do_not_pass(guarded):
    past, future = datetime.now(UTC) - timedelta(minutes=5), datetime.now(UTC) + timedelta(minutes=5)
    refused = {
        "none at all": None,
        "empty": "",
        "no token": "abc",
        "three dots": "a.b.c",
        "expired": token(exp=past),
        "without expiry": token(exp=None),
        "not yet valid": token(nbf=future),
        "expiry of a wrong type": token(exp="soon"),
        "another key": token(key=rsa.generate_private_key(65537, 2048)),
        "changed": token()[:-6] + "AAAAAA",
        "not signed": jwt.encode({"client_id": "airflow", "exp": future}, None, algorithm="none"),
        "too long": token(padding="x" * 20_000),
    }
    assert {name: ask(guarded, bearer) for name, bearer in refused.items()} == dict.fromkeys(refused, 401)
    assert ask(guarded, token()) == 200


def test_the_public_key_is_no_shared_secret(guarded):
    """An HMAC made with the public key, which everybody knows, as its secret."""

    def part(value: dict) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    expiry = int((datetime.now(UTC) + timedelta(minutes=5)).timestamp())
    signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part({"client_id": "airflow", "exp": expiry})
    for secret in (pem(KEYS["RS256"]).encode(), pem(KEYS["RS256"]).strip().encode()):
        signature = base64.urlsafe_b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).rstrip(b"=")
        assert ask(guarded, (signed + b"." + signature).decode()) == 401


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
def test_a_token_without_signature_in_any_spelling(guarded, algorithm):
    _, body, _ = token().split(".")
    forged = base64.urlsafe_b64encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()).rstrip(b"=").decode()
    assert ask(guarded, f"{forged}.{body}.") == 401


@pytest.mark.parametrize("client", [None, "", "intruder", "Airflow", ["airflow"], 7, {"airflow": 1}])
def test_the_wrong_client(guarded, client):
    assert ask(guarded, token(client_id=client)) == 403


def test_allowed_clients_are_a_setting(start):
    service = start(run_jobs=False, enable_auth=True, auth_key=SECRET, auth_clients=("cdd", "catalog"))
    assert ask(service, token("HS256", client_id="catalog")) == 200
    assert ask(service, token("HS256")) == 403


def test_issuer_and_audience(start):
    service = start(
        run_jobs=False, enable_auth=True, auth_key=SECRET, auth_issuer="https://idp", auth_audience="profiler"
    )
    assert ask(service, token("HS256", iss="https://idp", aud="profiler")) == 200
    assert ask(service, token("HS256", iss="https://idp", aud=["other", "profiler"])) == 200
    for claims in (
        {"iss": "https://other", "aud": "profiler"},
        {"iss": "https://idp", "aud": "other"},
        {"iss": "https://idp"},
        {"aud": "profiler"},
        {"iss": ["https://idp"], "aud": "profiler"},
    ):
        key, header = SECRET.encode(), {"alg": "HS256", "typ": "JWT"}
        payload = {"client_id": "airflow", "exp": int(datetime.now(UTC).timestamp()) + 300, **claims}
        bearer = jwt.api_jws.encode(json.dumps(payload).encode(), key, algorithm="HS256", headers=header)
        assert ask(service, bearer) == 401, claims


def test_an_audience_that_nobody_asks_for_does_not_matter(guarded):
    assert ask(guarded, token(aud="account", iss="https://idp")) == 200


def test_leeway(start):
    just_now = datetime.now(UTC) - timedelta(seconds=60)
    for leeway, status in ((5, 401), (600, 200)):
        service = start(run_jobs=False, enable_auth=True, auth_key=SECRET, auth_leeway=leeway)
        assert ask(service, token("HS256", exp=just_now)) == status


def test_the_header_must_be_one_and_a_bearers(guarded):
    good = token()
    for headers in (
        [("Authorization", good)],
        [("Authorization", f"Basic {good}")],
        [("Authorization", "Bearer")],
        [("Authorization", f"Bearer {good}"), ("Authorization", f"Bearer {good}")],
    ):
        assert guarded.http.get(JOBS, headers=headers).status_code == 401
    assert guarded.http.get(JOBS, headers={"Authorization": f"bearer {good}"}).status_code == 200
    assert guarded.http.get(f"{JOBS}?access_token={good}").status_code == 401


def test_what_needs_a_token(guarded):
    job = uuid.uuid4()
    for path in ("/", "/monitoring/ready", "/monitoring/health-check"):
        assert guarded.http.get(path).status_code == 200
    description = guarded.http.get("/openapi.json", headers={"Authorization": f"Bearer {token()}"}).json()
    guarded_paths = [path for path in description["paths"] if path.startswith("/profiler")]
    assert len(guarded_paths) >= 11
    for path in guarded_paths:
        for method in description["paths"][path]:
            url = path.replace("{profile_job_id}", str(job)).replace("{job_id}", str(job)).replace("{dataset_id}", "x")
            assert guarded.http.request(method, url).status_code == 401, (method, path)
    assert guarded.http.get("/openapi.json").status_code == 401


def test_the_token_is_looked_at_before_the_body(guarded):
    answer = guarded.http.post("/profiler/trigger_profile", content=b"x" * 100, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 401


def test_the_client_scopes_idempotency_keys(start, documented_request):
    service = start(enable_auth=True, auth_key=SECRET, auth_clients=("airflow", "other"))

    def submit(client: str) -> str:
        bearer = token("HS256", client_id=client)
        return service.submit(documented_request, **{"Idempotency-Key": "k", "Authorization": f"Bearer {bearer}"})

    assert submit("airflow") == submit("airflow")
    assert submit("airflow") != submit("other")


def test_no_token_in_the_log(guarded, caplog):
    caplog.set_level("DEBUG")
    bearers = [token(), token(exp=datetime.now(UTC) - timedelta(hours=1)), token(client_id="intruder"), "opaque-bearer"]
    for bearer in bearers:
        ask(guarded, bearer)
    assert not [bearer for bearer in bearers if bearer in caplog.text]


def test_unverified_tokens_only_where_that_was_asked_for(start, caplog):
    service = start(run_jobs=False, enable_auth=True, auth_unverified=True)
    assert "signatures of tokens are not checked" in caplog.text
    anyones = rsa.generate_private_key(65537, 2048)
    assert ask(service, token(key=anyones)) == 200
    assert ask(service, token(key=anyones, client_id="intruder")) == 403
    assert ask(service, token(key=anyones, exp=datetime.now(UTC) - timedelta(hours=1))) == 401
    checked = start(run_jobs=False, enable_auth=True, auth_unverified=True, auth_key=pem(KEYS["RS256"]))
    assert ask(checked, token(key=anyones)) == 401


class KeyServer(http.server.ThreadingHTTPServer):
    """Serves a key set; counts how often, and can be made slow or broken."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _KeyHandler)
        self.fetched = 0
        self.working = True
        self.body: bytes | None = None
        self.go_on = threading.Event()
        self.go_on.set()
        self.asked = threading.Event()
        self.keys = []
        for name, algorithm in (("rsa-1", "RS256"), ("ec-1", "ES256")):
            to_jwk = jwt.get_algorithm_by_name(algorithm).to_jwk
            key = to_jwk(KEYS[algorithm].public_key(), as_dict=True)
            self.keys.append({**key, "kid": name, "use": "sig", "alg": algorithm})
        octets = base64.urlsafe_b64encode(SECRET.encode()).rstrip(b"=").decode()
        self.keys.append({"kty": "oct", "kid": "shared", "k": octets, "alg": "HS256", "use": "sig"})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/jwks.json"


class _KeyHandler(http.server.BaseHTTPRequestHandler):
    server: KeyServer

    def do_GET(self) -> None:
        self.server.fetched += 1
        self.server.asked.set()
        self.server.go_on.wait(30)
        body = json.dumps({"keys": self.server.keys}).encode() if self.server.body is None else self.server.body
        self.send_response(200 if self.server.working else 500)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args) -> None:
        pass


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
    assert key_server.asked.wait(10)
    assert service.http.get("/monitoring/ready").status_code == 200
    assert service.http.get("/monitoring/health-check").json()["status"] == "healthy"
    assert not answers
    key_server.go_on.set()
    client.join(10)
    assert answers == [200]


def published(name: str, private, algorithm: str = "RS256") -> dict:
    key = jwt.get_algorithm_by_name(algorithm).to_jwk(private.public_key(), as_dict=True)
    return {**key, "kid": name, "use": "sig", "alg": algorithm}


class Clock:
    """What the key set's cache takes for the time."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    for module in ("jwks_client", "jwk_set_cache", "api_jwk"):
        monkeypatch.setattr(f"jwt.{module}.time", made)
    monkeypatch.setattr("airflow_provider_profiler.service.keys.time", made)
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
    assert ask(service, token("RS256", headers={"kid": "rsa-2"})) == 503
    clock.now += 6
    assert ask(service, bearer) == 200
    clock.now += 300
    assert [ask(service, bearer) for _ in range(3)] == [503] * 3
    key_server.working = True
    clock.now += 6
    assert ask(service, bearer) == 200


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


def forged(header: dict, claims: bytes | None = None, secret: bytes = b"", signature: bytes | None = None) -> str:
    """A token of any header and claims, signed with HMAC over them."""

    def part(value: bytes) -> bytes:
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    expiry = int((datetime.now(UTC) + timedelta(minutes=5)).timestamp())
    body = json.dumps({"client_id": "airflow", "exp": expiry}).encode() if claims is None else claims
    signed = part(json.dumps(header).encode()) + b"." + part(body)
    made = hmac.new(secret, signed, hashlib.sha256).digest() if signature is None else signature
    return (signed + b"." + part(made)).decode()


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


@pytest.fixture(scope="module")
def sharing(start_for_module):
    return start_for_module(run_jobs=False, enable_auth=True, auth_key=SECRET)


@pytest.mark.parametrize(
    "header",
    [
        *({"alg": "HS256"}, {"alg": "HS512"}, {"alg": "RS512"}, {"alg": "PS256"}, {"alg": "ES256"}, {"alg": "EdDSA"}),
        *({"alg": ""}, {"alg": None}, {"alg": 7}, {"alg": ["RS256"]}, {"alg": "rs256"}, {"alg": "RS256 "}, {}),
        *({"alg": "RS256", "crit": ["exp"], "exp": 1}, {"alg": "RS256", "b64": False, "crit": ["b64"]}),
        *({"alg": "dir", "enc": "A256GCM"}, {"alg": "RSA-OAEP", "enc": "A128GCM"}, {"alg": "RS256", "zip": "DEF"}),
    ],
)
def test_the_header_decides_on_nothing(guarded, header):
    for secret in (b"", pem(KEYS["RS256"]).encode(), b"null", b"0"):
        assert ask(guarded, forged(header, secret=secret)) == 401
    assert ask(guarded, forged(header, signature=b"")) == 401


@pytest.mark.parametrize(
    "claims",
    [
        *(b"", b"[]", b"null", b"7", b'"airflow"', b"{", b"\xff\xfe", b"[" * 4000, b'{"a":' * 2000, b"\x1f\x8b\x08"),
        *(b'{"client_id": "airflow", "exp": 1e400}', b'{"client_id": "airflow", "exp": NaN}'),
        b'{"client_id": "airflow", "exp": -1}',
        *(b'{"client_id": "airflow", "exp": [99999999999]}', b'{"client_id": "airflow", "exp": {}}'),
        *(b'{"client_id": "airflow", "exp": null}', b'{"client_id": "airflow", "exp": false}'),
        *(b'{"client_id": "airflow", "exp": 99999999999, "nbf": 99999999998}',),
        *(b'{"client_id": "airflow", "exp": 99999999999, "iat": 99999999998}',),
        *(b'{"client_id": "airflow", "exp": 99999999999, "nbf": "x"}',),
    ],
)
def test_claims_that_are_none(sharing, claims):
    good = b'{"client_id": "airflow", "exp": 99999999999}'
    assert ask(sharing, forged({"alg": "HS256"}, good, SECRET.encode())) == 200
    assert ask(sharing, forged({"alg": "HS256"}, claims, SECRET.encode())) == 401


def test_ways_around_the_header(guarded):
    good = token()
    for headers in (
        {"Cookie": f"Authorization=Bearer {good}; token={good}"},
        {"X-Authorization": f"Bearer {good}"},
        {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "X-Forwarded-User": "airflow"},
        {"X-Original-URL": "/", "X-Rewrite-URL": "/monitoring/ready"},
        {"X-HTTP-Method-Override": "GET", "Host": "localhost"},
        {"Proxy-Authorization": f"Bearer {good}"},
    ):
        assert guarded.http.get(JOBS, headers=headers).status_code == 401, headers
    for path in (
        "//profiler/jobs",
        "/profiler//jobs",
        "/profiler/jobs/",
        "/PROFILER/jobs",
        "/monitoring/../profiler/jobs",
    ):
        assert guarded.http.get(path).status_code in (401, 404), path
    for path in ("/monitoring/%2e%2e/profiler/jobs", "/%70rofiler/jobs", "/profiler/jobs%3f", "/profiler%2fjobs"):
        assert guarded.http.get(path).status_code in (401, 404), path
    assert guarded.http.request("HEAD", JOBS).status_code in (401, 405)
    assert guarded.http.request("OPTIONS", JOBS).status_code in (401, 405)
