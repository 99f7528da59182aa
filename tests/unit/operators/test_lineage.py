"""What OpenLineage is told, with its real classes: and that nothing of it ever fails a task."""

import json
import sys
import threading
from typing import Any

import pytest
from airflow.providers.openlineage.extractors.base import DefaultExtractor
from openlineage.client.serde import Serde

from airflow_provider_profiler.assets.profile import convert_asset_to_openlineage, profile_asset
from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.hooks.errors import ProfileCheckFailed
from airflow_provider_profiler.operators import lineage
from airflow_provider_profiler.operators.check_profile import CheckProfileOperator
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

SHOP = str(dataset_uuid("shop"))


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told must be there, however long it takes; a test of its own sees to the bound."""
    monkeypatch.setattr(lineage, "MAX_SECONDS", 60.0)


def told(task: Any) -> Any:
    """What OpenLineage makes of a task that has ended, as it is sent."""
    found = DefaultExtractor(task).extract_on_complete(None)
    return None if found is None else json.loads(Serde.to_json(found))


def profile_task(**fields: Any) -> ProfileDatasetOperator:
    return ProfileDatasetOperator(**{"task_id": "p", "path": "shop", "poll_interval": 0.02, **fields})


@pytest.fixture
def shop(wired: Any) -> ProfileDatasetOperator:
    """A task that has profiled the second revision."""
    task = profile_task()
    task.job_id = wired.jobs["shop2"]
    return task


def test_metrics_schema_and_what_the_profile_stands_for(shop: ProfileDatasetOperator) -> None:
    answer = told(shop)
    (table,) = answer["inputs"]
    assert (table["namespace"], table["name"]) == ("profile://profiler_default", f"{SHOP}/orders.csv")
    assert [(field["name"], field["type"]) for field in table["facets"]["schema"]["fields"]] == [
        ("order", "sc:Integer"),
        ("day", "sc:Date"),
        ("amount", "sc:Integer"),
        ("note", "sc:Text"),
    ]
    metrics = table["inputFacets"]["dataQualityMetrics"]
    assert metrics["rowCount"] == 3
    amount = metrics["columnMetrics"]["amount"]
    assert {name: amount[name] for name in ("nullCount", "distinctCount", "count", "sum", "min", "max")} == {
        "nullCount": 1,
        "distinctCount": 2,
        "count": 2,
        "sum": 95,
        "min": 5,
        "max": 90,
    }
    assert amount["quantiles"]["0.5"] == 47.5
    assert "min" not in metrics["columnMetrics"]["day"]
    (output,) = answer["outputs"]
    asset = convert_asset_to_openlineage(profile_asset("shop"), None)
    assert asset is not None
    assert (output["namespace"], output["name"]) == (asset.namespace, asset.name)
    statistics = output["outputFacets"]["outputStatistics"]
    assert (statistics["rowCount"], statistics["fileCount"], statistics["size"] > 0) == (3, 1, True)


def test_the_operator_knows_its_job_when_it_has_ended(wired: Any, fake_task: Any) -> None:
    task = profile_task(path="stock")
    task.execute(fake_task.context)
    assert task.job_id == fake_task.xcom["job_id"]
    assert [item["name"] for item in told(task)["inputs"]] == [f"{dataset_uuid('stock')}/stock.csv"]
    (light,) = told(_of(wired.jobs["light"]))["inputs"]
    assert light["name"] == f"{dataset_uuid('light')}/light.csv"


def _of(job_id: str) -> ProfileDatasetOperator:
    task = profile_task()
    task.job_id = job_id
    return task


def test_tables_of_databases_have_the_names_of_their_databases() -> None:
    from airflow_provider_profiler.contract.profile import DistributionKind
    from tests.unit.checks.conftest import make_field, make_file, make_profile, make_table

    database = make_file("ds").model_copy(
        update={"kind": DistributionKind.DATABASE, "content_url": "postgresql://db.example.org:5432/ds"}
    )
    table = make_table(make_field("a"), path="ds", name="public.orders")
    several = (make_table(path="b.xlsx", name="one"), make_table(path="b.xlsx", name="two"))
    profile = make_profile(table, *several, files=(database, make_file("b.xlsx")))
    found = lineage.lineage_of_profile(profile, "Profiler_X")
    assert [(item.namespace, item.name) for item in found.inputs] == [
        ("postgres://db.example.org:5432", "ds.public.orders"),
        ("profile://profiler_x", f"{profile.dataset_id}/b.xlsx#one"),
        ("profile://profiler_x", f"{profile.dataset_id}/b.xlsx#two"),
    ]


def test_it_is_bounded_in_size() -> None:
    from tests.unit.checks.conftest import make_field, make_profile, make_table

    fields = [make_field(f"c{number}") for number in range(lineage.MAX_COLUMNS + 50)]
    tables = [make_table(*fields, name=f"t{number}") for number in range(lineage.MAX_TABLES + 5)]
    found = lineage.lineage_of_profile(make_profile(*tables), "c")
    assert len(found.inputs) == lineage.MAX_TABLES
    sizes = [len(item.facets["schema"].fields) for item in found.inputs]
    assert (max(sizes), sum(sizes)) == (lineage.MAX_COLUMNS, lineage.MAX_COLUMNS_IN_ALL)


def test_checks_are_assertions_also_where_they_fail(wired: Any, fake_task: Any) -> None:
    rules = [
        {"rule": "completeness", "columns": ["order", "amount", "nothing"], "name": "all there"},
        {"rule": "row_count", "at_least": 5, "severity": "warning"},
    ]
    task = CheckProfileOperator(task_id="c", dataset_id="shop", rules=rules)
    assert told(task) is None
    with pytest.raises(ProfileCheckFailed):
        task.execute(fake_task.context)
    answer = {item["name"]: item["inputFacets"]["dataQualityAssertions"]["assertions"] for item in told(task)["inputs"]}
    assert set(answer) == {SHOP, f"{SHOP}/orders.csv"}
    assert [(item["assertion"], item["success"], item["severity"]) for item in answer[SHOP]] == [
        ("completeness", False, "error")
    ]
    assert [
        (item["assertion"], item["name"], item.get("column"), item["success"], item["severity"])
        for item in answer[f"{SHOP}/orders.csv"]
    ] == [
        ("completeness", "all there", "amount", False, "error"),
        ("row_count", "row_count", None, False, "warn"),
        ("completeness", "all there", "order", True, "error"),
    ]


def test_without_openlineage_nothing_is_told_and_nothing_fails(
    wired: Any, fake_task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith(("openlineage", "airflow.providers.openlineage"))]:
        monkeypatch.setitem(sys.modules, name, None)
    check = CheckProfileOperator(task_id="c", dataset_id="shop", rules=[{"rule": "row_count", "at_least": 1}])
    assert check.execute(fake_task.context)["outcome"] == "OK"
    assert check.get_openlineage_facets_on_complete(None) is None
    assert _of(wired.jobs["shop2"]).get_openlineage_facets_on_complete(None) is None


def test_what_goes_wrong_fails_nothing(
    wired: Any, connect: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert profile_task().get_openlineage_facets_on_complete(None) is None
    assert told(_of("00000000-0000-0000-0000-000000000000")) is None
    assert told(_of(wired.jobs["broken"])) is not None, "what is known of its files"
    monkeypatch.setattr(lineage, "MAX_PROFILE_BYTES", 10)
    assert told(_of(wired.jobs["shop2"])) is None
    monkeypatch.undo()
    connect("127.0.0.1", port=9)
    assert told(_of(wired.jobs["shop2"])) is None
    assert "Lineage tells nothing" in caplog.text


def test_it_is_bounded_in_time(wired: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()
    monkeypatch.setattr(lineage, "MAX_SECONDS", 0.01)
    monkeypatch.setattr(lineage, "_fetched", lambda *given: done.wait(60))
    assert _of(wired.jobs["shop2"]).get_openlineage_facets_on_complete(None) is None
    assert not done.is_set()
    done.set()
