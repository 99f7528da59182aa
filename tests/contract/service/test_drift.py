"""What changed between two revisions, as data."""

from pathlib import Path

import pytest

from airflow_provider_profiler.contract.drift import DatasetDrift, Presence
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.render.report.bounds import PageBound

SPECIFICATION = ProfileSpecification.for_path("harbours")
PLACE = f"/profiler/datasets/{SPECIFICATION.id}/drift"


@pytest.fixture(scope="module")
def service(start_for_module):
    return start_for_module(real_engine=True)


@pytest.fixture(scope="module")
def revisions(service):
    """Two: in the second one a file has grown by rows and a column, one has come, and one is as it was."""
    folder = Path(service.settings.data_root) / "harbours"
    folder.mkdir()
    ports = "".join(f"{number},port {number}" + "{}\n" for number in range(20))
    (folder / "ports.csv").write_text("id,name\n" + ports.replace("{}", ""), encoding="utf-8")
    (folder / "ships.csv").write_text("ship,port\nArgo,1\nPeleus,2\n", encoding="utf-8")
    body = {"profile_specification": SPECIFICATION.model_dump(mode="json")}
    assert service.wait(service.submit(body)) == "HEAVY_PROFILES_READY"
    more = ports.replace("{}", ",7.5") + "20,port 20,8.5\n"
    (folder / "ports.csv").write_text("id,name,depth\n" + more, encoding="utf-8")
    (folder / "calls.csv").write_text("ship,day\nArgo,2026-01-05\n", encoding="utf-8")
    assert service.wait(service.submit(body)) == "HEAVY_PROFILES_READY"


def drift(service, **query):
    return DatasetDrift.model_validate_json(service.http.get(PLACE, params=query).raise_for_status().content)


def test_what_is_other_is_told_and_nothing_else(service, revisions):
    found = drift(service)
    assert (found.dataset_id, found.before, found.after, found.changed) == (SPECIFICATION.id, 1, 2, True)
    assert found.files.model_dump() == {
        "added": ("calls.csv",), "removed": (), "changed": ("ports.csv",), "same": 1,
    }  # fmt: skip
    tables = {table.name: table for table in found.tables}
    assert set(tables) == {"ports", "calls"}, "ships are as they were"
    assert (tables["calls"].presence, tables["calls"].rows_before) == (Presence.ADDED, None)
    ports = tables["ports"]
    assert (ports.presence, ports.rows_before, ports.rows_after) == (Presence.CHANGED, 20, 21)
    assert {column.name: column.presence for column in ports.columns}["depth"] is Presence.ADDED


def test_any_two_are_compared_in_the_order_that_was_asked_for(service, revisions):
    back = drift(service, **{"from": "2", "to": "1"})
    assert (back.before, back.after, back.files.removed) == (2, 1, ("calls.csv",))
    same = drift(service, **{"from": "latest", "to": "2"})
    assert (same.changed, same.tables) == (False, ())


def test_what_cannot_be_compared_is_told(service, revisions):
    assert "none before it" in service.http.get(PLACE, params={"to": 1}).json()["detail"]
    assert service.http.get(PLACE, params={"to": 3}).status_code == 404
    assert service.http.get(PLACE, params={"form": 1}).status_code == 422
    backend = service.app.state.backend
    own = backend.report_bound
    backend.report_bound = PageBound(at_once=0, waiting=0)
    try:
        assert service.http.get(PLACE).status_code == 503
    finally:
        backend.report_bound = own
