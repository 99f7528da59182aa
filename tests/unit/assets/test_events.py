"""What asset events are told of a profile."""

import logging
from typing import Any
from uuid import UUID

import pytest
from airflow.sdk import Asset, AssetAlias
from airflow.sdk.execution_time.context import OutletEventAccessors
from airflow.sdk.execution_time.task_runner import _serialize_outlet_events

from airflow_provider_profiler.assets import ProfileFacts, emit_profile_event, profile_asset
from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.triggers.outcome import Outcome

SALES = str(dataset_uuid("sales"))
URI = f"profile://profiler_default/{SALES}"
FACTS = ProfileFacts(
    dataset_id=SALES, job_id="j", revision=2, rows=42, columns=5, schema_hash="abc", cdd_path="/cdd/1", bytes=99
)
TOLD = {
    "dataset_id": SALES,
    "job_id": "j",
    "revision": 2,
    "rows": 42,
    "columns": 5,
    "schema_hash": "abc",
    "cdd_path": "/cdd/1",
    "bytes": 99,
}


def emitted(*outlets: Any, **options: Any) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """What Airflow would send to its API server with the task's success."""
    events = OutletEventAccessors()
    context: Any = {"outlets": list(outlets), "outlet_events": events}
    told = emit_profile_event(context, FACTS, **options)
    return told, list(_serialize_outlet_events(events))


def test_the_asset_of_the_dataset_is_told() -> None:
    assert emitted(Asset("other"), profile_asset("sales")) == (
        (URI,),
        [{"dest_asset_key": {"name": URI, "uri": URI}, "extra": TOLD}],
    )


def test_what_the_author_has_told_stays() -> None:
    asset = profile_asset("sales")
    events = OutletEventAccessors()
    events[asset].extra["mine"] = 1
    context: Any = {"outlets": [asset], "outlet_events": events}
    emit_profile_event(context, FACTS)
    assert events[asset].extra == {"mine": 1, **TOLD}


def test_an_alias_gets_the_asset_that_is_known_by_now() -> None:
    told, events = emitted(AssetAlias("profiles"), profiler_conn_id="other")
    uri = f"profile://other/{SALES}"
    assert told == (uri,)
    assert events == [
        {
            "source_alias_name": "profiles",
            "dest_asset_key": {"name": uri, "uri": uri},
            "dest_asset_extra": {},
            "extra": TOLD,
        }
    ]


def test_the_profile_of_another_dataset_is_told_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert emitted(profile_asset("stock")) == ((), [])
    assert "another dataset" in caplog.text


@pytest.mark.parametrize("context", [{}, {"outlets": []}, {"outlets": [profile_asset("sales")]}])
def test_a_task_without_events_is_fine(context: Any) -> None:
    assert emit_profile_event(context, FACTS) == ()


def test_facts_of_the_end_of_a_wait() -> None:
    summary: Any = {"rows": 42, "columns": 5, "schema_hash": "abc", "bytes": 99, "files": 1}
    outcome = Outcome(job_id="j", dataset_id=SALES, cdd_path="/cdd/1", summary=summary, revision=2)
    assert ProfileFacts.of_outcome(outcome) == FACTS
    assert ProfileFacts.of_outcome(Outcome()) is None
    bare = ProfileFacts.of_outcome(Outcome(dataset_id=SALES))
    assert bare == ProfileFacts(dataset_id=SALES)


@pytest.mark.parametrize(
    "extra", [TOLD, {**TOLD, "mine": 1}, {"from_trigger": True, "payload": {**TOLD, "cursor": 7, "outcome": "heavy"}}]
)
def test_facts_of_an_event(extra: dict[str, Any]) -> None:
    assert ProfileFacts.of_event(extra) == FACTS


@pytest.mark.parametrize("extra", [{}, {"dataset_id": 3}, {"from_trigger": True, "payload": True}, {"rows": 1}])
def test_events_of_others_tell_no_facts(extra: dict[str, Any]) -> None:
    assert ProfileFacts.of_event(extra) is None


def test_facts_of_a_job(service_in_hand: Any, submit: Any) -> None:
    from airflow_provider_profiler.contract.job import JobSummary
    from airflow_provider_profiler.hooks.profiler import ProfilerHook

    job_id = submit()
    with ProfilerHook() as hook:
        detail = hook.job_detail(job_id)
        assert detail is not None
        revision = detail.revision
        assert ProfileFacts.of(detail) == ProfileFacts(dataset_id=SALES, job_id=job_id, revision=revision)
        summary = JobSummary(rows=42, columns=5, bytes=99, schema_hash="abc")
        service_in_hand.move(job_id, "HEAVY_PROFILES_READY", summary=summary)
        detail = hook.job_detail(UUID(job_id))
        assert detail is not None
        assert ProfileFacts.of(detail, "/cdd/1").extra() == {**TOLD, "job_id": job_id, "revision": revision}
