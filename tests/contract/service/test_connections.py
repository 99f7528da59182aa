"""Asking configured databases about themselves, and never any other."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from airflow_provider_profiler.contract.connections import ConnectionReport, SchemaList, TableList
from airflow_provider_profiler.jobs import catalogues
from airflow_provider_profiler.service.routes import connections

ROUTES = ("test", "schemas", "tables")
PASSWORD = "hidden-from-all"


class Silent:
    """A port on loopback that takes connections and never says a word."""

    def __init__(self, server: socket.socket) -> None:
        self._server = server
        self.port = server.getsockname()[1]
        self.visitors: list[socket.socket] = []
        self.visited = threading.Semaphore(0)

    def take(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.visitors.append(connection)
            self.visited.release()

    def hang_up_until_ended(self, client: threading.Thread) -> None:
        """More than once: libpq tries again without encryption where a server hangs up."""
        while client.is_alive():
            self.hang_up()
            client.join(0.02)

    def hang_up(self) -> None:
        while self.visitors:
            self.visitors.pop().close()


@contextmanager
def silent() -> Iterator[Silent]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Silent(server)
        thread = threading.Thread(target=found.take, daemon=True)
        thread.start()
        yield found
        server.shutdown(socket.SHUT_RDWR)
        thread.join(20)
        found.hang_up()


def connector(host="127.0.0.1", port=5432, **fields):
    known = {"protocol": "postgresql", "engine": "PostgreSQL", "database_name": "ds_tides"}
    return {"type": "DatabaseConnection", "host": host, "port": port, **known, **fields}


def ask(service, route, body, **query):
    return service.http.post(f"/profiler/connections/{route}", json=body, params=query)


@pytest.fixture(scope="module")
def tides(postgres):
    return postgres.create(
        "ds_tides",
        "CREATE TABLE stations (id int PRIMARY KEY, name text)",
        "COMMENT ON TABLE stations IS '<b>places</b>'",
        "CREATE SCHEMA empty",
        'CREATE SCHEMA "odd ""schema"" ; DROP TABLE stations"',
        'CREATE TABLE "odd ""schema"" ; DROP TABLE stations"."t; DROP TABLE stations" (a int)',
        "CREATE VIEW public.names AS SELECT name FROM stations",
        "CREATE TABLE hidden (a int)",
        "CREATE ROLE looker LOGIN PASSWORD 'hidden-from-all'",
        "GRANT SELECT ON stations, names TO looker",
        'GRANT USAGE ON SCHEMA empty, "odd ""schema"" ; DROP TABLE stations" TO looker',
    )


@pytest.fixture(scope="module")
def service(start_for_module, postgres, tides):
    return start_for_module(
        run_jobs=False,
        postgres_host=postgres.host,
        postgres_port=postgres.port,
        postgres_username="looker",
        postgres_password=PASSWORD,
    )


def test_a_database_that_answers(service, postgres):
    body = connector(postgres.host, postgres.port)
    report = ConnectionReport.model_validate(ask(service, "test", body).raise_for_status().json())
    assert report.success
    assert report.server is not None
    assert report.server.startswith("PostgreSQL ")
    assert report.reason is None
    assert report.database == f"postgresql://{postgres.host}:{postgres.port}/ds_tides"
    schemas = SchemaList.model_validate(ask(service, "schemas", body).raise_for_status().json())
    odd = 'odd "schema" ; DROP TABLE stations'
    assert [item.name for item in schemas.data] == ["empty", odd, "public"]
    tables = TableList.model_validate(ask(service, "tables", body).raise_for_status().json())
    seen = {(item.schema_name, item.name): (item.kind, item.columns, item.readable) for item in tables.data}
    assert seen == {
        (odd, "t; DROP TABLE stations"): ("table", 1, False),
        ("public", "hidden"): ("table", 1, False),
        ("public", "names"): ("view", 1, True),
        ("public", "stations"): ("table", 2, True),
    }
    assert next(item for item in tables.data if item.name == "stations").comment == "<b>places</b>"


def test_tables_in_part(service, postgres):
    body = connector(postgres.host, postgres.port)
    whole = ask(service, "tables", body).json()["data"]
    page = ask(service, "tables", body, limit=2, offset=1).json()
    assert (page["data"], page["count"], page["total"]) == (whole[1:3], 2, 4)
    public = ask(service, "tables", body, schema="public").json()
    assert (public["data"], public["total"]) == (whole[1:], 3)
    for name in ("*", "pub%", "public' OR '1'='1", "no"):
        assert ask(service, "tables", body, schema=name).json() == {"data": [], "count": 0, "total": 0}


def test_mariadb(start, mariadb):
    name = mariadb.create("asked", "CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT a FROM t")
    entry = {"protocol": "mariadb", "host": mariadb.host, "port": mariadb.port}
    account = {"username": mariadb.username, "password": mariadb.password}
    service = start(run_jobs=False, databases=({**entry, **account},))
    body = connector(mariadb.host, mariadb.port, protocol="mariadb", engine="MariaDB", database_name=name)
    report = ask(service, "test", body).json()
    assert (report["success"], report["server"].partition(" ")[0]) == (True, "MariaDB")
    assert name in [item["name"] for item in ask(service, "schemas", body).json()["data"]]
    assert [item["name"] for item in ask(service, "tables", body).json()["data"]] == ["t", "v"]


def test_why_there_is_no_connection(start, service, postgres, tides):
    where = {"postgres_host": postgres.host, "postgres_port": postgres.port}
    account = {"postgres_username": "looker", "postgres_password": PASSWORD}
    cases = [
        (where, connector(postgres.host, postgres.port), "credentials_missing", "no user name"),
        (
            {**where, **account, "postgres_password": "wrong-wrong"},
            connector(postgres.host, postgres.port),
            "connection_failed",
            "refuses the configured user name or password",
        ),
        (
            {**where, **account},
            connector(postgres.host, postgres.port, database_name="no_such"),
            "connection_failed",
            "no database of this name",
        ),
    ]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        nobody = {"postgres_host": "127.0.0.1", "postgres_port": port, **account}
        cases.append((nobody, connector(port=port), "connection_failed", "nothing listens"))
        for settings, body, code, told in cases:
            other = start(run_jobs=False, **settings)
            report = ask(other, "test", body)
            assert (report.status_code, report.json()["success"]) == (200, False)
            assert report.json()["reason"]["code"] == code
            assert told in report.json()["reason"]["message"]
            for route in ("schemas", "tables"):
                refused = ask(other, route, body)
                assert (refused.status_code, told in refused.json()["detail"]) == (503, True)
            assert "wrong-wrong" not in report.text + refused.text
            assert PASSWORD not in report.text + refused.text


def test_a_server_that_is_not_configured_is_never_contacted(start, service):
    with silent() as server:
        for route in ROUTES:
            for host in (
                "127.0.0.1",
                "localhost",
                "127.0.0.1,127.0.0.1",
                "::ffff:127.0.0.1",
                "2130706433",
                "127.1",
                "/tmp",
            ):
                for protocol in ("postgresql", "mysql", "POSTGRES"):
                    answer = ask(service, route, connector(host, server.port, protocol=protocol))
                    assert answer.status_code == 422, answer.text
        assert server.visitors == []
        known = start(run_jobs=False, postgres_host="127.0.0.1", postgres_port=server.port, postgres_username="looker")
        asking = threading.Thread(target=ask, args=(known, "test", connector(port=server.port)))
        asking.start()
        # The same socket is found as soon as it is configured: silence above means something.
        assert server.visited.acquire(timeout=60)
        server.hang_up_until_ended(asking)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "body",
    [
        *({}, [], "x", connector(port=0), connector(port="5432"), connector(protocol="oracle")),
        *(connector(password=PASSWORD), connector("anna:secret@host"), connector(database_name="x?password=y")),
        *(connector(protocol="sqlite", database_name="../jobs.sqlite3"), connector(protocol="duckdb")),
        *({"type": "RawDataPath", "dataset_id": "x"}, connector(host="x" * 100_000), connector(host="a\x00b")),
    ],
)
def test_what_is_no_database_is_refused(service, route, body):
    answer = ask(service, route, body)
    assert answer.status_code == 422, answer.text
    assert PASSWORD not in answer.text


def test_servers_that_do_not_answer_take_no_threads_away(start, documented_request, monkeypatch):
    """As many wait as may; one more is told to come back, and everything else goes on."""
    monkeypatch.setattr(catalogues, "_LIMITS", replace(catalogues._LIMITS, connect_seconds=60.0))
    with silent() as server:
        service = start(run_jobs=False, postgres_host="127.0.0.1", postgres_port=server.port, postgres_username="a")
        body = connector(port=server.port)
        answers: list[dict] = []
        waiting = [
            threading.Thread(target=lambda: answers.append(ask(service, "test", body).json()))
            for _ in range(connections.ASKED_AT_A_TIME)
        ]
        for client in waiting:
            client.start()
        for _ in waiting:
            assert server.visited.acquire(timeout=60)
        one_more = ask(service, "test", body)
        assert one_more.status_code == 429
        assert int(one_more.headers["retry-after"]) > 0
        assert service.http.get("/profiler/jobs").status_code == 200
        for client in waiting:
            server.hang_up_until_ended(client)
        assert [answer["success"] for answer in answers] == [False] * len(waiting)
        assert {answer["reason"]["code"] for answer in answers} == {"connection_failed"}
