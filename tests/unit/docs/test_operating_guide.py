"""The guide to operating the service says what is exposed and what it looks like."""

import json
import re
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

from airflow_provider_profiler.cli.main import main
from airflow_provider_profiler.config.settings import environment_names
from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.contract.messages import HealthReport, TriggerProfileRequest
from airflow_provider_profiler.service.metrics import ServiceMetrics

ROOT = Path(__file__).resolve().parents[3]
DOCS = Path(__file__).resolve().parents[3] / "docs"
GUIDE = (DOCS / "operating.md").read_text(encoding="utf-8")


def test_every_metric_is_explained_with_its_type_and_no_other() -> None:
    table = {
        name: (kind, frozenset(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels in re.findall(r"^\| `(profiler_\w+)` \| (\w+) \| ([^|]*)\|", GUIDE, re.MULTILINE)
    }
    text = ServiceMetrics().exposed("")[0].decode()
    found = {
        family.name: family.type
        for family in text_string_to_metric_families(text)
        if family.name.startswith("profiler_") and not family.name.endswith("_created")
    }
    assert {name: kind for name, (kind, _) in table.items()} == found


def test_the_health_report_is_one() -> None:
    example = re.search(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    assert example is not None
    report = HealthReport.model_validate_json(example[1])
    assert report.degraded == ("ray",)
    assert report.ray.since is not None


def test_the_settings_look_as_shown(capsys, monkeypatch) -> None:
    monkeypatch.setenv("DATA_ROOT_PATH", "/srv/datasets")
    assert main(["settings"]) == 0
    shown = {tuple(line.split()) for line in capsys.readouterr().out.splitlines()}
    for line in re.findall(r"^# ([A-Z]+_\w+ +\w+ +\S+)$", GUIDE, re.MULTILINE):
        assert tuple(line.split()) in shown
    [example] = re.findall(r'^# (\{"DATA_ROOT_PATH".*), \.\.\.\}$', GUIDE, re.MULTILINE)
    assert main(["settings", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert json.loads(example + "}").items() <= printed.items()


def test_the_serve_file_names_the_application_and_settings() -> None:
    ray_guide = (DOCS / "ray.md").read_text(encoding="utf-8")
    [text] = re.findall(r"```yaml\n(.*?)```", ray_guide, re.DOTALL)
    [described] = yaml.safe_load(text)["applications"]
    module, name = described["import_path"].split(":")
    source = (DOCS.parent / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")
    assert f"\ndef {name}(" in source
    assert set(described["args"]) <= set(environment_names())
    assert described["import_path"] in ray_guide.split("serve run ")[1]


def test_the_request_of_the_compose_guide_is_valid() -> None:
    body = re.search(r"-d '(\{.*?\})'\n```", (DOCS / "compose.md").read_text(encoding="utf-8"), re.DOTALL)
    assert body is not None
    request = TriggerProfileRequest.model_validate_json(body[1])
    assert request.profile_specification.data_connectors


def test_the_spans_of_the_drawing_are_made_and_the_query_asks_for_a_metric() -> None:
    (drawing,) = re.findall(r"```text\n(.*?)```", GUIDE, re.DOTALL)
    names = [name for line in drawing.splitlines() for name in re.split(r" {2,}", line.strip(" └├│"))[0].split(", ")]
    assert names[:3] == ["POST /profiler/trigger_profile", "submit job", "job attempt"]
    assert names[3:] == ["discover", "light", "read", "heavy", "ray task"]
    stages = {stage.value for stage in StageName}
    source = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "airflow_provider_profiler").rglob("*.py"))
    for name in names[1:]:
        assert name in stages or f'"{name}"' in source, name
    (query,) = re.findall(r"```promql\n(.*?)```", GUIDE, re.DOTALL)
    (metric,) = re.findall(r"profiler_\w+", query)
    assert f"| `{metric.removesuffix('_total')}` | counter | `reason` |" in GUIDE
