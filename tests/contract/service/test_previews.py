"""Rows of tables as they are now, read as the profile's job read them."""

import gzip
import os
import socket
import sqlite3
import threading
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from airflow_provider_profiler.contract.errors import InvalidRequest, TableNotFound
from airflow_provider_profiler.contract.preview import DataPreview
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs import previews
from airflow_provider_profiler.profiling.previewing.wish import Wish
from airflow_provider_profiler.render.report.bounds import PageBound
from tests.contract.service.tokens import SECRET, token

PORTS = "id;name;depth\n1;Πειραιάς;12,5\n2;Σύρος;\n3;Πάτρα;9,75\n"


@pytest.fixture(scope="module")
def service(start_for_module):
    return start_for_module(real_engine=True, preview_rows=50)


def profiled(service, name, options=None, **files):
    """Profile a dataset of these files; its specification."""
    folder = Path(service.settings.data_root) / name
    for path, content in files.pop("files", files).items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    specification = ProfileSpecification.for_path(name)
    body = {"profile_specification": specification.model_dump(mode="json"), "options": options or {}}
    assert service.wait(service.submit(body)) == "HEAVY_PROFILES_READY"
    return specification


def answer(service, specification, revision="latest", **query):
    place = f"/profiler/datasets/{specification.id}/revisions/{revision}/preview"
    return service.http.get(place, params=query)


def look(service, specification, **query):
    return DataPreview.model_validate_json(answer(service, specification, **query).raise_for_status().content)


def refused(service, specification, status, **query):
    found = answer(service, specification, **query)
    assert found.status_code == status, found.text
    return found.json()["detail"]


@pytest.fixture(scope="module")
def ports(service):
    return profiled(service, "ports", files={"ports.csv": PORTS.encode("iso8859_7")})


def test_rows_are_read_as_they_were_profiled(service, ports):
    found = look(service, ports)
    assert [(column.name, column.data_type.value) for column in found.columns] == [
        ("id", "sc:Integer"),
        ("name", "sc:Text"),
        ("depth", "sc:Float"),
    ]
    assert found.rows == ((1, "Πειραιάς", 12.5), (2, "Σύρος", None), (3, "Πάτρα", 9.75))
    assert (found.table, found.path, found.row_count, found.revision) == ("ports", "ports.csv", 3, 1)
    assert (found.complete, found.changed, found.dataset_id) == (True, False, ports.id)
    by_job = service.http.get(f"/profiler/jobs/{found.job_id}/preview").raise_for_status()
    assert DataPreview.model_validate_json(by_job.content) == found
    assert by_job.headers["cache-control"] == "private, no-store"


def test_the_first_rows_some_columns_and_a_condition(service, ports):
    first = look(service, ports, rows=2)
    assert (len(first.rows), first.complete) == (2, False)
    assert look(service, ports, rows=3).complete
    assert look(service, ports, columns=["depth", "i*"]).rows[0] == (1, 12.5)
    deep = look(service, ports, where="id < 2 OR name = 'Σύρος'", columns="name")
    assert (deep.rows, deep.complete) == ((("Πειραιάς",), ("Σύρος",)), True)
    assert look(service, ports, where="id > 1", rows=1).rows == ((2, "Σύρος", None),)


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ({"table": "port"}, 404, "did you mean 'ports'"),
        ({"columns": "dept"}, 422, "did you mean 'depth'"),
        ({"where": "dept > 1"}, 422, "did you mean 'depth'"),
        ({"where": "1 = 1) OR (id > 0"}, 422, "condition"),
        ({"where": "id > (SELECT 1)"}, 422, "condition"),
        ({"rows": 51}, 422, "PROFILER_PREVIEW_ROWS"),
    ],
)
def test_what_is_not_there_is_told(service, ports, query, status, told):
    assert told in refused(service, ports, status, **query)


@pytest.mark.parametrize("query", [{"rows": 0}, {"rows": "many"}, {"column": "id"}, {"columns": ""}, {"where": ""}])
def test_a_query_that_does_not_fit_is_refused_by_its_field(service, ports, query):
    (problem,) = refused(service, ports, 422, **query)
    assert problem["loc"][:2] == ["query", next(iter(query))]


def test_only_what_the_profile_is_of_is_shown(service):
    options = {"selection": {"exclude_columns": ["salary"], "where": "level < 3"}}
    staff = profiled(service, "staff", options, files={"staff.csv": "name,level,salary\nA,1,100\nB,3,900\nC,2,200\n"})
    assert look(service, staff).rows == (("A", 1), ("C", 2))
    assert look(service, staff, where="name = 'C' OR name = 'B'").rows == (("C", 2),)
    assert "'salary'" in refused(service, staff, 422, where="salary > 500")
    assert "'salary'" in refused(service, staff, 422, columns="salary")


def test_files_that_were_written_to_since_say_so(service):
    stock = profiled(service, "stock", files={"stock.csv": "item,left\nrope,1\n", "other.csv": "a\n1\n"})
    file = Path(service.settings.data_root) / "stock" / "stock.csv"
    file.write_text("item,left\nrope,0\nsail,7\n", encoding="utf-8")
    found = look(service, stock, table="stock")
    assert (found.rows, found.row_count, found.changed) == ((("rope", 0), ("sail", 7)), 1, True)
    assert not look(service, stock, table="other").changed
    assert "say which one: 'other', 'stock'" in refused(service, stock, 422)
    file.write_bytes(b"\0" * 100)
    assert "stock.csv" in refused(service, stock, 422, table="stock")
    file.unlink()
    assert "not in the dataset any more" in refused(service, stock, 404, table="stock")
    (Path(service.settings.data_root) / "stock").rename(Path(service.settings.data_root) / "stock-moved")
    assert "stock" in refused(service, stock, 404, table="other")


@pytest.fixture(scope="module")
def formats(service, tmp_path_factory):
    """One table each, in most of the forms that tables have."""
    folder = tmp_path_factory.mktemp("formats")
    table = pa.table({"n": [1, 2, 3], "t": ["a", "b", None]})
    pyarrow.parquet.write_table(table, folder / "t.parquet")
    with sqlite3.connect(folder / "t.sqlite") as connection:
        connection.execute("CREATE TABLE numbers (n INTEGER, t TEXT)")
        connection.executemany("INSERT INTO numbers VALUES (?, ?)", [(1, "a"), (2, "b"), (3, None)])
        connection.execute("CREATE TABLE others (x INTEGER)")
    connection.close()
    with zipfile.ZipFile(folder / "t.zip", "w") as archive:
        archive.writestr("inner/zipped.csv", "n,t\n1,a\n2,b\n3,\n")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    files |= {
        "packed.csv.gz": gzip.compress(b"n,t\n1,a\n2,b\n3,\n"),
        "lines.jsonl": '{"n": 1, "t": "a"}\n{"n": 2, "t": "b"}\n{"n": 3}\n',
        "nested.json": '{"data": [{"n": 1, "t": "a"}, {"n": 2, "t": "b"}, {"n": 3}]}',
        "parts/day-1.csv": "n,t\n1,a\n2,b\n",
        "parts/day-2.csv": "n,t\n3,\n",
    }
    return profiled(service, "formats", files=files)


@pytest.mark.parametrize(
    "name", ["t.parquet", "t.sqlite", "inner/zipped.csv", "packed.csv.gz", "lines.jsonl", "nested.json", "day-"]
)
def test_any_table_can_be_looked_into(service, formats, name):
    tables = service.http.get(
        f"/profiler/datasets/{formats.id}/revisions/latest/artefacts/profile.json"
    ).raise_for_status().json()["record_sets"]  # fmt: skip
    table = next(item["name"] for item in tables if name in item["path"])
    found = look(service, formats, table=table)
    assert found.rows == ((1, "a"), (2, "b"), (3, None))
    assert found.changed is False
    assert look(service, formats, table=table, where="n >= 2", rows=1).rows == ((2, "b"),)
    assert look(service, formats, table=table, columns="t").rows == (("a",), ("b",), (None,))


def test_a_light_profile_has_no_tables(service, formats):
    body = {"profile_specification": formats.model_dump(mode="json"), "only_light_profile": True}
    service.wait(job := service.submit(body), "LIGHT_PROFILE_READY")
    found = service.http.get(f"/profiler/jobs/{job}/preview")
    assert (found.status_code, "light" in found.json()["detail"]) == (404, True)


def test_tables_that_are_being_profiled_are_not_there_yet(service, ports, monkeypatch):
    backend = service.app.state.backend
    record = backend.store.latest_revision(ports.id).model_copy(update={"state": JobState.LIGHT_PROFILE_READY})
    monkeypatch.setattr(backend, "job", lambda _: record)
    found = service.http.get(f"/profiler/jobs/{record.job_id}/preview")
    assert (found.status_code, "not profiled its tables yet" in found.json()["detail"]) == (404, True)


def test_what_takes_too_long_is_ended_and_the_next_one_is_answered(service, ports, monkeypatch, tmp_path):
    monkeypatch.setattr(previews, "SECONDS", 1)
    record = service.app.state.backend.store.latest_revision(ports.id)
    endless = tmp_path / "pipe"
    os.mkfifo(endless)
    held = os.open(endless, os.O_RDWR)  # somebody might still write into it, so that it has no end
    try:
        with pytest.raises(InvalidRequest, match="longer than the 1 seconds"):
            service.app.state.backend.previews.of(record, endless, Wish(None, 1))
    finally:
        os.close(held)
    monkeypatch.undo()
    assert len(look(service, ports).rows) == 3


def test_processes_apart_get_no_secrets_of_the_service(service, ports, monkeypatch):
    service.app.state.backend.previews.close()
    monkeypatch.setenv("PROFILER_AUTH_KEY", "a-key-of-the-service")
    monkeypatch.setenv("profiler_link_key", "another-key-of-the-service")
    monkeypatch.setenv("AWS_REGION", "where-buckets-are")
    look(service, ports)
    (process,) = service.app.state.backend.previews.processes.idle
    told = Path(f"/proc/{process.process.pid}/environ").read_bytes()
    assert b"where-buckets-are" in told
    assert b"key-of-the-service" not in told


def test_as_many_as_there_is_room_for(service, ports, monkeypatch):
    monkeypatch.setattr(service.app.state.backend, "preview_bound", PageBound(at_once=0, waiting=0))
    assert "Ask again" in refused(service, ports, 503)


def test_an_operator_may_have_none_of_it(start):
    closed = start(preview_rows=0)
    found = closed.http.get(f"/profiler/datasets/{ProfileSpecification.for_path('x').id}/revisions/latest/preview")
    assert (found.status_code, "PROFILER_PREVIEW_ROWS" in found.json()["detail"]) == (403, True)


def test_a_revision_that_is_removed_meanwhile_is_not_there(service, ports, tmp_path):
    record = service.app.state.backend.store.latest_revision(ports.id)
    with pytest.raises(TableNotFound, match="revision was removed"):
        service.app.state.backend.previews.of(record, tmp_path / "profile.json", Wish(None, 1))


def test_whoever_hangs_up_while_waiting_is_not_waited_for(service, ports, monkeypatch):
    backend = service.app.state.backend
    monkeypatch.setattr(backend, "preview_bound", PageBound(at_once=1))
    begun, go_on, made = threading.Event(), threading.Event(), []
    make = backend.previews.of

    def held(record, profile, wish):
        made.append(wish.rows)
        begun.set()
        assert go_on.wait(60)
        return make(record, profile, wish)

    monkeypatch.setattr(backend.previews, "of", held)
    first = threading.Thread(target=answer, args=(service, ports), kwargs={"rows": 1})
    first.start()
    try:
        assert begun.wait(60)
        address = (service.http.base_url.host, service.http.base_url.port)
        with socket.create_connection(address) as connection:
            path = f"/profiler/datasets/{ports.id}/revisions/latest/preview?rows=2"
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: service\r\n\r\n".encode())
            service.http.get("/").raise_for_status()  # by then the one before is waiting
        service.http.get("/").raise_for_status()  # and by then it is known to be gone
    finally:
        go_on.set()
        first.join()
    assert look(service, ports, rows=3).complete
    assert made == [1, 3]


def test_one_client_leaves_room_for_others(start, documented_request, monkeypatch):
    closed = start(enable_auth=True, auth_key=SECRET, auth_algorithms=("HS256",), auth_clients=("one", "other"))
    as_client = {name: {"Authorization": f"Bearer {token('HS256', client_id=name)}"} for name in ("one", "other")}
    closed.http.headers.update(as_client["one"])
    job = closed.submit(documented_request)
    assert closed.wait(job) == "HEAVY_PROFILES_READY"
    backend = closed.app.state.backend
    monkeypatch.setattr(backend, "preview_bound", PageBound(at_once=2, waiting=0))
    begun, go_on = threading.Event(), threading.Event()

    def held(record, profile, wish):
        begun.set()
        assert go_on.wait(60)
        raise TableNotFound("looked")

    monkeypatch.setattr(backend.previews, "of", held)

    def look_as(name):
        return closed.http.get(f"/profiler/jobs/{job}/preview", headers=as_client[name])

    found = []
    first = threading.Thread(target=lambda: found.append(look_as("one")))
    first.start()
    try:
        assert begun.wait(60)
        assert look_as("one").status_code == 503
        other = threading.Thread(target=lambda: found.append(look_as("other")))
        other.start()
    finally:
        go_on.set()
        first.join()
    other.join()
    assert [answer.json()["detail"] for answer in found] == ["looked", "looked"]
