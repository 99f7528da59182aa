"""One task, one job: workers, triggerers and tasks are killed, tasks are tried again and cleared."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.e2e.airflow.running_airflow import PATIENCE, Airflow
from tests.e2e.airflow.scenes import Life, Scene, Stage, played
from tests.e2e.airflow.stepped_service import Step, SteppedService
from tests.e2e.conftest import eventually

# The crowd gathers meanwhile.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800), pytest.mark.usefixtures("crowd")]

CONN = "profiler_lives"
SCENES: dict[str, Scene] = {}


def scene(play: Scene) -> Scene:
    SCENES[play.__name__] = play
    return play


def ailing(stage: Stage, name: str) -> Path:
    """A new dataset that no job can read; written anew, it can be."""
    file = stage.service.data / name / "table.parquet"
    file.parent.mkdir()
    file.write_bytes(b"PAR1 this is no Parquet file")
    return file


def mend(file: Path) -> None:
    file.unlink()
    file.with_suffix(".csv").write_text("city,amount\nVolos,2\n", encoding="utf-8")


@scene
def a_worker_killed_while_polling_is_followed_by_one_that_takes_the_job_up(stage: Stage) -> None:
    life = stage.begin("life_wait_retry", "sales")
    job_id = life.job()
    life.let(Step.STARTING, job_id)
    task = life.wait_for("running")
    # The line is written once the job's id is kept for the next try.
    eventually(lambda: "Submitted profiling job" in life.log_so_far(), seconds=PATIENCE, what="the word of the job")
    stage.airflow.kill_worker(task)
    again = life.wait_for("running", try_number=2)
    assert again["id"] != task["id"]
    life.let(Step.END, job_id)
    assert life.end() == "success"
    assert [job["job_id"] for job in life.jobs()] == [job_id]
    assert Path(life.xcom()).is_file()
    assert life.xcom("job_id") == job_id
    assert life.xcom("job_url") == f"{stage.service.url}/profiler/jobs/{job_id}"
    assert f"Taking up profiling job {job_id} of an earlier try" in life.log(try_number=2)


@scene
def a_job_that_ends_while_nobody_looks_is_found_over(stage: Stage) -> None:
    life = stage.begin("life_wait_retry", "stock")
    job_id = life.job()
    stage.airflow.kill_worker(life.wait_for("running"))
    life.let(Step.END, job_id)
    assert life.job_end(job_id)["state"] == "HEAVY_PROFILES_READY"
    assert life.end() == "success"
    assert [job["job_id"] for job in life.jobs()] == [job_id]
    assert life.xcom("status") == "HEAVY_PROFILES_READY"
    assert Path(life.xcom()).is_file()


@scene
def a_triggerer_that_is_restarted_leaves_the_job_alone(stage: Stage) -> None:
    life = stage.begin("life_deferrable", "ports")
    job_id = life.job()
    life.wait_deferred()
    with stage.triggerer:
        stage.airflow.stop_part("triggerer")
        assert life.wait_for("deferred")
        assert not stage.service.detail(job_id)["terminal"], "a rolling deployment is no reason to stop it"
        life.let(Step.LIGHT_PROFILE_READY, job_id)
        stage.airflow.start_part("triggerer")
        life.wait_deferred()
    life.let(Step.END, job_id)
    assert life.end() == "success"
    assert [job["job_id"] for job in life.jobs()] == [job_id]
    assert life.xcom("status") == "HEAVY_PROFILES_READY"


@scene
def a_running_task_that_is_set_to_failed_takes_its_job_along(stage: Stage) -> None:
    life = stage.begin("life_wait", "sales")
    other = stage.service.submit("sales")
    job_id = life.job()
    life.let(Step.LIGHT_PROFILE_READY, job_id)
    life.wait_for("running")
    life.set_state("failed")
    detail = life.job_end(job_id)
    assert (detail["state"], detail["reason"]["code"]) == ("FAILED", "aborted")
    assert life.end() == "failed"
    assert not stage.service.detail(other)["terminal"], "the jobs of others go on"


@scene
def a_deferred_task_that_is_set_to_failed_takes_its_job_along(stage: Stage) -> None:
    life = stage.begin("life_deferrable", "sales")
    other = stage.service.submit("stock")
    job_id = life.job()
    with stage.triggerer:
        life.wait_deferred()
        life.set_state("failed")
        assert life.job_end(job_id)["reason"]["code"] == "aborted"
    assert life.end() == "failed"
    assert not stage.service.detail(other)["terminal"], "the jobs of others go on"


def tried_again(stage: Stage, dag_id: str, name: str, waits: Callable[[Life], object]) -> None:
    file = ailing(stage, name)
    life = stage.begin(dag_id, name)
    first = life.job()
    waits(life)
    life.let(Step.END, first)
    second = life.job(2)
    waits(life)
    mend(file)
    life.let(Step.END, second)
    assert life.end() == "success"
    assert [job["state"] for job in life.jobs()] == ["FAILED", "HEAVY_PROFILES_READY"]
    assert life.xcom("job_id") == second
    assert Path(life.xcom()).is_file()
    assert f"Profiling job {first} failed: all_failed" in life.log()


@scene
def a_retry_after_a_failure_submits_anew(stage: Stage) -> None:
    tried_again(stage, "life_wait_retry", "ailing", lambda life: life.wait_for("running"))


@scene
def a_deferred_task_that_is_tried_again_after_a_failure_submits_anew(stage: Stage) -> None:
    tried_again(stage, "life_deferrable_retry", "ailing_deferred", Life.wait_deferred)


@scene
def a_clear_after_success_runs_again(stage: Stage) -> None:
    life = stage.begin("life_deferrable", "sales")
    first = life.job()
    life.wait_deferred()
    life.let(Step.END, first)
    assert life.end() == "success"
    life.clear()
    second = life.job(2)
    assert second != first
    life.wait_deferred()
    assert life.xcom("job_id") == second, "people see the new job while it runs"
    life.let(Step.END, second)
    assert life.end() == "success"
    jobs = life.jobs()
    assert [job["state"] for job in jobs] == ["HEAVY_PROFILES_READY"] * 2
    assert jobs[1]["revision"] > jobs[0]["revision"]
    assert not jobs[1]["reused"]


@scene
def a_clear_after_failure_runs_again(stage: Stage) -> None:
    file = ailing(stage, "ailing_cleared")
    life = stage.begin("life_wait", "ailing_cleared")
    first = life.job()
    life.let(Step.END, first)
    assert life.end() == "failed"
    mend(file)
    life.clear()
    second = life.job(2)
    life.let(Step.END, second)
    assert life.end() == "success"
    assert [job["state"] for job in life.jobs()] == ["FAILED", "HEAVY_PROFILES_READY"]
    assert life.xcom("job_id") == second


@pytest.fixture(scope="module")
def plays(airflow: Airflow, stepped: Callable[..., SteppedService]) -> Iterator[dict[str, "Future[None]"]]:
    service = stepped()
    with airflow.connection(CONN, service.url), played(SCENES, Stage(airflow, service, CONN)) as plays:
        yield plays


@pytest.mark.parametrize("name", SCENES)
def test_scene(plays: dict[str, "Future[None]"], name: str) -> None:
    plays[name].result()
