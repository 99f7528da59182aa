"""The guide to the service says what the service does."""

import json
import re
import time
from pathlib import Path
from typing import Any

from airflow_provider_profiler.config.settings import Settings, environment_names
from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.jobs.redis_server import DURABLE
from airflow_provider_profiler.jobs.webhooks import SIGNATURE, TIMESTAMP, signature
from airflow_provider_profiler.service.app import create_app

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "service.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    section = GUIDE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_setting_is_explained_and_no_other() -> None:
    listed = [row[0].strip("`") for row in rows("Settings")]
    assert sorted(listed) == sorted(environment_names().values())


def test_the_defaults_are_those_of_the_code() -> None:
    names = {variable: name for name, variable in environment_names().items()}
    for variable, default, *_ in rows("Settings"):
        if re.fullmatch(r"`[\d.]+`|`true`|`false`", default):
            value = Settings.model_fields[names[variable.strip("`")]].default
            assert json.loads(default.strip("`")) == value, variable


def test_every_route_is_listed_and_no_other(tmp_path: Path) -> None:
    def shape(method: str, path: str) -> tuple[str, str]:
        return method, re.sub(r"\{[^}]*\}", "{}", path)

    listed = {shape(*row[0].strip("`").split(" ")) for row in rows("Routes")}
    app = create_app(Settings(home=tmp_path, data_root=str(tmp_path)))
    served = {
        shape(method.upper(), path) for path, operations in app.openapi()["paths"].items() for method in operations
    }
    assert listed == served


def test_the_first_job_is_a_valid_request() -> None:
    body = re.search(r"-d '(\{.*?\})'\n# ", GUIDE, re.DOTALL)
    assert body is not None
    request = TriggerProfileRequest.model_validate_json(body.group(1))
    assert request.profile_specification.name == "Sales"


def test_the_receiver_of_the_guide_checks_what_is_sent() -> None:
    code = re.search(r"```python\n(import hashlib.*?)```", GUIDE, re.DOTALL)
    assert code is not None
    receiver: dict[str, Any] = {}
    exec(code.group(1), receiver)
    body, secret = b'{"cursor":1}', "s3cret-of-sixteen-characters"
    for age, genuine in ((0, True), (3600, False)):
        timestamp = str(int(time.time()) - age)
        headers = {TIMESTAMP: timestamp, SIGNATURE: signature(secret, timestamp, body)}
        assert receiver["is_genuine"](headers, body, secret) is genuine
        assert receiver["is_genuine"](headers, body + b" ", secret) is False
        assert receiver["is_genuine"](headers, body, f"{secret}!") is False


def test_every_kind_of_event_is_explained() -> None:
    assert [row[0].strip("`") for row in rows("Events")] == list(EventKind)


def test_the_settings_of_redis_are_those_that_are_looked_for() -> None:
    (text,) = re.findall(r"```text\n(.*?)```", GUIDE, re.DOTALL)
    assert dict(line.split() for line in text.splitlines()) == DURABLE
