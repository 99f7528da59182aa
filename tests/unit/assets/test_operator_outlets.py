"""The operator tells its outlets what it has profiled: waiting itself and resumed, with real profiles."""

import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import AssetAlias
from airflow.sdk.execution_time.context import OutletEventAccessors

from airflow_provider_profiler.assets import ProfileFacts, profile_asset
from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.hooks.errors import ProfileJobFailed
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator
from airflow_provider_profiler.triggers.outcome import Outcome

PORTS = str(dataset_uuid("ports"))


def context(task: ProfileDatasetOperator) -> Any:
    ti = SimpleNamespace(
        dag_id="d", run_id="r", task_id="t", map_index=-1, try_number=1, max_tries=0, xcom_push=lambda key, value: None
    )
    started = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    events = OutletEventAccessors()
    return {
        "ti": ti,
        "task": task,
        "outlets": task.outlets,
        "outlet_events": events,
        "dag_run": SimpleNamespace(start_date=started),
        "run_id": "r",
    }


def operator(**fields: Any) -> ProfileDatasetOperator:
    return ProfileDatasetOperator(**{"task_id": "t", "outlets": [profile_asset("ports"), AssetAlias("new")], **fields})


def test_the_facts_of_a_real_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROFILER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATA_ROOT_PATH", str(tmp_path / "data"))
    (tmp_path / "data" / "ports").mkdir(parents=True)
    (tmp_path / "data" / "ports" / "ports.csv").write_text("port,depth\nVolos,10\nSyros,12\n", encoding="utf-8")
    seen = []
    for text in ("port,depth\nVolos,10\nSyros,12\n", "port,depth\nVolos,10\nSyros,12\nChios,8\n", "port\nVolos\n"):
        (tmp_path / "data" / "ports" / "ports.csv").write_text(text, encoding="utf-8")
        task = operator(path="ports")
        now = context(task)
        now["run_id"] = now["ti"].run_id = f"r{len(seen)}"
        path = task.execute(now)
        events = now["outlet_events"]
        facts = ProfileFacts.of_event(events[profile_asset("ports")].extra)
        assert facts is not None
        (alias,) = events[AssetAlias("new")].asset_alias_events
        assert (alias.dest_asset_key.uri, alias.extra) == (f"profile://profiler_default/{PORTS}", facts.extra())
        assert (facts.dataset_id, facts.cdd_path, facts.bytes) == (PORTS, path, len(text))
        seen.append(facts)
    assert [(facts.revision, facts.rows, facts.columns) for facts in seen] == [(1, 2, 2), (2, 3, 2), (3, 1, 1)]
    hashes = [facts.schema_hash for facts in seen]
    assert hashes[0] == hashes[1] != hashes[2]
    assert all(hashes)


def test_a_task_that_was_deferred_tells_the_same() -> None:
    summary: Any = {"rows": 2, "columns": 2, "bytes": 9, "schema_hash": "abc"}
    event = Outcome("j", "http://x", PORTS, "HEAVY_PROFILES_READY", "/cdd/1", summary=summary, revision=4).payload()
    task = operator(path="ports")
    now = context(task)
    assert task.execute_complete(now, event) == "/cdd/1"
    facts = ProfileFacts.of_event(now["outlet_events"][profile_asset("ports")].extra)
    assert facts == ProfileFacts(PORTS, "j", 4, 2, 2, "abc", "/cdd/1", 9)


def test_a_job_that_failed_tells_nothing() -> None:
    event = Outcome("j", None, PORTS, "FAILED").with_problem(ProfileJobFailed("it broke")).payload()
    task = operator(path="ports")
    now = context(task)
    with pytest.raises(ProfileJobFailed):
        task.execute_complete(now, event)
    assert len(now["outlet_events"]) == 0
