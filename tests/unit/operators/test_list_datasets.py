"""The datasets of a service, for tasks that are mapped over them."""

from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.hooks.errors import ServiceTooOld
from airflow_provider_profiler.operators import list_datasets
from airflow_provider_profiler.operators.arguments import WrongArguments
from airflow_provider_profiler.operators.check_profile import CheckProfileOperator
from airflow_provider_profiler.operators.list_datasets import ListDatasetsOperator
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

NAMES = {str(dataset_uuid(name)): name for name in ("broken", "light", "shop", "stock")}


def listed(context: Any, **fields: Any) -> list[Any]:
    return ListDatasetsOperator(task_id="t", **fields).execute(context)


def names(context: Any, **fields: Any) -> list[str]:
    return [NAMES[item] for item in listed(context, **fields)]


def test_all_of_them_by_name(reached: Any, fake_task: Any) -> None:
    assert names(fake_task.context) == ["broken", "light", "shop", "stock"]
    specifications = listed(fake_task.context, pattern="s*", returns="specifications")
    assert [ProfileSpecification.model_validate(item).name for item in specifications] == ["shop", "stock"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"pattern": "s*"}, "shop stock"),
        ({"pattern": ["stock", "l?ght"]}, "light stock"),
        ({"pattern": "S*"}, ""),
        ({"profiled": True}, "shop stock"),
        ({"profiled": "False"}, "broken light"),
        ({"profiled_after": "2026-01-01"}, "shop stock"),
        ({"profiled_after": "2100-01-01"}, ""),
        ({"profiled_before": "2026-01-01"}, "broken light"),
        ({"profiled_before": "2100-01-01T00:00:00+00:00", "pattern": "*o*"}, "broken shop stock"),
        ({"profiled_before": "2100-01-01", "profiled": True, "limit": "2"}, "shop stock"),
    ],
)
def test_filters(wired: Any, fake_task: Any, fields: Any, expected: str) -> None:
    assert names(fake_task.context, **fields) == expected.split()


def test_revisions_are_those_that_are_published(wired: Any, fake_task: Any) -> None:
    assert listed(fake_task.context, returns="revisions") == [
        {"dataset_id": str(dataset_uuid("shop")), "revision": 2},
        {"dataset_id": str(dataset_uuid("stock")), "revision": 1},
    ]


def test_many_pages(wired: Any, fake_task: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_datasets, "_PAGE", 1)
    assert names(fake_task.context) == ["broken", "light", "shop", "stock"]


def test_more_than_can_be_mapped_over_is_an_error(wired: Any, fake_task: Any) -> None:
    assert len(listed(fake_task.context, limit=4)) == 4
    with pytest.raises(WrongArguments, match="More than 3 datasets fit"):
        listed(fake_task.context, limit=3)


def test_what_is_listed_can_be_used(wired: Any, fake_task: Any) -> None:
    for fields in listed(fake_task.context, returns="revisions", pattern="shop"):
        task = CheckProfileOperator(task_id="c", rules=[{"rule": "row_count", "at_least": 1}], **fields)
        assert task.execute(fake_task.context)["revision"] == 2
    (specification,) = listed(fake_task.context, returns="specifications", pattern="stock")
    again = ProfileDatasetOperator(task_id="p", specification=specification, poll_interval=0.02)
    assert again.execute(fake_task.context)


def test_a_service_that_has_the_documented_routes_alone(documented_service: Any, connect: Any, fake_task: Any) -> None:
    connect(documented_service().base_url)
    with pytest.raises(ServiceTooOld, match="which datasets it knows"):
        listed(fake_task.context)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"returns": "paths"}, "'ids', 'revisions', 'specifications'"),
        ({"limit": 0}, "a whole number from 1 on"),
        ({"profiled": "perhaps"}, "true or false"),
        ({"profiled_after": "yesterday"}, "a moment such as"),
    ],
)
def test_what_could_never_work_fails_when_the_dag_is_read(fields: Any, said: str) -> None:
    with pytest.raises(WrongArguments, match=said):
        ListDatasetsOperator(task_id="t", **fields)


def test_templates_and_mapping() -> None:
    fields = dict.fromkeys(ListDatasetsOperator.template_fields, "{{ x }}")
    task = ListDatasetsOperator(task_id="t", **fields)
    task.render_template_fields({"x": "value"})
    assert {getattr(task, name) for name in fields} == {"value"}
    with DAG("d", schedule=None) as dag:
        known = ListDatasetsOperator(task_id="known", returns="specifications")
        ProfileDatasetOperator.partial(task_id="again").expand(specification=known.output)
    assert dag.get_task("again").upstream_task_ids == {"known"}
