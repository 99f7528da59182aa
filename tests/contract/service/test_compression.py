"""Large answers are compressed for clients that take it, and arrive in pieces either way."""

import gzip
import json

import pytest


@pytest.fixture(scope="module")
def job(standing):
    body = {
        "profile_specification": {
            **dict.fromkeys(("license", "headline", "country", "date_published", "uploaded_by"), ""),
            **{name: [] for name in ("keywords", "fields_of_science", "languages")},
            "id": "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
            "name": "Long",
            "description": "a long text " * 5000,
            "data_connectors": [{"type": "RawDataPath", "dataset_id": "8930240b-a0e8-46e7-ace8-aab2b42fcc01"}],
        }
    }
    made = standing.submit(body)
    standing.wait(made)
    return made


def raw(service, path, **headers):
    with service.http.stream("GET", path, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize("path", ["/profiler/profile/{}", "/profiler/jobs/{}/profile.json"])
def test_a_large_answer(standing, job, path):
    plain, content = raw(standing, path.format(job), **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    packed, fewer = raw(standing, path.format(job), **{"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(fewer) == content
    assert len(fewer) < len(content) / 5
    assert "content-length" not in packed.headers
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["vary"]
    assert json.loads(content)


def test_small_answers_and_errors_stay_as_they_are(standing, job):
    for path in (f"/profiler/job_status/{job}", "/", "/profiler/jobs/nobody"):
        answer, _ = raw(standing, path, **{"Accept-Encoding": "gzip"})
        assert "content-encoding" not in answer.headers
