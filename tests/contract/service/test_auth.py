"""Who is let in: every kind of key, and every kind of token that must not pass."""

import base64
import hashlib
import hmac
import json
import uuid
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.contract.service.tokens import JOBS, KEYS, SECRET, ask, pem, token


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA", "HS256"])
def test_each_kind_of_key(start, algorithm):
    key = SECRET if algorithm == "HS256" else pem(KEYS[algorithm])
    service = start(run_jobs=False, enable_auth=True, auth_key=key)
    assert ask(service, token(algorithm)) == 200
    for other in KEYS:
        if other != algorithm:
            assert ask(service, token(other)) == 401


def test_the_state_of_a_job_needs_a_token_too(guarded):
    path = f"/profiler/job_status/{uuid.uuid4()}"
    intruder = token(client_id="intruder")
    for _ in range(2):  # what was found out about a token is remembered
        told = [
            guarded.http.get(path, headers={"Authorization": f"Bearer {bearer}"} if bearer else {}).status_code
            for bearer in (None, "abc", intruder, token())
        ]
        assert told == [401, 401, 403, 404]


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
    # By these two a browser gets and loses its session.
    sessions = ("/profiler/ui/session", "/profiler/ui/session/end")
    guarded_paths = [path for path in description["paths"] if path.startswith("/profiler") and path not in sessions]
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
