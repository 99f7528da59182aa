"""No secret of the configuration is found in anything that leaves the service: looked for everywhere, in every form."""

import base64
import io
import json
import logging
import urllib.parse
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from airflow_provider_profiler.telemetry.logs import configure_logging

#: Each with characters that texts, addresses and SQL would have to escape.
SECRETS = {
    "database": 'Db-pa\'ss\\w0rd%41+"x" 7f3a',
    "wrong database": "Wr0ng-pa'ss/word:8c2e",
    "second database": "M4ria-p@ss=9d1b",
    "key": "K3y-of-more-than-32-bytes!/+=" + "Qz" * 12,
    "webhook": "W3bhook-s3cret/5e6f+=" + "Yx" * 6,
    "webhook path": "hidden-p4th-2b7c",
    "store": "0bject-store-s3cret-4d9e",
    "collector": "C0llector-token-1a2b",
}


def forms(secret: str) -> set[bytes]:
    """How a secret may be written: as it is, in JSON, in an address, in base64, as SQL, as Python."""
    texts = {
        *(secret, json.dumps(secret)[1:-1], urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret)),
        *(secret.replace("'", "''"), secret.replace("\\", "\\\\").replace("'", "\\'"), repr(secret)[1:-1]),
        *(
            base64.b64encode(secret.encode()).decode().rstrip("="),
            base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
        ),
        *(secret.encode().hex(), secret[: len(secret) * 2 // 3], secret[len(secret) // 3 :]),
    }
    return {text.encode() for text in texts}


def found(content: bytes | str, *more: str) -> list[str]:
    raw = content.encode() if isinstance(content, str) else content
    given = {**SECRETS, **{f"token {number}": token for number, token in enumerate(more)}}
    return [name for name, secret in given.items() if any(form in raw for form in forms(secret))]


@pytest.fixture(scope="module")
def lake(postgres):
    escaped = SECRETS["database"].replace("'", "''")
    return postgres.create(
        "ds_lake",
        "CREATE TABLE levels (id int PRIMARY KEY, metres numeric(6,2))",
        "INSERT INTO levels SELECT g, g * 0.5 FROM generate_series(1, 20) g",
        f"CREATE ROLE lake_reader LOGIN PASSWORD '{escaped}'",
        "GRANT SELECT ON levels TO lake_reader",
    )


@pytest.fixture
def log():
    """Lets the service log all that it can, as it does by itself; gives what was written."""
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    stream = io.StringIO()
    yield lambda form: (configure_logging(level="DEBUG", log_format=form, stream=stream), stream)[1]
    root.setLevel(before[0])
    root.handlers[:] = before[1]


def bearer(key: str = SECRETS["key"], **claims) -> str:
    given = {"client_id": "airflow", "exp": datetime.now(UTC) + timedelta(minutes=5), **claims}
    return jwt.encode(given, key, algorithm="HS256")


def database(host: str, port: int, protocol: str = "postgresql") -> dict:
    return {
        "type": "DatabaseConnection",
        "protocol": protocol,
        "engine": "a database",
        "database_name": "ds_lake",
        "host": host,
        "port": port,
    }


def test_nothing_tells_a_secret(start, documented_request, postgres, lake, log, tmp_path, webhook_receivers):
    receiver = webhook_receivers()
    second = {
        "protocol": "mariadb",
        "host": "127.0.0.1",
        "port": 9,
        "username": "m",
        "password": SECRETS["second database"],
    }
    settings = {
        "enable_auth": True,
        "auth_key": SECRETS["key"],
        "postgres_host": postgres.host,
        "postgres_port": postgres.port,
        "postgres_username": "lake_reader",
        "databases": (second,),
        "webhooks": json.dumps([{"url": f"{receiver.url}/{SECRETS['webhook path']}", "secret": SECRETS["webhook"]}]),
        "object_store_options": json.dumps({"secret": SECRETS["store"]}),
        "otlp_headers": f"authorization={SECRETS['collector']}",
    }
    said: list[str] = []
    tokens = [bearer(), bearer(client_id="intruder"), bearer(exp=datetime(2020, 1, 1, tzinfo=UTC)), bearer("x" * 40)]
    for form, name, password, ends in (
        ("text", "right", SECRETS["database"], "HEAVY_PROFILES_READY"),
        ("json", "wrong", SECRETS["wrong database"], "FAILED"),
    ):
        logged = log(form)
        service = start(real_engine=True, home=tmp_path / name, postgres_password=password, **settings)
        service.http.headers["Authorization"] = f"Bearer {tokens[0]}"

        def ask(method: str, path: str, *, service=service, **sent):
            answer = service.http.request(method, path, **sent)
            said.append(f"{answer.status_code} {answer.headers} {answer.text}")
            return answer

        connector = database(postgres.host, postgres.port)
        documented_request["profile_specification"]["data_connectors"] = [connector]
        job = service.submit(documented_request)
        assert service.wait(job) == ends, service.detail(job)
        dataset = documented_request["profile_specification"]["id"]
        ids = {"profile_job_id": job, "job_id": job, "dataset_id": dataset, "revision": "latest"}
        for path, operations in service.app.openapi()["paths"].items():
            if "get" in operations and "{name}" not in path:
                ask("GET", path.format(**ids))
        for item in ask("GET", f"/profiler/jobs/{job}/artefacts").json()["data"]:
            ask("GET", item["link"])
        ask("GET", f"/profiler/jobs/{job}?embed=profile,specification,events(limit=1000),stages(limit=1000)")
        ask("GET", "/openapi.json")
        for body in (connector, database("127.0.0.1", 9, "mariadb"), database("192.0.2.1", 5432), {"password": "x"}):
            for route in ("test", "schemas", "tables"):
                ask("POST", f"/profiler/connections/{route}", json=body)
            whole = {**documented_request, "dry_run": True}
            whole["profile_specification"] = {**whole["profile_specification"], "data_connectors": [body]}
            ask("POST", "/profiler/trigger_profile", json=whole)
        for token in tokens[1:]:
            answer = ask("GET", "/profiler/jobs", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code in (401, 403)
        said.append(json.dumps(service.settings.masked(), default=str) + repr(service.settings) + str(service.settings))
        said.append(repr(vars(service.app.state)))
        service.server.stop()
    assert [found(text, *tokens) for text in said] == [[]] * len(said)
    assert len(said) > 60
    lines = logged.getvalue().splitlines()
    assert [line for line in lines if found(line, *tokens)] == []
    assert any(" DEBUG " in line for line in lines)
    assert any(job in line and line.startswith("{") for line in lines)
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in kept if found(path.read_bytes(), *tokens)] == []
    assert {"profile.json", "jobs.sqlite3", "log.jsonl"} <= {path.name for path in kept}


def test_the_search_finds_what_is_there():
    for name, secret in SECRETS.items():
        for form in forms(secret):
            assert name in found(b"before " + form + b" after")
    assert found(Path(__file__).read_bytes()) != []
    assert found("nothing of it") == []
