"""Tokens that nobody issued, and ways around the header that bears one."""

import pytest

from tests.contract.service.tokens import JOBS, KEYS, SECRET, ask, forged, pem, token


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
