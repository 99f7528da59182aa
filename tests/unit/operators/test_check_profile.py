"""The gate: what opens it, what keeps it shut, and where the run goes then."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException, DownstreamTasksSkipped

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.hooks.errors import (
    ProfileCheckFailed,
    ProfileJobFailed,
    ProfileNotReady,
    ServiceTooOld,
    UnknownDataset,
    UnknownJob,
)
from airflow_provider_profiler.operators.arguments import WrongArguments
from airflow_provider_profiler.operators.check_profile import CheckProfileOperator

FINE = {"rule": "completeness", "columns": ["order", "day"]}
BROKEN = {"rule": "range", "columns": "amount", "at_most": 50}
MILD = {**BROKEN, "severity": "warning"}
NOTHING = {"rule": "completeness", "columns": "nothing"}


def gate(**fields: Any) -> CheckProfileOperator:
    return CheckProfileOperator(**{"task_id": "t", "dataset_id": "shop", "rules": [FINE], **fields})


def test_a_profile_that_is_as_it_should_be(reached: Any, fake_task: Any) -> None:
    report = gate(dataset_id=None, job_id=reached.jobs["shop2"]).execute(fake_task.context)
    assert report == {
        "job_id": reached.jobs["shop2"],
        "dataset_id": str(dataset_uuid("shop")),
        "revision": 2,
        "outcome": "OK",
        "counts": {"OK": 2, "WARNING": 0, "EMPTY": 0, "ERROR": 0},
        "results": [],
        "left_out": 0,
    }
    json.dumps(report)


def test_the_last_revision_is_compared_with(wired: Any, fake_task: Any) -> None:
    rules = [{"rule": "schema", "expected": "last_revision"}, {"rule": "row_count", "tolerance": "10 %"}]
    report = gate(rules=rules, on_failure="warn").execute(fake_task.context)
    assert report["outcome"] == "ERROR"
    said = [item["message"] for item in report["results"]]
    assert "came: 'note'" in said[0]
    assert "has 3 rows after 4 rows in the last revision" in said[1]
    first = gate(rules=rules, revision=1).execute(fake_task.context)
    assert (first["outcome"], first["counts"]["WARNING"]) == ("WARNING", 2)


@pytest.mark.parametrize("rule", [BROKEN, NOTHING], ids=["broken", "empty"])
def test_a_gate_that_stays_shut_fails_the_task_for_good(wired: Any, fake_task: Any, rule: Any) -> None:
    with pytest.raises(ProfileCheckFailed, match=r"Revision 2 of dataset .* does not pass: (ERROR|EMPTY)\. ") as caught:
        gate(rules=[FINE, rule]).execute(fake_task.context)
    assert isinstance(caught.value, AirflowFailException)
    assert fake_task.xcom["return_value"]["results"][0]["rule"] == rule["rule"]


@pytest.mark.parametrize(("rule", "strict", "opens"), [(MILD, False, True), (MILD, "True", False), (FINE, True, True)])
def test_warnings_count_where_they_are_asked_to(
    wired: Any, fake_task: Any, rule: Any, strict: Any, opens: bool
) -> None:
    task = gate(rules=[rule], strict=strict)
    if opens:
        assert task.execute(fake_task.context)["outcome"] in ("OK", "WARNING")
    else:
        with pytest.raises(ProfileCheckFailed):
            task.execute(fake_task.context)


@pytest.mark.parametrize(
    ("rule", "fields", "followed"),
    [
        (FINE, {"if_passed": "use", "if_failed": ["quarantine"]}, {"use"}),
        (BROKEN, {"if_passed": "use", "if_failed": ["quarantine", "tell"]}, {"quarantine", "tell"}),
        (BROKEN, {"if_passed": "use"}, set()),
        (FINE, {"if_passed": ["more"]}, {"more.first"}),
    ],
)
def test_branches(wired: Any, fake_task: Any, rule: Any, fields: Any, followed: set[str]) -> None:
    from airflow.sdk import TaskGroup

    with DAG("d", schedule=None) as dag:
        check = gate(rules=[rule], on_failure="branch", **fields)
        after = [EmptyOperator(task_id=name) for name in ("use", "quarantine", "tell")]
        with TaskGroup("more") as more:
            EmptyOperator(task_id="first")
        check >> [*after, more]
    fake_task.task = dag.get_task("t")
    with pytest.raises(DownstreamTasksSkipped) as skipped:
        check.execute(fake_task.context)
    names = {"use", "quarantine", "tell", "more.first"}
    assert {task for task, _ in skipped.value.tasks} == names - followed
    assert fake_task.xcom["return_value"]["outcome"] == ("OK" if rule is FINE else "ERROR")


def test_rules_beside_the_dag(wired: Any, fake_task: Any, tmp_path: Path) -> None:
    (tmp_path / "gates").mkdir()
    (tmp_path / "gates" / "shop.yaml").write_text("rules: [{rule: types, columns: day, types: date}]", "utf-8")
    context = {**fake_task.context, "dag": SimpleNamespace(fileloc=str(tmp_path / "dag.py"))}
    for path in ("gates/shop.yaml", str(tmp_path / "gates" / "shop.yaml"), f"file://{tmp_path}/gates/shop.yaml"):
        assert gate(rules=None, rules_path=path).execute(context)["counts"]["OK"] == 1
    with pytest.raises(WrongArguments, match=r"cannot read its rules from .*gates/no\.yaml: FileNotFoundError"):
        gate(rules=None, rules_path="gates/no.yaml").execute(context)
    with pytest.raises(WrongArguments, match=r"ValueError: .*nowhere"):
        gate(rules=None, rules_path="nowhere://x/y.yaml").execute(context)


def test_rules_that_were_rendered_to_text(wired: Any, fake_task: Any) -> None:
    assert gate(rules=json.dumps([FINE])).execute(fake_task.context)["counts"]["OK"] == 2
    with pytest.raises(WrongArguments, match=r"The rules of task 't' cannot be used:\n  - rules\[0\] \(rang\)"):
        gate(rules=[{"rule": "rang"}]).execute(fake_task.context)


def test_ages_count_from_the_moment_that_is_given(wired: Any, fake_task: Any) -> None:
    rules = [{"rule": "freshness", "of": "columns", "columns": "day", "max_age": "1 d"}]
    assert gate(rules=rules, as_of="2026-04-23").execute(fake_task.context)["outcome"] == "OK"
    with pytest.raises(ProfileCheckFailed, match="ends 3 d ago"):
        gate(rules=rules, as_of="2026-04-25T00:00:00+00:00").execute(fake_task.context)


def test_profiles_that_are_not_there(wired: Any, fake_task: Any) -> None:
    nowhere = "00000000-0000-0000-0000-000000000000"
    for fields, error in (
        ({"dataset_id": "unknown"}, UnknownDataset),
        ({"revision": 3}, UnknownDataset),
        ({"dataset_id": None, "job_id": nowhere}, UnknownJob),
        ({"dataset_id": None, "job_id": wired.jobs["broken"]}, ProfileJobFailed),
        ({"dataset_id": "broken", "revision": "latest"}, ProfileJobFailed),
        ({"dataset_id": None, "job_id": "None"}, WrongArguments),
    ):
        with pytest.raises(error):
            gate(**fields).execute(fake_task.context)


def test_a_job_that_still_runs(idle_service: str, fake_task: Any) -> None:
    from airflow_provider_profiler.hooks.profiler import ProfilerHook

    with ProfilerHook() as hook:
        job_id = str(hook.trigger_profile(hook.specify("sales")).job_id)
    with pytest.raises(ProfileNotReady, match="SUBMITTING"):
        gate(dataset_id=None, job_id=job_id).execute(fake_task.context)


def test_a_light_profile_has_no_tables(wired: Any, fake_task: Any) -> None:
    report = gate(dataset_id="light", rules=[{"rule": "freshness", "max_age": "1 d"}]).execute(fake_task.context)
    assert report["outcome"] == "OK"
    with pytest.raises(ProfileCheckFailed, match="The light profile has no tables"):
        gate(dataset_id="light").execute(fake_task.context)


def test_a_service_that_has_the_documented_routes_alone(documented_service: Any, connect: Any, fake_task: Any) -> None:
    service = documented_service()
    connect(service.base_url)
    with pytest.raises(ServiceTooOld):
        gate().execute(fake_task.context)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"job_id": "x"}, "either a job_id or a dataset_id; it has both"),
        ({"dataset_id": None}, "it has neither"),
        ({"revision": "newest"}, "'latest' or 'successful'"),
        ({"revision": 0}, "a number from 1 on"),
        ({"rules": None}, "either rules or a rules_path; it has neither"),
        ({"rules_path": "x"}, "it has both"),
        ({"on_failure": "skip"}, "'fail', 'warn', 'branch'"),
        ({"on_failure": "branch"}, "at least one of them"),
        ({"if_failed": "x"}, "which this task has not"),
        ({"strict": "maybe"}, "true or false"),
        ({"as_of": "soon"}, "a moment such as"),
    ],
)
def test_what_could_never_work_fails_when_the_dag_is_read(fields: Any, said: str) -> None:
    with pytest.raises(WrongArguments, match=said):
        gate(**fields)


def test_templates_and_mapping() -> None:
    fields = {name: "{{ x }}" for name in CheckProfileOperator.template_fields if name not in ("job_id", "rules_path")}
    task = CheckProfileOperator(task_id="t", **fields)
    task.render_template_fields({"x": "value"})
    assert {getattr(task, name) for name in fields} == {"value"}
    with DAG("d", schedule=None) as dag:
        CheckProfileOperator.partial(task_id="t", rules=[FINE]).expand(dataset_id=["shop", "stock"])
    assert dag.task_ids == ["t"]
