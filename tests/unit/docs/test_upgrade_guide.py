"""The guide to the upgrade: the documented routes, the dialects, and the names of the environment."""

import json
import re
from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from airflow_provider_profiler.config.settings import Settings, environment_names
from airflow_provider_profiler.contract.messages import (
    CleanUpRequest,
    CleanUpResponse,
    ProfileResponse,
    TriggerProfileResponse,
)
from airflow_provider_profiler.contract.states import (
    JobState,
    RunnerStatus,
    StatusDialect,
    parse_status,
    spell_status,
)
from airflow_provider_profiler.service.app import create_app
from tests.unit.docs.fences import ROOT, blocks, commands_in
from tests.unit.docs.service_description import paths

GUIDE = (ROOT / "docs" / "upgrade.md").read_text(encoding="utf-8")
DATASET = "8930240b-a0e8-46e7-ace8-aab2b42fcc01"


def rows(head: str) -> list[list[str]]:
    table = GUIDE.split(f"\n| {head}")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_the_documented_routes_are_served() -> None:
    listed = [row[0].strip("`").split(" ") for row in rows("route |")]
    assert len(listed) == 9
    for method, path in listed:
        assert method.lower() in paths()[path], path
    assert set(CleanUpRequest.model_fields) == {"profile_job_id"}
    assert all(f"`{name}`" in GUIDE for name in ProfileResponse.model_fields)
    assert TriggerProfileResponse(job_id=UUID(DATASET)).model_dump(mode="json")["status"] == "Job submitted"
    assert f'`{{"detail": "{CleanUpResponse().detail}"}}`' in GUIDE
    assert "`" + "` `".join(RunnerStatus) + "`" in GUIDE


def test_the_dialects_are_spelled_as_shown() -> None:
    shown = {row[0].split("`")[1]: json.loads(row[1].strip("`")) for row in rows("dialect |")}
    assert set(shown) == set(StatusDialect)
    for dialect, body in shown.items():
        state = JobState.HEAVY_PROFILES_READY
        assert spell_status(state, StatusDialect(dialect), cleaned_up=False, dataset_id=DATASET) == body
        assert parse_status(body).state is state


def test_every_state_has_its_word() -> None:
    told = [(documented.strip("`"), word.strip("`")) for documented, word in rows("documented |")]
    assert told == [(s, spell_status(s, StatusDialect.LOWER, cleaned_up=False, dataset_id="")) for s in JobState]
    for dialect in (StatusDialect.LOWER, StatusDialect.DOCUMENTED):
        word = spell_status(JobState.FAILED, dialect, cleaned_up=True, dataset_id="")
        assert word == ("cleaned_up" if dialect is StatusDialect.LOWER else "FAILED")


def test_the_environment_keeps_its_names() -> None:
    kept = [name for row in rows("variable |") for name in re.findall(r"`(\w+)`", row[0])]
    assert sorted(kept) == sorted(
        name for name in environment_names().values() if not name.startswith(("PROFILER_", "OTEL_"))
    )


@pytest.mark.parametrize("change", [{}, {"name": 7}])
def test_a_specification_is_checked_without_starting_anything(change: dict[str, object], tmp_path: Path) -> None:
    (text,) = [block for block in blocks("upgrade.md", "console") if "curl" in block]
    (command,) = commands_in(text)
    body = json.loads(command.words[command.words.index("-d") + 1])
    body["profile_specification"] |= change
    (tmp_path / "data" / DATASET).mkdir(parents=True)
    with TestClient(create_app(Settings(home=tmp_path / "home", data_root=str(tmp_path / "data")))) as service:
        answer = service.post("/profiler/trigger_profile", json=body)
        if change:
            assert answer.status_code == 422
        else:
            assert answer.json()["plan"]
        assert service.get("/profiler/jobs").json()["total"] == 0
