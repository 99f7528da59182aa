"""What is wrong with a task's arguments: told when its DAG is read where it can be, else once they are rendered."""

import datetime
from typing import Any

import pytest
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowFailException

from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.operators.arguments import OnClear, WrongArguments, check_written
from airflow_provider_profiler.operators.deadline import Deadline
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator
from airflow_provider_profiler.operators.wishes import Wishes

EVERY_SCALAR = {
    "profile": "light",
    "force": "true",
    "reuse_unchanged": "content",
    "profiled_since_days": "7",
    "priority": "-3",
    "wait_for_completion": "True",
    "poll_interval": "2.5",
    "deadline": "02:00:00",
    "on_clear": "reuse",
}


def operator(**fields: Any) -> ProfileDatasetOperator:
    return ProfileDatasetOperator(**{"task_id": "t", "path": "sales", **fields})


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"profile": "medium"}, "'light' or 'heavy'"),
        ({"on_clear": "never"}, "'rerun' or 'reuse'"),
        ({"force": "maybe"}, "true or false"),
        ({"wait_for_completion": 7}, "true or false"),
        ({"deferrable": "later"}, "true or false"),
        ({"reuse_unchanged": "size"}, "'content'"),
        ({"profiled_since_days": 0}, "more than nothing"),
        ({"profiled_since_days": 1e6}, "at most"),
        ({"priority": 1000}, "-100 to 100"),
        ({"priority": 1.5}, "whole number"),
        ({"poll_interval": 0}, "more than nothing"),
        ({"poll_interval": "often"}, "a number"),
        ({"poll_interval": float("nan")}, "more than nothing"),
        ({"deadline": -1}, "longer than no time"),
        ({"deadline": "soon"}, "neither seconds"),
        ({"deadline": float("inf")}, "no time"),
        ({"deadline": True}, "neither seconds"),
        ({"labels": ["a"]}, "a list, not an object"),
        ({"options": 7}, "not an object"),
        ({"metadata": "plain"}, "not an object"),
        ({"deadline": 60, "wait_for_completion": False}, "deadline_seconds"),
        ({"path": None}, "neither"),
        ({"path": ""}, "neither"),
        ({"specification": {"id": "x"}}, "both"),
        ({"path": None, "specification": {"id": "x"}, "metadata": {"name": "x"}}, "put the metadata into"),
        ({"path": None, "specification": "sales"}, "path=..."),
        ({"path": "../sales"}, r"'\.\.'"),
        ({"path": 2026}, "not text"),
        ({"path": {"path": "sales"}}, "specification=..."),
        ({"path": ["sales"]}, r"\.expand\(path=\.\.\.\)"),
    ],
)
def test_what_can_never_be_right_fails_the_import_of_the_dag(fields: Any, word: str) -> None:
    with pytest.raises(WrongArguments, match=word) as caught:
        operator(**fields)
    assert "'t'" in str(caught.value)
    assert isinstance(caught.value, AirflowFailException), "mapped tasks are made when they run: no retry could mend it"


def test_templates_and_outputs_of_tasks_are_not_judged_before_they_are_known() -> None:
    template = "{{ params.x }}"
    fields = dict.fromkeys(ProfileDatasetOperator.template_fields, template)
    ProfileDatasetOperator(task_id="t", **fields)
    with DAG("d", schedule=None):

        @task
        def before() -> Any: ...

        output: Any = before()
        made = ProfileDatasetOperator(task_id="t", **dict.fromkeys(ProfileDatasetOperator.template_fields, output))
        assert made.upstream_task_ids == {"before"}


def test_only_what_may_hold_a_template_is_looked_at_when_a_dag_is_read() -> None:
    """Each field costs time, whenever any DAG file is parsed."""
    assert operator(labels={"a": "b"}, deadline=60, retries=2).template_fields == ("path", "labels")
    template = "<< params.x >>"  # a DAG may have marks of its own
    every = dict.fromkeys(set(ProfileDatasetOperator.template_fields) - {"profile", "on_clear"}, template)
    scalars = ("force", "reuse_unchanged", "profiled_since_days", "priority", "wait_for_completion")
    for name in (*scalars, "poll_interval", "deadline", "options", "labels", "metadata", "specification", "dataset_id"):
        every.pop(name)
    assert set(operator(**every).template_fields) == {"path", "profiler_conn_id"}
    jinja = operator(force="{{ params.x }}", profile="{{ params.y }}")
    assert jinja.template_fields == ("path", "profile", "force")
    jinja.render_template_fields({"params": {"x": "true", "y": "light"}})  # type: ignore[typeddict-item]
    assert (jinja.force, jinja.profile) == ("true", "light")


def test_every_argument_may_be_text() -> None:
    made = operator(**dict.fromkeys(EVERY_SCALAR, "{{ '' }}"), options='{"reading": {}}', labels='{"team": "x"}')
    for name, value in EVERY_SCALAR.items():
        setattr(made, name, value)  # as rendering does
    assert Wishes.of(made) == Wishes(
        profile=Target.LIGHT,
        options={"reading": {}},
        labels={"team": "x"},
        force=True,
        reuse_unchanged="content",
        profiled_since_days=7.0,
        priority=-3,
        wait_for_completion=True,
        deferrable=False,
        poll_interval=2.5,
        deadline=Deadline(after=datetime.timedelta(hours=2)),
        on_clear=OnClear.REUSE,
    )


@pytest.mark.parametrize("name", ["profiled_since_days", "poll_interval", "deadline", "options", "labels"])
@pytest.mark.parametrize("nothing", [None, ""])
def test_a_template_that_finds_nothing_leaves_what_may_be_left_out(name: str, nothing: Any) -> None:
    assert Wishes.of(operator(**{name: nothing})) == Wishes.of(operator())


def test_false_is_false_when_it_is_rendered_to_text() -> None:
    wishes = Wishes.of(operator(force="False", wait_for_completion="false", reuse_unchanged="False"))
    assert (wishes.force, wishes.wait_for_completion, wishes.reuse_unchanged) == (False, False, False)


def test_a_label_that_native_rendering_made_a_number_is_text_again() -> None:
    assert Wishes.of(operator(labels={"year": 2026})).labels == {"year": "2026"}


@pytest.mark.parametrize("text", ["{'team': 'x'}", "[1"])
def test_an_object_that_was_rendered_to_the_text_of_python_is_told_with_the_ways_out(text: str) -> None:
    made = operator(labels="{{ params.labels }}")
    made.labels = text
    with pytest.raises(WrongArguments, match=r"tojson.*natively"):
        Wishes.of(made)


def test_mapped_and_partial_arguments_are_checked_when_a_task_is_made_of_them() -> None:
    with DAG("d", schedule=None):
        mapped = ProfileDatasetOperator.partial(task_id="t", profile="light", deadline=60).expand(path=["a", "b"])
    made = mapped.unmap({"path": "a"})
    check_written(made)
    with pytest.raises(WrongArguments, match="not text"):
        mapped.unmap({"path": 7})
    with pytest.raises(WrongArguments, match="neither"):
        mapped.unmap({"path": None})


def test_dags_with_any_of_them_can_be_written_down() -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    with DAG("d", schedule=None) as dag:
        operator(deadline=datetime.timedelta(hours=1), options={"statistics": {"top_values": 3}})
        ProfileDatasetOperator.partial(task_id="m", deadline=moment).expand(
            path=["a", "b"], labels=[{"a": "b"}, {"c": "d"}]
        )
    assert set(DagSerialization.from_dict(DagSerialization.to_dict(dag)).task_dict) == {"t", "m"}
