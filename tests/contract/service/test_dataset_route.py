"""What a consumer asks of a dataset: which revision its CDD file stands for, and since when."""

import uuid
from pathlib import Path

from airflow_provider_profiler.contract.dataset import DatasetDetail
from airflow_provider_profiler.contract.job import JobDetail


def test_nothing_is_known_until_a_heavy_profile_is_ready(service, documented_request):
    dataset = documented_request["profile_specification"]["id"]

    def told() -> DatasetDetail:
        return DatasetDetail.model_validate(service.http.get(f"/profiler/datasets/{dataset}").raise_for_status().json())

    assert told() == DatasetDetail(dataset_id=uuid.UUID(dataset))
    service.wait(service.submit({**documented_request, "only_light_profile": True}), "LIGHT_PROFILE_READY")
    assert told() == DatasetDetail(dataset_id=uuid.UUID(dataset))
    for revision in (2, 3):
        job = service.submit(documented_request)
        service.wait(job)
        seen = told()
        assert seen.published_revision == revision
        assert seen.finished == JobDetail.model_validate(service.detail(job)).finished
        assert seen.cdd_profile_path is not None
        assert Path(seen.cdd_profile_path).is_file()


def test_an_id_that_is_no_uuid_is_refused(service):
    assert service.http.get("/profiler/datasets/sales").status_code == 422
