"""The files of revisions: listed, downloaded, cached, taken up again, and nothing beside them."""

import hashlib
import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airflow_provider_profiler.service.artefacts import CHECKSUMS_AT_A_TIME
from airflow_provider_profiler.storage.documents import OpenDocument


@pytest.fixture(scope="module")
def service(start_for_module):
    return start_for_module()


@pytest.fixture(scope="module")
def job(service):
    """The detail of a job that has ended."""
    body = {
        "profile_specification": {
            **dict.fromkeys(("description", "license", "headline", "country", "date_published", "uploaded_by"), ""),
            **{name: [] for name in ("keywords", "fields_of_science", "languages")},
            "id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            "name": "Answers",
            "data_connectors": [{"type": "RawDataPath", "dataset_id": "8930240b-a0e8-46e7-ace8-aab2b42fcc01"}],
        }
    }
    made = service.submit(body)
    service.wait(made)
    return service.detail(made)


@pytest.fixture(scope="module")
def folder(job) -> Path:
    return Path(job["cdd_revision_path"]).parent


def test_one_file_alone_can_be_listed(service, job, folder):
    for place in (f"/profiler/jobs/{job['job_id']}", f"/profiler/datasets/{job['dataset_id']}/revisions/1"):
        answer = service.http.get(f"{place}/artefacts", params={"checksums": "true", "name": "profile.json"}).json()
        (only,) = answer["data"]
        digest = hashlib.sha256((folder / "profile.json").read_bytes()).hexdigest()
        assert (answer["count"], only["name"], only["sha256"]) == (1, "profile.json", digest)
        none = service.http.get(f"{place}/artefacts", params={"name": "../profile.json"}).json()
        assert none == {"data": [], "count": 0}


def artefacts(service, place):
    answer = service.http.get(f"{place}/artefacts")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_everything_that_is_listed_can_be_downloaded(service, job, folder):
    (folder / "mirror").mkdir(exist_ok=True)
    (folder / "mirror" / "ä b.parquet").write_bytes(b"PAR1")
    by_job = artefacts(service, f"/profiler/jobs/{job['job_id']}")
    names = [item["name"] for item in by_job]
    assert names == sorted(names)
    assert {"profile.json", "moma_profile_light.json", "mirror/ä b.parquet", f"{job['dataset_id']}.json"} <= set(names)
    by_revision = artefacts(service, f"/profiler/datasets/{job['dataset_id']}/revisions/1")
    assert [item | {"link": ""} for item in by_job] == [item | {"link": ""} for item in by_revision]
    for item in by_job + by_revision:
        got = service.http.get(item["link"])
        content = (folder / item["name"]).read_bytes()
        assert got.content == content
        assert (got.status_code, got.headers["etag"], len(got.content)) == (200, item["etag"], item["bytes"])
        assert got.headers["content-type"] == item["media_type"]
        assert got.headers["content-disposition"].startswith("attachment")
        assert item["sha256"] is None
    checked = service.http.get(f"/profiler/jobs/{job['job_id']}/artefacts?checksums=true").json()["data"]
    assert [item["sha256"] for item in checked] == [
        hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names
    ]


def test_few_read_whole_files_at_a_time_and_keep_nobody_else_waiting(service, job, monkeypatch):
    begun, go_on = threading.Semaphore(0), threading.Event()

    def held(document):
        begun.release()
        assert go_on.wait(20)
        return "0" * 64

    monkeypatch.setattr(OpenDocument, "sha256", held)
    place = f"/profiler/jobs/{job['job_id']}"
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(service.http.get, f"{place}/artefacts?checksums=true") for _ in range(3)]
        for _ in range(CHECKSUMS_AT_A_TIME):
            assert begun.acquire(timeout=20)
        assert not begun.acquire(timeout=0.1), "the third waits"
        assert artefacts(service, place)
        go_on.set()
        assert [answer.result(20).status_code for answer in asked] == [200] * 3


@pytest.mark.parametrize("word", ["1", "latest", "successful"])
def test_revisions_have_words(service, job, word):
    place = f"/profiler/datasets/{job['dataset_id']}/revisions/{word}"
    assert (
        service.http.get(f"{place}/artefacts/profile.json").content == service.http.get(job["links"]["model"]).content
    )


def test_a_copy_that_is_still_the_same_is_not_sent_again(service, job, folder):
    place = f"/profiler/jobs/{job['job_id']}/artefacts/croissant.json"
    (folder / "croissant.json").write_bytes(b'{"n": 1}')
    tag = service.http.get(place).headers["etag"]
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = service.http.get(place, headers={"If-None-Match": condition})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert service.http.get(place, headers={"If-None-Match": '"other"'}).status_code == 200
    assert service.http.get(place, headers=[("If-None-Match", '"other"'), ("If-None-Match", tag)]).status_code == 304
    (folder / "new").write_bytes(b'{"n": 2}')
    (folder / "new").rename(folder / "croissant.json")
    changed = service.http.get(place, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.content) == (200, b'{"n": 2}')


def test_parts(service, job, folder):
    content = bytes(range(256)) * 8
    (folder / "states.bin").write_bytes(content)
    place = f"/profiler/jobs/{job['job_id']}/artefacts/states.bin"
    parts = {
        "bytes=0-0": slice(0, 1),
        "bytes=10-19": slice(10, 20),
        "bytes=2040-": slice(2040, None),
        "bytes=-8": slice(-8, None),
        "bytes=-99999": slice(0, None),
        "bytes=2040-999999999": slice(2040, None),
    }
    for wanted, part in parts.items():
        got = service.http.get(place, headers={"Range": wanted})
        start, end, _ = part.indices(len(content))
        assert (got.status_code, got.content) == (206, content[part]), wanted
        assert got.headers["content-range"] == f"bytes {start}-{end - 1}/{len(content)}"
        assert got.headers["content-length"] == str(end - start)
    for whole in (
        "bytes=",
        "bytes=-",
        "bytes=5-2",
        "bytes=0-1,5-6",
        "lines=1-2",
        "bytes=a-b",
        "bytes=" + "9" * 30 + "-",
    ):
        got = service.http.get(place, headers={"Range": whole})
        assert (got.status_code, got.content) == (200, content), whole
    for beyond in ("bytes=2048-", "bytes=999999-9999999", "bytes=-0"):
        got = service.http.get(place, headers={"Range": beyond})
        assert (got.status_code, got.headers["content-range"]) == (416, f"bytes */{len(content)}"), beyond
        assert isinstance(got.json()["detail"], str)


def test_a_download_goes_on_only_with_the_same_content(service, job, folder):
    (folder / "states.bin").write_bytes(b"0123456789")
    place = f"/profiler/jobs/{job['job_id']}/artefacts/states.bin"
    first = service.http.get(place, headers={"Range": "bytes=0-4"})
    for condition, status in ((first.headers["etag"], 206), (first.headers["last-modified"], 206), ('"other"', 200)):
        got = service.http.get(place, headers={"Range": "bytes=5-", "If-Range": condition})
        assert got.status_code == status
        assert got.content == (b"56789" if status == 206 else b"0123456789")


def test_files_are_sent_as_they_are_whatever_the_client_takes(service, job, folder):
    (folder / "log.jsonl").write_bytes(b'{"message": "x"}\n' * 10_000)
    got = service.http.get(f"/profiler/jobs/{job['job_id']}/artefacts/log.jsonl", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in got.headers
    assert got.headers["content-length"] == "170000"


def raw(service, path: bytes) -> tuple[int, bytes]:
    """A request whose path no client library has tidied up."""
    address = service.http.base_url
    connection = http.client.HTTPConnection(address.host, address.port, timeout=60)
    try:
        connection._validate_path = lambda url: None
        connection.putrequest("GET", path.decode("latin-1"), skip_accept_encoding=True)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "name",
    [
        *("../profile.json", "..%2f..%2fjobs.sqlite3", "%2e%2e/%2e%2e/jobs.sqlite3", "..%252fjobs.sqlite3"),
        *("/etc/passwd", "%2fetc%2fpasswd", "mirror/../profile.json", "mirror%2f..%2f..%2fx", "....//profile.json"),
        *("profile.json%00", "profile.json%00.txt", "%00", "..%5cprofile.json", "mirror/", "", ".", ".."),
        *(
            "link.json",
            "linked/secret.json",
            "profile.json/",
            "PROFILE.JSON",
            "%ff%fe",
            "mirror%2f%2e%2e%2fprofile.json",
        ),
        *("%c0%ae%c0%ae/profile.json", "profile.json%0d%0aX-Evil:1", "x" * 5000, "'%20OR%201=1--"),
    ],
)
@pytest.mark.parametrize("by", ["job", "revision"])
def test_nothing_beside_the_artefacts_is_served(service, job, folder, tmp_path_factory, name, by):
    secret = folder.parents[3] / "outside-secret"
    if not secret.exists():
        secret.mkdir()
        (secret / "secret.json").write_bytes(b"TOP-SECRET")
        (folder / "link.json").symlink_to(secret / "secret.json")
        (folder / "linked").symlink_to(secret)
    place = f"/profiler/jobs/{job['job_id']}" if by == "job" else f"/profiler/datasets/{job['dataset_id']}/revisions/1"
    status, body = raw(service, f"{place}/artefacts/{name}".encode())
    assert status == 404, (status, body)
    assert b"TOP-SECRET" not in body
    assert b"SQLite format" not in body
    assert b"detail" in body


@pytest.mark.parametrize(
    "word", ["0", "2", "-1", "1.0", "newest", "LATEST", "1e0", "١", "9" * 400, "%00", "1%20", "1;drop"]
)
def test_other_words_are_no_revisions(service, job, word):
    for tail in ("", "/artefacts", "/artefacts/profile.json"):
        answer = service.http.get(f"/profiler/datasets/{job['dataset_id']}/revisions/{word}{tail}")
        assert answer.status_code == 404, answer.text


def test_what_does_not_exist_has_no_artefacts(service):
    nobody = "00000000-0000-0000-0000-000000000000"
    assert service.http.get(f"/profiler/jobs/{nobody}/artefacts").status_code == 404
    assert service.http.get(f"/profiler/jobs/..%2f..%2f/artefacts/{nobody}.json").status_code == 404
    assert service.http.get(f"/profiler/datasets/{nobody}/revisions/latest/artefacts").status_code == 404
    assert service.http.get("/profiler/datasets/sales/revisions/latest/artefacts").status_code == 422


def test_artefacts_outlive_the_clean_up(service, documented_request):
    made = service.submit(documented_request)
    service.wait(made)
    service.http.post("/profiler/clean_up", json={"profile_job_id": made})
    assert service.http.get(f"/profiler/profile/{made}").status_code == 410
    assert service.http.get(f"/profiler/jobs/{made}/artefacts/profile.json").status_code == 200
