"""What the service refuses, with which status, and that it never fails inside over it."""

import copy
import json
import socket
import uuid
from pathlib import Path

import httpx
import pytest

TRIGGER = "/profiler/trigger_profile"
PATH = ("profile_specification", "data_connectors", 0, "dataset_id")


@pytest.fixture
def service(standing):
    return standing


def changed(body, path, value):
    body = copy.deepcopy(body)
    place = body
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return body


def problems(answer: httpx.Response) -> list[dict]:
    assert answer.status_code == 422, answer.text
    detail = answer.json()["detail"]
    assert isinstance(detail, list)
    assert detail
    assert all(set(item) == {"loc", "msg", "type"} for item in detail)
    return detail


def test_an_unknown_dataset(service, documented_request):
    before = service.http.get("/profiler/jobs").json()
    answer = service.http.post(TRIGGER, json=changed(documented_request, PATH, "no/such"))
    assert answer.status_code == 404
    assert "no/such" in answer.json()["detail"]
    assert service.http.get("/profiler/jobs").json() == before


@pytest.mark.parametrize("path", ["../secret", "/etc", "a/../../b", ".", "", "a//b", "a\x00b", "a/./b"])
def test_paths_that_are_not_plain(service, documented_request, path):
    found = problems(service.http.post(TRIGGER, json=changed(documented_request, PATH, path)))
    assert found[0]["loc"][:2] == ["body", "profile_specification"]
    assert found[0]["loc"][-1] == "dataset_id"


def test_a_link_out_of_the_root(service, documented_request, tmp_path):
    (tmp_path / "outside").mkdir()
    (Path(service.settings.data_root) / "link").symlink_to(tmp_path / "outside")
    answer = service.http.post(TRIGGER, json=changed(documented_request, PATH, "link"))
    assert answer.status_code == 422
    assert "link" in answer.json()["detail"]
    assert str(tmp_path / "outside") not in answer.text


@pytest.mark.parametrize(
    "field",
    [
        "id",
        "name",
        "description",
        "license",
        "headline",
        "country",
        "date_published",
        "uploaded_by",
        "keywords",
        "fields_of_science",
        "languages",
        "data_connectors",
    ],
)
def test_missing_fields(service, documented_request, field):
    del documented_request["profile_specification"][field]
    found = problems(service.http.post(TRIGGER, json=documented_request))
    assert found == [{"loc": ["body", "profile_specification", field], "msg": "Field required", "type": "missing"}]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("profile_specification",), None),
        (("profile_specification",), []),
        (("profile_specification", "id"), "no-uuid-SECRETVALUE"),
        (("profile_specification", "id"), 7),
        (("profile_specification", "name"), 7),
        (("profile_specification", "keywords"), "SECRETVALUE"),
        (("profile_specification", "keywords"), [1]),
        (("profile_specification", "data_connectors"), []),
        (("profile_specification", "data_connectors", 0, "type"), "Ftp"),
        (("only_light_profile",), "true"),
        (("only_light_profile",), 1),
        (("options",), {"reading": {"delimeter": ","}}),
        (("options",), {"execution": {"partition_bytes": "16MB"}}),
        (("priority",), 1000),
        (("labels",), {"a": 1}),
        (("dry_run",), "yes"),
        (("unknown_field",), 1),
    ],
)
def test_wrong_fields(service, documented_request, path, value):
    answer = service.http.post(TRIGGER, json=changed(documented_request, path, value))
    found = problems(answer)
    assert "SECRETVALUE" not in answer.text
    shown = [part for part in found[0]["loc"] if part not in ("body", "RawDataPath")]
    assert tuple(shown[: len(path)]) == path or path[-1] == "type"


def test_credentials_in_a_request_are_refused_and_not_repeated(service, documented_request, mixed_connectors):
    mixed_connectors[1]["password"] = "hunter2-hunter2"
    documented_request["profile_specification"]["data_connectors"] = mixed_connectors
    answer = service.http.post(TRIGGER, json=documented_request)
    problems(answer)
    assert "hunter2" not in answer.text
    answer = service.http.post(TRIGGER, json=changed(documented_request, PATH, "s3://key:hunter2-hunter2@bucket/x"))
    problems(answer)
    assert "hunter2" not in answer.text


BROKEN_JSON = {
    "empty": b"",
    "cut": b'{"profile_job_id": "a"',
    "trailing": b'{"profile_job_id": "a"} x',
    "nan": b'{"profile_job_id": NaN}',
    "infinity": b'{"x": -Infinity}',
    "huge float": b'{"x": 1e999}',
    "huge integer": b'{"x": ' + b"9" * 6000 + b"}",
    "bomb of lists": b"[" * 200_000,
    "closed bomb": b"[" * 100_000 + b"]" * 100_000,
    "bomb of objects": b'{"a":' * 100_000,
    "twice": b'{"profile_job_id": "a", "profile_job_id": "b"}',
    "lone surrogate": b'{"profile_job_id": "\\ud800"}',
    "latin-1": '{"profile_job_id": "é"}'.encode("latin-1"),
    "utf-16": '{"profile_job_id": "a"}'.encode("utf-16"),
    "a list": b"[]",
    "a string": b'"x"',
    "null": b"null",
    "single quotes": b"{'profile_job_id': 'a'}",
}


@pytest.mark.parametrize("route", [TRIGGER, "/profiler/clean_up"])
@pytest.mark.parametrize("name", BROKEN_JSON)
def test_what_is_not_json_is_refused(service, route, name):
    found = problems(service.http.post(route, content=BROKEN_JSON[name], headers={"Content-Type": "application/json"}))
    assert found[0]["loc"][0] == "body"


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "1e400", '{"a": [{"b": NaN}]}', '{"k": 1, "k": 2}'])
def test_non_finite_numbers_in_kept_fields_are_refused(service, documented_request, literal):
    body = json.dumps(changed(documented_request, ("profile_specification", "x"), "@@")).replace('"@@"', literal)
    problems(service.http.post(TRIGGER, content=body, headers={"Content-Type": "application/json"}))


def test_unknown_specification_fields_are_kept_and_noted(service, documented_request):
    job = service.submit(changed(documented_request, ("profile_specification", "funder"), {"name": "EU", "n": 1.5}))
    service.wait(job)
    assert any("funder" in warning["message"] for warning in service.detail(job)["warnings"])


def test_the_longest_body(start, documented_request):
    service = start(max_body_bytes=20_000)
    body = json.dumps(documented_request).encode()
    headers = {"Content-Type": "application/json"}
    assert service.http.post(TRIGGER, content=body.ljust(20_000), headers=headers).status_code == 200
    for length in (20_001, 60_000, 5_000_000):
        answer = service.http.post(TRIGGER, content=body.ljust(length), headers=headers)
        assert answer.status_code == 422
        assert "20000 bytes" in answer.json()["detail"]

    def chunks():
        for _ in range(50):
            yield b" " * 1000

    assert service.http.post(TRIGGER, content=chunks(), headers=headers).status_code == 422


@pytest.mark.parametrize(
    "media_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"]
)
def test_only_json_is_taken(service, media_type):
    headers = {} if media_type is None else {"Content-Type": media_type}
    answer = service.http.post("/profiler/clean_up", content=b'{"profile_job_id": "a"}', headers=headers)
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_may_be_spelt_otherwise(service, media_type):
    answer = service.http.post(
        "/profiler/clean_up", content=b'{"profile_job_id": "a"}', headers={"Content-Type": media_type}
    )
    assert answer.status_code == 200


def test_unknown_routes_and_methods(service):
    for path in ("/nope", "/profiler", "/profiler/", "/profiler/jobs/", "/docs", "/redoc"):
        answer = service.http.get(path)
        assert answer.status_code == 404, path
        assert isinstance(answer.json()["detail"], str)
    for method, path in (("GET", TRIGGER), ("DELETE", "/profiler/jobs"), ("POST", "/")):
        answer = service.http.request(method, path)
        assert answer.status_code == 405, path
        assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=x", "limit=1001", "offset=-1", "offset=99999999999999999999", "state=DONE", "dataset_id=x"],
)
def test_bad_queries(service, query):
    assert problems(service.http.get(f"/profiler/jobs?{query}"))[0]["loc"][0] == "query"


@pytest.mark.parametrize("query", ["after=-1", "wait=31", "wait=nan", "wait=inf", "wait=x"])
def test_bad_event_queries(service, query):
    problems(service.http.get(f"/profiler/jobs/{uuid.uuid4()}/events?{query}"))


def test_without_a_data_root_nothing_of_files_is_taken(start, documented_request):
    answer = start(data_root=None).http.post(TRIGGER, json=documented_request)
    assert answer.status_code == 503
    assert "DATA_ROOT_PATH" in answer.json()["detail"]


def test_an_unexpected_error_tells_nothing_of_the_inside(service, monkeypatch, caplog):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("in /very/private/file")

    monkeypatch.setattr(service.app.state.backend.store, "get", broken)
    answer = service.http.get(f"/profiler/job_status/{uuid.uuid4()}", headers={"X-Request-ID": "req-7"})
    assert answer.status_code == 500
    assert set(answer.json()) == {"detail"}
    assert "private" not in answer.text
    assert answer.headers["X-Request-ID"] == "req-7"
    assert any("ZeroDivisionError" in (record.exc_text or str(record.exc_info)) for record in caplog.records)


def test_every_answer_carries_a_request_id(service):
    sane = "0af7651916cd43dd8448eb211c80319c"
    assert service.http.get("/", headers={"X-Request-ID": sane}).headers["X-Request-ID"] == sane
    ids = set()
    for sent in ("", "a b", "x" * 200, "<script>"):
        for path in ("/", "/nope", f"/profiler/job_status/{uuid.uuid4()}"):
            given = service.http.get(path, headers={"X-Request-ID": sent}).headers["X-Request-ID"]
            assert given != sent
            assert len(given) == 32
            ids.add(given)
    assert len(ids) == 12


def test_a_request_that_is_no_http_does_not_end_the_service(service):
    host, port = service.url.removeprefix("http://").split(":")
    for junk in (
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /profiler/clean_up HTTP/1.1\r\nHost: x\r\n",
    ):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(junk)
    assert service.http.get("/").status_code == 200


def test_a_body_without_an_end_is_not_taken_in_for_ever(service):
    address = service.http.base_url
    with socket.create_connection((address.host, address.port), timeout=10) as client:
        client.sendall(
            b"POST /profiler/trigger_profile HTTP/1.1\r\nHost: profiler\r\nContent-Type: text/plain\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        answer = client.recv(65536)
        assert b" 415 " in answer.split(b"\r\n")[0]
        assert b"connection: close" in answer.lower()
        with pytest.raises(OSError):
            for _ in range(10_000):
                client.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")


def test_a_short_body_that_nobody_reads_keeps_the_connection(service):
    answer = service.http.post(TRIGGER, content=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert "connection" not in answer.headers
