"""The datasets of a service and their revisions."""

import copy
import uuid

from airflow_provider_profiler.contract.revisions import DatasetList, Revision, RevisionList


def of_dataset(request, **specification):
    body = copy.deepcopy(request)
    body["profile_specification"] |= specification
    return body


def test_every_job_makes_a_revision(service, documented_request):
    dataset = documented_request["profile_specification"]["id"]
    place = f"/profiler/datasets/{dataset}/revisions"

    def told(word: object) -> Revision | None:
        answer = service.http.get(f"{place}/{word}")
        if answer.status_code == 404:
            assert isinstance(answer.json()["detail"], str)
            return None
        return Revision.model_validate(answer.raise_for_status().json())

    assert service.http.get(place).json() == {"data": [], "count": 0, "total": 0}
    assert (told("latest"), told("successful"), told(1)) == (None, None, None)
    heavy = service.submit(documented_request)
    service.wait(heavy)
    light = service.submit({**documented_request, "only_light_profile": True})
    service.wait(light, "LIGHT_PROFILE_READY")
    service.engine.hold_heavy.clear()
    aborted = service.submit(documented_request)
    service.wait(aborted, "LIGHT_PROFILE_READY")
    service.http.post(f"/profiler/jobs/{aborted}/abort")
    service.wait(aborted, "FAILED")

    revisions = RevisionList.model_validate(service.http.get(place).json())
    assert [(item.number, str(item.job_id), item.state) for item in revisions.data] == [
        (3, aborted, "FAILED"),
        (2, light, "LIGHT_PROFILE_READY"),
        (1, heavy, "HEAVY_PROFILES_READY"),
    ]
    assert (revisions.count, revisions.total) == (3, 3)
    page = RevisionList.model_validate(service.http.get(f"{place}?limit=1&offset=1").json())
    assert (page.data, page.count, page.total) == (revisions.data[1:2], 1, 3)
    assert [told(number) for number in (3, 2, 1)] == list(revisions.data)
    assert told("latest") == revisions.data[0]
    assert told("successful") == revisions.data[1]
    assert told(4) is None
    assert [item.published for item in revisions.data] == [False, False, True]
    assert revisions.data[0].reason is not None
    assert revisions.data[0].reason.code == "aborted"
    detail = service.detail(heavy)
    first = revisions.data[2]
    assert first.stats is not None
    assert first.stats.model_dump() == {
        "bytes": detail["summary"]["bytes"],
        "count_of_rows": detail["summary"]["rows"],
        "dataset_name": "Mathematics Learning Assessment",
        "hash": detail["summary"]["content_hash"],
    }
    for link in (*first.links.model_dump().values(), detail["links"]["revision"], detail["links"]["artefacts"]):
        assert service.http.get(link).status_code == 200


def test_datasets_by_name(service, documented_request):
    assert service.http.get("/profiler/datasets").json() == {"data": [], "count": 0, "total": 0}
    names = ["b", "a", "<script>alert(1)</script>", "'; DROP TABLE jobs; --"]
    ids = [str(uuid.uuid4()) for _ in names]
    for name, dataset in zip(names, ids, strict=True):
        service.wait(service.submit(of_dataset(documented_request, id=dataset, name=name)))
    service.wait(service.submit(of_dataset(documented_request, id=ids[0], name="c")))
    answer = service.http.get("/profiler/datasets")
    listed = DatasetList.model_validate(answer.json())
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert [item.name for item in listed.data] == sorted(["c", *names[1:]])
    assert {str(item.dataset_id): item.last_revision for item in listed.data} == dict(
        zip(ids, (2, 1, 1, 1), strict=True)
    )
    assert (listed.count, listed.total) == (4, 4)
    page = DatasetList.model_validate(service.http.get("/profiler/datasets?limit=2&offset=3").json())
    assert (page.data, page.count, page.total) == (listed.data[3:], 1, 4)
