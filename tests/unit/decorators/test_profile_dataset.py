"""What a function returns is profiled; data that it returns is there for as long as the job reads it, and no longer."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pyarrow
import pytest
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import TaskDeferralError, TaskDeferred
from airflow.sdk.serde import deserialize, serialize

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.decorators.profile_dataset import ProfileDatasetDecoratedOperator
from airflow_provider_profiler.hooks.errors import ProfileJobFailed, RequestRefused
from airflow_provider_profiler.operators.arguments import WrongArguments
from airflow_provider_profiler.triggers.staged_profile import StagedProfileTrigger

FRAME = pyarrow.table({"port": ["A", "B"], "level": [1, 2]})


@pytest.fixture
def wire(service_in_hand: Any, fake_task: Any) -> SimpleNamespace:
    """Our service, whose jobs the test moves, and a folder for this test's data below its data root."""
    fake_task.run_id = str(uuid4())
    folder = Path(service_in_hand.app.state.settings.data_root) / "incoming" / fake_task.run_id
    folder.mkdir(parents=True)
    given = {"staging": str(folder), "staging_path": f"incoming/{fake_task.run_id}", "profile": "light"}
    return SimpleNamespace(service=service_in_hand, folder=folder, given=given)


@pytest.fixture
def ending(wire: Any, fake_task: Any, files: Callable[..., list[str]]) -> list[list[str]]:
    """Jobs end as soon as their task begins to wait; what then lies in the folder."""
    seen: list[list[str]] = []

    def move(key: str) -> None:
        if key == "job_url":
            seen.append(files(wire.folder))
            wire.service.move(fake_task.xcom["job_id"], "LIGHT_PROFILE_READY")

    fake_task.on_push = move
    return seen


def detail(fake_task: Any) -> Any:
    from airflow_provider_profiler.hooks.profiler import ProfilerHook

    with ProfilerHook() as hook:
        found = hook.job_detail(fake_task.xcom["job_id"])
    assert found is not None
    return found


# -- what the function may return -----------------------------------------------------------------------------------


def test_a_path_and_a_specification_are_taken_as_the_operator_takes_them(
    wire: Any, ending: Any, fake_task: Any, decorated: Any
) -> None:
    decorated(lambda name: name, "sales", profile="light").execute(fake_task.context)
    assert detail(fake_task).dataset_id == dataset_uuid("sales")
    for given in (
        {"path": "stock"},
        ProfileSpecification.for_path("stock"),
        ProfileSpecification.for_path("stock").model_dump(),
    ):
        fake_task.stored.clear()
        fake_task.run_id = str(uuid4())
        decorated(lambda given=given: given, profile="light").execute(fake_task.context)
        assert detail(fake_task).dataset_id == dataset_uuid("stock")


@pytest.mark.parametrize("given", [None, "", 7, ["sales"], {"orders": FRAME, "path": "x"}, {}])
def test_anything_else_is_refused_for_good(wire: Any, fake_task: Any, decorated: Any, given: Any) -> None:
    with pytest.raises(RequestRefused):
        decorated(lambda: given, **wire.given).execute(fake_task.context)


def test_the_function_gets_the_context_and_its_arguments(
    wire: Any, ending: Any, fake_task: Any, decorated: Any
) -> None:
    def choose(name: str, ti: Any = None) -> str:
        return f"{name}{ti.dag_id}"

    fake_task.dag_id = "es"
    decorated(choose, "sal", profile="light").execute(fake_task.context)
    assert detail(fake_task).dataset_id == dataset_uuid("sales")


# -- data, for a service elsewhere ----------------------------------------------------------------------------------


def test_data_is_there_while_the_job_reads_and_gone_afterwards(
    wire: Any, ending: Any, fake_task: Any, decorated: Any, files: Any
) -> None:
    task = decorated(lambda: FRAME, **wire.given)
    assert task.execute(fake_task.context) is None
    ((name,),) = ending
    assert name.startswith("airflow-frames-")
    assert name.endswith("/t.parquet")
    found = detail(fake_task)
    assert found.dataset_id == dataset_uuid("d/t"), "all runs make revisions of one dataset"
    assert files(wire.folder) == []
    assert not any(wire.folder.iterdir())


def test_several_tables_are_one_dataset(wire: Any, ending: Any, fake_task: Any, decorated: Any) -> None:
    tables = {"orders": FRAME, "items": FRAME}
    decorated(lambda: tables, dataset_id="shop", **wire.given).execute(fake_task.context)
    assert [name.rsplit("/")[-1] for name in ending[0]] == ["items.parquet", "orders.parquet"]
    assert detail(fake_task).dataset_id == dataset_uuid("shop")


def test_mapped_tasks_have_a_dataset_and_a_folder_each(wire: Any, ending: Any, fake_task: Any, decorated: Any) -> None:
    for index in (0, 1):
        fake_task.map_index = index
        fake_task.stored.clear()
        decorated(lambda: FRAME, **wire.given).execute(fake_task.context)
        assert detail(fake_task).dataset_id == dataset_uuid(f"d/t/{index}")
    assert ending[0] != ending[1]


def test_data_is_removed_when_the_job_fails(wire: Any, fake_task: Any, decorated: Any) -> None:
    fake_task.on_push = lambda key: key == "job_url" and wire.service.move(fake_task.xcom["job_id"], "FAILED")
    with pytest.raises(ProfileJobFailed):
        decorated(lambda: FRAME, **wire.given).execute(fake_task.context)
    assert not any(wire.folder.iterdir())


def test_data_of_a_worker_that_died_is_removed_by_the_next_try_whatever_that_does(
    wire: Any, fake_task: Any, decorated: Any, files: Any
) -> None:
    class Died(BaseException):
        pass

    first = decorated(lambda: FRAME, **wire.given)
    first._remove = lambda: None  # as when the process is gone before it could
    fake_task.on_push = lambda key: (_ for _ in ()).throw(Died())
    with pytest.raises(Died):
        first.execute(fake_task.context)
    assert len(files(wire.folder)) == 1

    def broken() -> None:
        raise OSError("the source is away")

    with pytest.raises(OSError, match="away"):
        decorated(broken, **wire.given).execute(fake_task.context)
    assert not any(wire.folder.iterdir())


def test_a_retry_takes_the_job_of_the_try_before_up(wire: Any, fake_task: Any, decorated: Any, ending: Any) -> None:
    class Died(BaseException):
        pass

    moving, fake_task.on_push = fake_task.on_push, lambda key: (_ for _ in ()).throw(Died())
    with pytest.raises(Died):
        decorated(lambda: FRAME, **wire.given).execute(fake_task.context)
    before = fake_task.xcom["job_id"]
    fake_task.on_push, fake_task.try_number = moving, 2
    decorated(lambda: FRAME, **wire.given).execute(fake_task.context)
    assert fake_task.xcom["job_id"] == before


def test_a_kill_stops_the_job_and_removes_the_data(wire: Any, fake_task: Any, decorated: Any) -> None:
    task = decorated(lambda: FRAME, **wire.given)
    seen = []

    def kill(key: str) -> None:
        if key == "job_url":
            task.on_kill()
            seen.append(list(wire.folder.iterdir()))

    fake_task.on_push = kill
    with pytest.raises(ProfileJobFailed, match="aborted"):
        task.execute(fake_task.context)
    assert seen == [[]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"staging": None}, "staging"),
        ({"staging": ""}, "staging"),
        ({"wait_for_completion": False}, "wait_for_completion"),
    ],
)
def test_data_without_a_place_or_without_waiting_is_refused(
    wire: Any, fake_task: Any, decorated: Any, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(WrongArguments, match=words):
        decorated(lambda: FRAME, **{**wire.given, **change}).execute(fake_task.context)
    assert not any(wire.folder.iterdir())


# -- data, and a task that defers ---------------------------------------------------------------------------------


@pytest.fixture
def deferred(wire: Any, fake_task: Any, decorated: Any, files: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A task that has deferred; ``again`` makes it anew, as Airflow does to go on with it."""
    from airflow_provider_profiler.operators import profile_run

    monkeypatch.setattr(profile_run, "LIGHT_GRACE", 0.0)
    calls: list[int] = []

    def make() -> pyarrow.Table:
        calls.append(1)
        return FRAME

    def again() -> ProfileDatasetDecoratedOperator:
        made: ProfileDatasetDecoratedOperator = decorated(make, deferrable=True, **wire.given)
        return made

    with pytest.raises(TaskDeferred) as caught:
        again().execute(fake_task.context)
    assert len(files(wire.folder)) == 1, "the job has not read it yet"
    path, kwargs = caught.value.trigger.serialize()
    kwargs = deserialize(serialize(kwargs))
    assert path.endswith(".StagedProfileTrigger")
    return SimpleNamespace(again=again, trigger=StagedProfileTrigger(**kwargs), calls=calls)


def fire(trigger: StagedProfileTrigger) -> Any:
    async def events() -> list[Any]:
        return [event.payload async for event in trigger.run()]

    (payload,) = asyncio.run(events())
    return payload


def test_a_deferred_task_removes_its_data_when_it_goes_on(wire: Any, deferred: Any, fake_task: Any) -> None:
    wire.service.move(fake_task.xcom["job_id"], "LIGHT_PROFILE_READY")
    event = fire(deferred.trigger)
    deferred.again().resume_execution("execute_complete", {"event": event}, fake_task.context)
    assert not any(wire.folder.iterdir())
    assert deferred.calls == [1], "the function is called for a submission alone"


def test_a_deferred_task_removes_its_data_when_its_job_failed(wire: Any, deferred: Any, fake_task: Any) -> None:
    wire.service.move(fake_task.xcom["job_id"], "FAILED")
    with pytest.raises(ProfileJobFailed):
        deferred.again().execute_complete(fake_task.context, fire(deferred.trigger))
    assert not any(wire.folder.iterdir())


def test_a_deferred_task_removes_its_data_when_its_trigger_failed(wire: Any, deferred: Any, fake_task: Any) -> None:
    with pytest.raises(TaskDeferralError):
        deferred.again().resume_execution("__fail__", {"error": "gone"}, fake_task.context)
    assert not any(wire.folder.iterdir())


def test_a_deferred_task_that_a_user_ends_leaves_no_data(wire: Any, deferred: Any, fake_task: Any) -> None:
    asyncio.run(deferred.trigger.on_kill())
    assert not any(wire.folder.iterdir())
    assert detail(fake_task).state.value == "FAILED"


def test_a_restart_of_the_triggerer_leaves_the_data_alone(wire: Any, deferred: Any, fake_task: Any, files: Any) -> None:
    asyncio.run(deferred.trigger.cleanup())
    assert len(files(wire.folder)) == 1


def test_trigger_arguments_survive_an_upgrade() -> None:
    trigger = StagedProfileTrigger(job_id="j", staged="/in/airflow-frames-x", of_the_future=1)
    path, kwargs = trigger.serialize()
    assert path == "airflow_provider_profiler.triggers.staged_profile.StagedProfileTrigger"
    assert kwargs["staged"] == "/in/airflow-frames-x"
    assert StagedProfileTrigger(job_id="j").staged == ""


# -- embedded -------------------------------------------------------------------------------------------------------


def test_embedded_data_is_profiled_from_a_folder_of_the_installation_wherever_the_data_root_is(
    tmp_path: Path, fake_task: Any, decorated: Any, monkeypatch: pytest.MonkeyPatch, files: Any
) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("PROFILER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATA_ROOT_PATH", str(tmp_path / "data"))
    cdd = decorated(lambda: FRAME).execute(fake_task.context)
    assert Path(cdd).is_file()
    assert (fake_task.xcom["summary"]["rows"], fake_task.xcom["summary"]["columns"]) == (2, 2)
    assert files(tmp_path / "home" / "staging") == []


# -- when the DAG is read -------------------------------------------------------------------------------------------


def test_it_is_written_as_task_profile_dataset() -> None:
    with DAG("d", schedule=None) as dag:

        @task.profile_dataset(profile="light", staging="{{ var.value.staging }}", staging_path="in", retries=2)
        def sales(region: str) -> dict[str, Any]:
            return {"path": region}

        @task.profile_dataset
        def plain() -> str:
            return "sales"

        @task
        def regions() -> list[str]:
            return ["north", "south"]

        sales.expand(region=regions())
        plain()

    assert sorted(dag.task_ids) == ["plain", "regions", "sales"]
    made: Any = dag.get_task("plain")
    assert isinstance(made, ProfileDatasetDecoratedOperator)
    assert made.operator_name == "@task.profile_dataset"
    mapped: Any = dag.get_task("sales")
    assert mapped.multiple_outputs is False, "the task returns a path, whatever the function is annotated with"


async def _coroutine() -> str:
    return "sales"


@pytest.mark.parametrize(
    ("function", "fields", "words"),
    [
        (lambda: "x", {"path": "sales"}, "the function returns it"),
        (lambda: "x", {"specification": {}}, "the function returns it"),
        (lambda: "x", {"staging_path": "/data/in"}, "data root"),
        (lambda: "x", {"staging_path": "s3://bucket/in"}, "data root"),
        (lambda: "x", {"staging_path": "in/../.."}, "data root"),
        (lambda: "x", {"profile": "deep"}, "profile"),
        (_coroutine, {}, "async"),
    ],
)
def test_what_can_never_be_right_fails_when_the_dag_is_read(
    decorated: Any, function: Any, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(WrongArguments, match=words):
        decorated(function, **fields)
