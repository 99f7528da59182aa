"""The connection, as people make it: its form, and *Test connection*, through Airflow's own API."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from airflow_provider_profiler import __version__
from airflow_provider_profiler.get_provider_info import get_provider_info
from tests.e2e.airflow.running_airflow import PATIENCE, Airflow
from tests.e2e.conftest import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

KEY = "a shared secret of the test that is long enough"


def bearer(key: str) -> str:
    claims = {"client_id": "airflow", "exp": datetime.now(UTC) + timedelta(minutes=30)}
    return jwt.encode(claims, key, algorithm="HS256")


@pytest.fixture
def guarded(serve: Callable[..., Any], tmp_path: Path) -> str:
    """The URL of a service that asks for a token."""
    (tmp_path / "data").mkdir()
    served = serve(
        PROFILER_HOME=str(tmp_path / "home"),
        DATA_ROOT_PATH=str(tmp_path / "data"),
        ENABLE_AUTH="true",
        PROFILER_AUTH_KEY=KEY,
        PROFILER_AUTH_ALGORITHMS="HS256",
    )
    url: str = served.base_url
    return url


def test_the_form_has_our_fields(airflow: Airflow) -> None:
    forms = airflow.client.get("/ui/connections/hook_meta").raise_for_status().json()
    (form,) = [form for form in forms if form["connection_type"] == "profiler"]
    (ours,) = get_provider_info()["connection-types"]
    assert form["hook_name"] == ours["hook-name"]
    assert form["hook_class_name"] == ours["hook-class-name"]
    assert form["standard_fields"]["password"]["title"] == ours["ui-field-behaviour"]["relabeling"]["password"]
    assert form["standard_fields"]["host"]["placeholder"] == ours["ui-field-behaviour"]["placeholders"]["host"]
    fields, wanted = form["extra_fields"], ours["conn-fields"]
    assert set(fields) == set(wanted)
    for name, field in fields.items():
        assert field["schema"]["title"] == wanted[name]["label"]
        assert field["schema"].get("format") == wanted[name]["schema"].get("format"), name
    hidden = {name for name, field in fields.items() if field["schema"].get("format") == "password"}
    assert hidden == {"client_secret", "private_key"}


def test_the_connection_is_tested_with_its_token(airflow: Airflow, guarded: str) -> None:
    def tested(**given: Any) -> dict[str, Any]:
        body = {"connection_id": "profiler_tried", "conn_type": "profiler", "host": guarded, **given}
        answer: dict[str, Any] = airflow.client.post("/api/v2/connections/test", json=body).raise_for_status().json()
        return answer

    good = tested(password=bearer(KEY))
    assert good["status"], good
    assert f"version {__version__}" in good["message"]
    assert " ms" in good["message"]

    made = tested(extra=json.dumps({"auth": "jwt", "client_id": "airflow", "private_key": KEY}))
    assert made["status"], made

    wrong = tested(password=bearer("another secret that is long enough too"))
    assert not wrong["status"]
    assert "token" in wrong["message"]
    away = tested(host="http://127.0.0.1:9", password=bearer(KEY))
    assert not away["status"]
    assert "cannot be reached" in away["message"]
    for answer in (good, made, wrong, away):
        assert KEY not in str(answer)


def test_the_connection_is_tested_on_a_worker(airflow: Airflow, guarded: str) -> None:
    """As the form of Airflow 3.3 does it: the API server need not reach the service."""
    body = {"connection_id": "profiler_tried", "conn_type": "profiler", "host": guarded, "password": bearer(KEY)}
    queued = airflow.client.post("/api/v2/connections/enqueue-test", json=body).raise_for_status().json()
    headers = {"Airflow-Connection-Test-Token": queued["token"]}

    def over() -> dict[str, Any] | None:
        seen = airflow.client.get("/api/v2/connections/enqueue-test", headers=headers).raise_for_status().json()
        return seen if seen["state"] in ("success", "failed") else None

    seen = eventually(over, seconds=PATIENCE, what="the test's end")
    assert seen["state"] == "success", seen
    assert f"version {__version__}" in seen["result_message"]
