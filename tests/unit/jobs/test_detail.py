from airflow_provider_profiler.contract.job import JobDetail
from airflow_provider_profiler.contract.states import JobState, Target
from airflow_provider_profiler.jobs.control import JobControl
from airflow_provider_profiler.jobs.detail import job_detail
from airflow_provider_profiler.jobs.store import JobRecord


def test_all_that_the_record_knows_arrives(lifecycle, claimed):
    record = lifecycle.run(
        claimed(
            labels={"team": "sea"},
            options={"statistics": {"top_values": 2}},
            triggered_by={"origin": "airflow", "dag_id": "nightly"},
        ),
        JobControl(),
    )
    detail = job_detail(record)
    for name in JobDetail.model_fields.keys() & JobRecord.model_fields.keys():
        assert getattr(detail, name) == getattr(record, name), name
    assert (detail.state, detail.terminal, detail.target) == (JobState.HEAVY_PROFILES_READY, True, Target.HEAVY)
    assert detail.options == record.request.options
    assert detail.labels == {"team": "sea"}
    assert detail.triggered_by.dag_id == "nightly"
    assert detail.summary.files == 1
    assert len(detail.summary.model_dump_json()) < 4096
    assert JobDetail.model_validate_json(detail.model_dump_json()) == detail


def test_light_is_terminal_for_a_light_job_alone(lifecycle, claimed, store):
    assert job_detail(lifecycle.run(claimed(only_light_profile=True), JobControl())).terminal
    heavy = claimed()
    assert not job_detail(heavy.model_copy(update={"state": JobState.LIGHT_PROFILE_READY})).terminal


def test_links_are_paths_under_the_service(submit):
    record = submit()
    assert job_detail(record, "/dp").links.model_dump() == {
        "self": f"/dp/profiler/jobs/{record.job_id}",
        "status": f"/dp/profiler/job_status/{record.job_id}",
        "profile": f"/dp/profiler/profile/{record.job_id}",
        "model": f"/dp/profiler/jobs/{record.job_id}/profile.json",
        "events": f"/dp/profiler/jobs/{record.job_id}/events",
        "log": f"/dp/profiler/jobs/{record.job_id}/log",
        "stages": f"/dp/profiler/jobs/{record.job_id}/stages",
        "cdd": f"/dp/profiler/cdd_profile_path/{record.dataset_id}",
        "artefacts": f"/dp/profiler/jobs/{record.job_id}/artefacts",
        "revision": f"/dp/profiler/datasets/{record.dataset_id}/revisions/{record.revision}",
        "report": f"/dp/profiler/report/{record.job_id}",
    }
    assert job_detail(record).links.self == f"/profiler/jobs/{record.job_id}"
