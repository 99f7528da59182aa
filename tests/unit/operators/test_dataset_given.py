"""A dataset by path, id, specification, or what another task hands on."""

import json
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest
from airflow.sdk import DAG, task

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.hooks.errors import RequestRefused
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.operators.arguments import WrongArguments
from airflow_provider_profiler.operators.dataset_given import DatasetGiven
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

KNOWN = "8930240b-a0e8-46e7-ace8-aab2b42fcc01"
WHOLE = ProfileSpecification.for_path("sales", description="what we sold").model_dump(mode="json")


@pytest.fixture
def settle(connect: Callable[..., str]) -> Callable[..., Any]:
    """The specification that a request would have; nobody is asked for it."""
    connect("http://127.0.0.1:9")

    def settle(**given: Any) -> Any:
        with ProfilerHook() as hook:
            specification = DatasetGiven("t", **given).settle(hook)
            return hook.prepare(specification).profile_specification

    return settle


def path_of(specification: Any) -> str:
    (connector,) = specification.data_connectors
    return str(connector.dataset_id)


def test_a_path_names_the_dataset(settle: Any) -> None:
    found = settle(path="raw/sales", metadata={"country": "GR"})
    assert (path_of(found), found.id, found.country) == ("raw/sales", dataset_uuid("raw/sales"), "GR")
    assert path_of(settle(path=PurePosixPath("raw/sales"))) == "raw/sales"


def test_an_id_is_the_path_where_there_is_no_other(
    settle: Any, documented_service: Callable[..., Any], connect: Callable[..., str]
) -> None:
    connect(documented_service().base_url)
    for given in (KNOWN, UUID(KNOWN)):
        found = settle(dataset_id=given)
        assert (path_of(found), str(found.id)) == (KNOWN, KNOWN)
    found = settle(path="sales", dataset_id=KNOWN)
    assert (path_of(found), str(found.id)) == ("sales", KNOWN)


@pytest.mark.parametrize(
    "given",
    [
        WHOLE,
        ProfileSpecification.model_validate(WHOLE),
        json.dumps(WHOLE),
        f"\n {json.dumps(WHOLE)} ",
        {"path": "sales", "description": "what we sold"},
        json.dumps({"path": "sales", "description": "what we sold"}),
    ],
)
def test_a_specification_in_each_of_its_forms(settle: Any, given: Any) -> None:
    assert settle(specification=given) == ProfileSpecification.model_validate(WHOLE)


def test_an_object_may_name_the_dataset_by_id(settle: Any) -> None:
    found = settle(specification={"dataset_id": KNOWN, "path": "sales"})
    assert (path_of(found), str(found.id)) == ("sales", KNOWN)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({}, "neither"),
        ({"path": " ", "dataset_id": ""}, "neither"),
        ({"path": "sales", "specification": WHOLE}, "both"),
        ({"specification": WHOLE, "metadata": {"name": "x"}}, "put the metadata into"),
        ({"path": "None"}, "is not there"),
        ({"dataset_id": "None"}, "is not there"),
        ({"path": 20260131}, "put quotes around"),
        ({"path": True}, "not text"),
        ({"path": {"path": "sales"}}, "specification="),
        ({"path": ProfileSpecification.model_validate(WHOLE)}, "specification="),
        ({"path": ["sales", "stock"]}, r"expand\(path="),
        ({"specification": [WHOLE]}, r"expand\(specification="),
        ({"specification": str(WHOLE)}, "tojson"),
        ({"specification": "sales"}, "path="),
        ({"specification": "None"}, "path="),
        ({"specification": 7}, "not an object"),
        ({"path": "sales", "metadata": "{'name': 1}"}, "tojson"),
    ],
)
def test_what_names_no_dataset_is_told_with_the_way_out(settle: Any, given: Any, word: str) -> None:
    with pytest.raises(WrongArguments, match=word) as caught:
        settle(**given)
    assert "'t'" in str(caught.value)


@pytest.mark.parametrize("given", [{"specification": {"name": "x"}}, {"path": "/data/sales"}, {"path": "a//b"}])
def test_fields_that_do_not_fit_are_named(settle: Any, given: Any) -> None:
    with pytest.raises(RequestRefused, match=r"profile_specification|data_connectors|dataset_id"):
        settle(**given)


def test_a_dataset_that_the_service_knows_by_its_id_is_what_it_was_told_last(idle_service: str) -> None:
    with ProfilerHook() as hook:
        hook.trigger_profile(hook.specify("stock", dataset_id=KNOWN, metadata={"country": "GR", "name": "Stock"}))
        found = hook.prepare(DatasetGiven("t", dataset_id=KNOWN, metadata={"name": "Now"}).settle(hook))
    specification: Any = found.profile_specification
    assert (path_of(specification), specification.country, specification.name) == ("stock", "GR", "Now")


class Upstream:
    """A task instance that finds what the task before returned."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.task_id, self.dag_id, self.run_id, self.map_index = "t", "d", "r", -1

    def xcom_pull(self, **where: Any) -> Any:
        return self.value


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("path", "sales"),
        ("dataset_id", "sales"),
        ("specification", {"path": "sales"}),
        ("specification", WHOLE),
        ("specification", json.dumps(WHOLE)),
    ],
)
def test_what_a_task_before_returned_arrives(settle: Any, name: str, value: Any, native: bool) -> None:
    with DAG("d", schedule=None, render_template_as_native_obj=native):

        @task
        def before() -> Any: ...

        made = ProfileDatasetOperator(task_id="t", **{name: before()})
    context: Any = {"ti": Upstream(value), "task": made, "run_id": "r", "expanded_ti_count": None}
    made.render_template_fields(context)
    assert getattr(made, name) == value
    assert path_of(settle(**{name: getattr(made, name)})) == "sales"


@pytest.mark.parametrize(
    ("native", "template", "works"),
    [
        (True, "{{ params.x }}", True),
        (False, "{{ params.x | tojson }}", True),
        (True, "{{ params.x | tojson }}", True),
        (False, "{{ params.x }}", False),
    ],
)
def test_a_template_of_an_object_works_natively_and_as_json(
    settle: Any, native: bool, template: str, works: bool
) -> None:
    with DAG("d", schedule=None, render_template_as_native_obj=native):
        made = ProfileDatasetOperator(task_id="t", specification=template)
    made.render_template_fields({"params": {"x": WHOLE}})  # type: ignore[arg-type]
    if works:
        assert path_of(settle(specification=made.specification)) == "sales"
        return
    with pytest.raises(WrongArguments, match="render natively"):
        settle(specification=made.specification)


def test_a_name_of_digits_survives_native_rendering_in_quotes(settle: Any) -> None:
    with DAG("d", schedule=None, render_template_as_native_obj=True):
        bare = ProfileDatasetOperator(task_id="bare", path="{{ params.x }}")
        quoted = ProfileDatasetOperator(task_id="quoted", path="'{{ params.x }}'")
    for made in (bare, quoted):
        made.render_template_fields({"params": {"x": "2026_01"}})  # type: ignore[typeddict-item]
    with pytest.raises(WrongArguments, match="put quotes around"):
        settle(path=bare.path)
    assert path_of(settle(path=quoted.path)) == "2026_01"
