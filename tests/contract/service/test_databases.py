"""The documented database connector, from a request to the documents, over real servers."""

import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from airflow_provider_profiler.cli.main import main


@contextmanager
def listening() -> Iterator[tuple[int, list[object]]]:
    """A port on loopback, and who has connected to it."""
    visitors: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def count() -> None:
            while True:
                try:
                    connection, visitor = server.accept()
                except OSError:
                    return
                visitors.append(visitor)
                connection.close()

        thread = threading.Thread(target=count, daemon=True)
        thread.start()
        yield server.getsockname()[1], visitors
        server.shutdown(socket.SHUT_RDWR)
        thread.join(20)


@pytest.fixture(scope="module")
def era5(postgres):
    return postgres.create(
        "ds_era5_land",
        "CREATE TABLE stations (id int PRIMARY KEY, name text)",
        "CREATE TABLE readings (station int REFERENCES stations, at timestamptz, level numeric(6,2))",
        "INSERT INTO stations VALUES (1, 'Syros'), (2, 'Piraeus')",
        "INSERT INTO readings SELECT 1 + g % 2, timestamptz '2024-01-01' + g * interval '1 hour', g * 0.5 "
        "FROM generate_series(1, 48) g",
        "CREATE ROLE profiler LOGIN PASSWORD 'hidden-from-all'",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO profiler",
    )


@pytest.fixture
def server(postgres, era5):
    """The settings of a service that knows the server."""
    return {
        "postgres_host": postgres.host,
        "postgres_port": postgres.port,
        "postgres_username": "profiler",
        "postgres_password": "hidden-from-all",
    }


@pytest.fixture
def request_for(documented_request, mixed_connectors, postgres):
    """The documented request, with the server of the suite in place of the document's."""
    mixed_connectors[1]["port"] = postgres.port
    documented_request["profile_specification"]["data_connectors"] = mixed_connectors
    return documented_request


def test_files_and_tables_make_one_profile(start, request_for, server):
    service = start(real_engine=True, **server)
    job = service.submit(request_for)
    assert service.wait(job) == "HEAVY_PROFILES_READY", service.detail(job)
    answer = service.http.get(f"/profiler/jobs/{job}/profile.json")
    profile = answer.json()
    assert {item["name"] for item in profile["record_sets"]} == {
        "answers",
        "questions",
        "public.readings",
        "public.stations",
    }
    assert {item["kind"]: item["status"] for item in profile["distributions"]}["database"] == "profiled"
    readings = next(item for item in profile["record_sets"] if item["name"] == "public.readings")
    assert readings["row_count"] == 48
    assert readings["fields"][0]["references"][0]["record_set"] == "public.stations"
    documents = service.http.get(f"/profiler/profile/{job}").text
    for name in ("answers.csv", "public.readings", "ds_era5_land"):
        assert name in documents
    # What a database's tables become is what the readers of every document ask for.
    revision = Path(service.detail(job)["cdd_revision_path"]).parent
    names = ("profile.json", "moma_profile_light.json", "moma_profile_heavy.json", "croissant.json")
    written = [str(revision / name) for name in (*names, Path(service.detail(job)["cdd_revision_path"]).name)]
    assert main(["validate", *written]) == 0
    told = documents + answer.text + service.http.get(f"/profiler/jobs/{job}/events").text
    assert "hidden-from-all" not in told


def test_rows_of_a_table_are_looked_at(start, request_for, server, monkeypatch):
    service = start(real_engine=True, **server)
    job = service.submit(request_for)
    assert service.wait(job) == "HEAVY_PROFILES_READY", service.detail(job)

    def look(**query):
        return service.http.get(f"/profiler/jobs/{job}/preview", params=query)

    stations = look(table="public.stations").json()
    assert (stations["rows"], stations["changed"]) == ([[1, "Syros"], [2, "Piraeus"]], None)
    readings = look(table="public.readings", where="level > 23.2", columns=["level", "station"]).json()
    assert (readings["rows"], readings["complete"]) == ([[2, "23.50"], [1, "24.00"]], True)
    assert len(look(table="public.readings", rows=5).json()["rows"]) == 5
    assert look(table="answers").json()["path"].endswith("answers.csv")
    # Whoever ends the process that looks finds nothing of how it got in: neither in its arguments nor around it.
    (process,) = service.app.state.backend.previews.processes.idle
    for what in ("cmdline", "environ"):
        assert b"hidden-from-all" not in Path(f"/proc/{process.process.pid}/{what}").read_bytes()
    monkeypatch.setattr(service.app.state.backend.previews, "_settings", service.settings.model_copy(update={
        "postgres_password": SecretStr("another"),
    }))  # fmt: skip
    refused = look(table="public.stations")
    assert refused.status_code in {422, 503}
    assert "another" not in refused.text


def test_a_host_that_is_not_configured_is_never_contacted(start, request_for, server):
    service = start(real_engine=True, **server)
    with listening() as (port, visitors):
        request_for["profile_specification"]["data_connectors"][1]["port"] = port
        refused = service.http.post("/profiler/trigger_profile", json=request_for)
        assert refused.status_code == 422
        assert str(port) in refused.json()["detail"]
        for host in ("localhost", "127.0.0.1,127.0.0.1", "/tmp"):
            request_for["profile_specification"]["data_connectors"][1]["host"] = host
            assert service.http.post("/profiler/trigger_profile", json=request_for).status_code == 422
        assert visitors == []
        # The same socket is found as soon as it is configured: silence above means something.
        request_for["profile_specification"]["data_connectors"][1]["host"] = "127.0.0.1"
        known = start(real_engine=True, **(server | {"postgres_port": port}))
        job = known.submit(request_for)
        assert known.wait(job) == "HEAVY_PROFILES_READY"
        assert visitors


def test_a_protocol_that_the_server_does_not_speak(start, request_for, server):
    service = start(real_engine=True, **server)
    for protocol, words in (("mysql", "configured as postgresql"), ("oracle", "are not read")):
        request_for["profile_specification"]["data_connectors"][1]["protocol"] = protocol
        refused = service.http.post("/profiler/trigger_profile", json=request_for)
        assert (refused.status_code, words in refused.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"postgres_username": None}, "credentials_missing"),
        ({"postgres_password": "wrong-wrong"}, "connection_failed"),
    ],
)
def test_a_job_of_nothing_but_a_database_that_cannot_be_read(start, request_for, server, settings, code):
    service = start(real_engine=True, **(server | settings))
    del request_for["profile_specification"]["data_connectors"][0]
    job = service.submit(request_for)
    assert service.wait(job) == "FAILED"
    detail = service.detail(job)
    assert detail["reason"]["code"] == code
    assert "ds_era5_land" in detail["reason"]["message"]
    assert "wrong-wrong" not in str(detail)


def test_mariadb_from_a_list_of_servers(start, documented_request, mariadb):
    name = mariadb.create("served", "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (2)")
    entry = {
        "protocol": "mariadb",
        "host": mariadb.host,
        "port": mariadb.port,
        "username": mariadb.username,
        "password": mariadb.password,
    }
    service = start(real_engine=True, databases=(entry,))
    documented_request["profile_specification"]["data_connectors"] = [
        {
            "type": "DatabaseConnection",
            "protocol": "mariadb",
            "engine": "MariaDB",
            "database_name": name,
            "host": mariadb.host,
            "port": mariadb.port,
        }
    ]
    job = service.submit(documented_request)
    assert service.wait(job) == "HEAVY_PROFILES_READY", service.detail(job)
    assert service.detail(job)["summary"]["rows"] == 2
    assert service.http.get(f"/profiler/jobs/{job}/preview").json()["rows"] == [[1], [2]]


def test_a_sqlite_file_under_the_root(start, documented_request, data_root):
    with sqlite3.connect(data_root / "trips.sqlite") as connection:
        connection.execute("CREATE TABLE trips (id INTEGER PRIMARY KEY, port TEXT)")
        connection.execute("INSERT INTO trips VALUES (1, 'Syros'), (2, 'Naxos')")
    connection.close()
    documented_request["profile_specification"]["data_connectors"] = [
        {
            "type": "DatabaseConnection",
            "protocol": "sqlite",
            "engine": "SQLite",
            "database_name": "trips.sqlite",
            "host": "localhost",
            "port": 1,
        }
    ]
    service = start(real_engine=True)
    job = service.submit(documented_request)
    assert service.wait(job) == "HEAVY_PROFILES_READY", service.detail(job)
    assert service.detail(job)["summary"]["rows"] == 2
