"""What becomes of a run behind a gate, and what OpenLineage hears of it, in a real Airflow."""

import json
from pathlib import Path
from typing import Any

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.profile import DatasetProfile

SALES = str(dataset_uuid("sales"))


def test_the_run_goes_where_the_gate_sends_it(runs: Any) -> None:
    assert {name: runs.state("gate_wire", name) for name in ("check", "publish", "fetch", "each[0]", "fails")} == {
        "check": "success",
        "publish": "skipped",
        "fetch": "success",
        "each[0]": "success",
        "fails": "failed",
    }
    report = runs.xcom("gate_wire", "check")["return_value"]
    assert (report["outcome"], report["counts"]) == ("ERROR", {"OK": 2, "WARNING": 0, "EMPTY": 0, "ERROR": 1})
    assert [item["rule"] for item in report["results"]] == ["few"]
    assert len(json.dumps(report)) < 2000
    for task in ("each[0]", "fails"):
        assert runs.xcom("gate_wire", task)["return_value"]["results"] == report["results"]
    # A gate that stays shut is not tried again.
    assert runs.log.count("does not pass: ERROR. few: Column 'amount'") >= 2
    assert "ERROR few: Column 'amount' of table 'sales' of 'sales.csv'" in runs.log


def test_what_was_fetched_is_the_profile(runs: Any, data: Path) -> None:
    path = runs.xcom("gate_wire", "fetch")["return_value"]
    assert path.endswith(f"{data}-fetched/profile.json")
    profile = DatasetProfile.from_document((data.parent / f"{data.name}-fetched" / "profile.json").read_bytes())
    assert str(profile.dataset_id) == SALES


def test_openlineage_hears_of_tables_and_of_assertions(runs: Any) -> None:
    ended = {event["job"]["name"]: event for event in runs.lineage if event["eventType"] in ("COMPLETE", "FAIL")}
    (table,) = ended["gate_wire.profile"]["inputs"]
    assert (table["namespace"], table["name"]) == ("profile://profiler_service", f"{SALES}/sales.csv")
    assert [field["name"] for field in table["facets"]["schema"]["fields"]] == ["city", "amount"]
    assert table["inputFacets"]["dataQualityMetrics"]["columnMetrics"]["amount"]["max"] == 2
    (output,) = ended["gate_wire.profile"]["outputs"]
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 3
    assert ended["gate_wire.fails"]["eventType"] == "FAIL"
    for task in ("check", "fails"):
        (checked,) = ended[f"gate_wire.{task}"]["inputs"]
        assert checked["name"] == table["name"]
        found = checked["inputFacets"]["dataQualityAssertions"]["assertions"]
        assert [(item["assertion"], item["success"]) for item in found] == [
            ("range", False),
            ("completeness", True),
            ("completeness", True),
        ]
    assert not {name for name in ended if not name.startswith("gate_wire")}, "others did not ask to be heard of"
