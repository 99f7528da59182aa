"""A worker may die at any moment, and a task be tried or cleared as often as it is: what is submitted, and what is not.

Against our own service, whose engine never runs: a job stays as it is until it is told to stop.
"""

from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred

from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.hooks.errors import ProfileDeadlineExceeded, ProfileJobFailed, ProfilerHookError
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator
from airflow_provider_profiler.triggers.outcome import Outcome

pytestmark = pytest.mark.usefixtures("idle_service")


class Died(BaseException):
    """The worker is gone: nothing catches this."""


def operator(**fields: Any) -> ProfileDatasetOperator:
    return ProfileDatasetOperator(
        **{"task_id": "t", "path": "sales", "poll_interval": 0.01, "deferrable": True, **fields}
    )


def defers(airflow: Any, **fields: Any) -> str:
    """Run a try; the id of the job for which it defers."""
    with pytest.raises(TaskDeferred) as caught:
        operator(**fields).execute(airflow.context)
    assert caught.value.trigger.job_id == airflow.xcom["job_id"]
    assert airflow.xcom["job_url"].endswith(airflow.xcom["job_id"])
    return str(caught.value.trigger.job_id)


def jobs_of(airflow: Any) -> list[Any]:
    with ProfilerHook() as hook:
        listed = hook.list_jobs(dag_id=airflow.dag_id)
    assert listed is not None
    return list(listed.data)


def end(job_id: str) -> None:
    with ProfilerHook() as hook:
        hook.abort(job_id)


def dies_at(airflow: Any, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the worker die at a moment of the next try, named after what was just done."""
    what, number = moment.split()
    seen = []

    def die(*rest: Any, **more: Any) -> None:
        seen.append(rest)
        if len(seen) == int(number):
            raise Died

    if what == "pushed":
        airflow.on_push = die
    elif what == "remembered":
        monkeypatch.setattr(airflow, "set", lambda key, value: (airflow.stored.__setitem__(key, value), die()))
    elif what == "submitted":
        real = ProfilerHook.submit

        def submit(self: Any, *given: Any, **more: Any) -> Any:
            answer = real(self, *given, **more)
            die()
            return answer

        monkeypatch.setattr(ProfilerHook, "submit", submit)
    elif what == "looked":
        monkeypatch.setattr(ProfilerHook, "job_events", die)
    else:
        monkeypatch.setattr(ProfileDatasetOperator, "defer", die)


@pytest.mark.parametrize(
    ("moment", "jobs_before", "deferrable"),
    [
        ("remembered 1", 0, True),
        ("submitted 1", 1, True),
        ("remembered 2", 1, True),
        ("pushed 1", 1, True),
        ("pushed 2", 1, True),
        ("looked 1", 1, True),
        ("looked 1", 1, False),
        ("deferred 1", 1, True),
    ],
)
def test_a_worker_that_dies_at_any_moment_leaves_one_job(
    fake_task: Any, monkeypatch: pytest.MonkeyPatch, moment: str, jobs_before: int, deferrable: bool
) -> None:
    with monkeypatch.context() as patch:
        dies_at(fake_task, moment, patch)
        with pytest.raises(Died):
            operator(deferrable=deferrable).execute(fake_task.context)
    assert len(jobs_of(fake_task)) == jobs_before
    fake_task.on_push, fake_task.try_number, fake_task.xcom = None, 2, {}
    job_id = defers(fake_task)
    assert [str(job.job_id) for job in jobs_of(fake_task)] == [job_id]


def test_a_task_that_remembers_nothing_still_submits_once(fake_task: Any) -> None:
    first = defers(fake_task, retries=2)
    fake_task.stored.clear()
    fake_task.try_number = 2
    assert defers(fake_task, retries=2) == first


def test_without_any_memory_a_try_after_a_failed_job_submits_anew(fake_task: Any) -> None:
    fake_task.max_tries = 3
    ids = []
    for number in (1, 2, 3):
        fake_task.try_number = number
        fake_task.stored.clear()
        ids.append(defers(fake_task, retries=3))
        end(ids[-1])
    assert len(set(ids)) == 3
    assert len(jobs_of(fake_task)) == 3


def test_a_job_that_failed_before_its_id_was_written_down_is_not_waited_for(
    fake_task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        dies_at(fake_task, "submitted 1", patch)
        with pytest.raises(Died):
            operator().execute(fake_task.context)
    (lost,) = jobs_of(fake_task)
    end(str(lost.job_id))
    fake_task.try_number = 2
    assert defers(fake_task) != str(lost.job_id)


def test_a_failed_job_is_never_green_and_the_next_try_submits_anew(fake_task: Any) -> None:
    first = defers(fake_task)
    end(first)
    event = Outcome(first, state="FAILED").with_problem(ProfileJobFailed("it failed")).payload()
    with pytest.raises(ProfileJobFailed):
        operator().execute_complete(fake_task.context, event)
    fake_task.try_number = 2
    second = defers(fake_task)
    assert second != first
    assert len(jobs_of(fake_task)) == 2


@pytest.mark.parametrize("state", ["FAILED", "STARTING", "CLEANED_UP", None, "DONE"])
def test_an_event_without_a_problem_is_success_only_with_the_state_to_it(fake_task: Any, state: str | None) -> None:
    event = Outcome("11111111-1111-1111-1111-111111111111", state=state, cdd_path="/cdd/x.json").payload()
    with pytest.raises(ProfilerHookError, match="its state is"):
        operator().execute_complete(fake_task.context, event)
    heavy = Outcome("1", state="LIGHT_PROFILE_READY", cdd_path="/cdd/x.json").payload()
    with pytest.raises(ProfilerHookError, match="its state is"):
        operator().execute_complete(fake_task.context, heavy)
    assert operator(profile="light").execute_complete(fake_task.context, heavy) is None


@pytest.mark.parametrize("deferrable", [True, False])
def test_a_job_that_was_just_being_stopped_when_a_try_began_is_made_up_for(
    fake_task: Any, monkeypatch: pytest.MonkeyPatch, deferrable: bool
) -> None:
    """A kill asks for the stop; the next try may be there before the job has come to it."""
    first = defers(fake_task)
    fake_task.try_number = 2
    if deferrable:
        defers(fake_task)
        end(first)
        event = Outcome(first, state="FAILED", reason="aborted").with_problem(ProfileJobFailed("aborted")).payload()
        with pytest.raises(TaskDeferred) as caught:
            operator().execute_complete(fake_task.context, event)
        second = caught.value.trigger.job_id
    else:
        fake_task.on_push = lambda key: key == "job_url" and len(jobs_of(fake_task)) == 1 and end(first)
        with pytest.raises(ProfileDeadlineExceeded):
            operator(deferrable=False, deadline=0.3).execute(fake_task.context)
        second = fake_task.xcom["job_id"]
    assert second != first
    assert len(jobs_of(fake_task)) == 2


def test_a_job_that_this_try_submitted_is_not_made_up_for(fake_task: Any) -> None:
    first = defers(fake_task)
    event = Outcome(first, state="FAILED", reason="aborted").with_problem(ProfileJobFailed("aborted")).payload()
    with pytest.raises(ProfileJobFailed):
        operator().execute_complete(fake_task.context, event)
    assert len(jobs_of(fake_task)) == 1


class TestMappedTasks:
    """The store of a mapped task is found by its place among its siblings, and the siblings may change."""

    def test_a_task_never_takes_what_another_left_at_its_place(self, fake_task: Any) -> None:
        fake_task.map_index, first_store, second_store = 0, {}, {}
        fake_task.stored = first_store
        sales = defers(fake_task, path="sales")
        fake_task.map_index, fake_task.stored = 1, second_store
        stock = defers(fake_task, path="stock")
        # The first of the two is gone, and the second stands at its place now.
        fake_task.map_index, fake_task.stored, fake_task.try_number = 0, first_store, 2
        shifted = defers(fake_task, path="stock")
        assert shifted not in (sales, stock)
        # And the first comes back: what it left was written over, so that it asks for a job of its own again.
        assert defers(fake_task, path="sales") not in (sales, stock, shifted)

    def test_tasks_that_differ_in_a_label_alone_are_kept_apart(self, fake_task: Any) -> None:
        fake_task.map_index = 0
        one = defers(fake_task, labels={"copy": "1"})
        assert defers(fake_task, labels={"copy": "2"}) != one
        assert len(jobs_of(fake_task)) == 2

    def test_equal_tasks_have_jobs_of_their_own(self, fake_task: Any) -> None:
        ids = set()
        for fake_task.map_index in range(3):
            fake_task.stored = {}
            ids.add(defers(fake_task))
        assert len(ids) == 3


class TestClear:
    """A user clears the task: ``max_tries`` grows, the store stays."""

    def submitted(self, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
        """Whether everything was to be read, for each submission."""
        seen: list[bool] = []
        real = ProfilerHook.submit

        def submit(hook: Any, request: Any, **more: Any) -> Any:
            seen.append(request.force)
            return real(hook, request, **more)

        monkeypatch.setattr(ProfilerHook, "submit", submit)
        return seen

    def clear(self, airflow: Any) -> None:
        airflow.max_tries, airflow.try_number, airflow.xcom = airflow.try_number + 2, airflow.try_number + 1, {}

    @pytest.mark.parametrize("remembers", [True, False])
    def test_it_runs_again_and_reads_everything(
        self, fake_task: Any, monkeypatch: pytest.MonkeyPatch, remembers: bool
    ) -> None:
        forced = self.submitted(monkeypatch)
        first = defers(fake_task, retries=2, reuse_unchanged=True)
        self.clear(fake_task)
        if not remembers:
            fake_task.stored.clear()
        second = defers(fake_task, retries=2, reuse_unchanged=True)
        assert second != first
        assert forced == [False, True]

    def test_a_retry_of_a_cleared_task_asks_for_the_same(self, fake_task: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        forced = self.submitted(monkeypatch)
        defers(fake_task)
        self.clear(fake_task)
        with monkeypatch.context() as patch:
            dies_at(fake_task, "submitted 1", patch)
            with pytest.raises(Died):
                operator().execute(fake_task.context)
        fake_task.try_number += 1
        second = defers(fake_task)
        end(second)
        fake_task.try_number += 1
        assert defers(fake_task) != second
        assert forced == [False, True, True, True]
        assert len(jobs_of(fake_task)) == 3

    def test_a_plain_retry_forces_nothing(self, fake_task: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        forced = self.submitted(monkeypatch)
        end(defers(fake_task))
        fake_task.try_number = 2
        defers(fake_task)
        assert forced == [False, False]

    @pytest.mark.parametrize("remembers", [True, False])
    def test_reuse_takes_the_job_up(self, fake_task: Any, monkeypatch: pytest.MonkeyPatch, remembers: bool) -> None:
        forced = self.submitted(monkeypatch)
        first = defers(fake_task, on_clear="reuse")
        self.clear(fake_task)
        if not remembers:
            fake_task.stored.clear()
        assert defers(fake_task, on_clear="reuse") == first
        assert set(forced) == {False}
        assert len(jobs_of(fake_task)) == 1

    def test_reuse_does_not_take_up_a_job_that_failed_or_another_request(self, fake_task: Any) -> None:
        first = defers(fake_task, on_clear="reuse")
        end(first)
        self.clear(fake_task)
        second = defers(fake_task, on_clear="reuse")
        self.clear(fake_task)
        third = defers(fake_task, on_clear="reuse", path="stock")
        assert len({first, second, third}) == 3


class TestDeadline:
    def test_a_moment_that_has_passed_submits_nothing(self, fake_task: Any) -> None:
        with pytest.raises(ProfileDeadlineExceeded, match="nothing was"):
            operator(deadline="2020-01-01T00:00:00+00:00").execute(fake_task.context)
        assert jobs_of(fake_task) == []

    def test_a_retry_does_not_begin_the_count_anew(self, fake_task: Any) -> None:
        deadlines = []
        for fake_task.try_number in (1, 2):
            with pytest.raises(TaskDeferred) as caught:
                operator(deadline=3600).execute(fake_task.context)
            deadlines.append(caught.value.trigger.deadline_at)
        assert deadlines[0] == deadlines[1]

    def test_what_the_first_version_wrote_down_is_understood(self, fake_task: Any) -> None:
        first = defers(fake_task)
        for name in ("began", "try_number", "forced"):
            del fake_task.stored["profiler_job"][name]
        fake_task.try_number = 2
        with pytest.raises(TaskDeferred) as caught:
            operator(deadline=3600).execute(fake_task.context)
        assert caught.value.trigger.job_id == first
        (job,) = jobs_of(fake_task)
        assert caught.value.trigger.deadline_at == pytest.approx(job.created.timestamp() + 3600)


class TestKill:
    """The signal may come at any moment; after its handler the process goes on for some seconds."""

    @pytest.mark.parametrize("moment", ["while it is submitted", "when its id is known", "while it is waited for"])
    def test_the_job_is_stopped(
        self, fake_task: Any, monkeypatch: pytest.MonkeyPatch, moment: str, idle_service: str
    ) -> None:
        task = operator(deferrable=False)
        if moment == "while it is submitted":
            real = ProfilerHook.submit

            def submit(hook: Any, *given: Any, **more: Any) -> Any:
                answer = real(hook, *given, **more)
                task.on_kill()  # the answer has not arrived yet, as far as the task knows
                return answer

            monkeypatch.setattr(ProfilerHook, "submit", submit)
        elif moment == "when its id is known":
            fake_task.on_push = lambda key: key == "job_id" and task.on_kill()
        else:
            looks: Callable[..., Any] = ProfilerHook.job_events
            monkeypatch.setattr(
                ProfilerHook, "job_events", lambda hook, *rest, **more: (task.on_kill(), looks(hook, *rest, **more))[1]
            )
        with pytest.raises(ProfileJobFailed, match="aborted"):
            task.execute(fake_task.context)
        (job,) = jobs_of(fake_task)
        assert job.state is JobState.FAILED
        assert job.reason.code == "aborted"

    def test_a_job_that_was_taken_up_is_stopped_and_not_made_up_for(
        self, fake_task: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        defers(fake_task)
        fake_task.try_number = 2
        task = operator(deferrable=False)
        fake_task.on_push = lambda key: key == "job_url" and task.on_kill()
        with pytest.raises(ProfileJobFailed, match="aborted"):
            task.execute(fake_task.context)
        assert len(jobs_of(fake_task)) == 1

    def test_a_kill_before_the_submission_submits_nothing(
        self, fake_task: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        task = operator(deferrable=False)
        real = ProfilerHook.prepare
        monkeypatch.setattr(
            ProfilerHook, "prepare", lambda hook, *rest, **more: (task.on_kill(), real(hook, *rest, **more))[1]
        )
        with pytest.raises(ProfilerHookError, match="was killed before"):
            task.execute(fake_task.context)
        assert jobs_of(fake_task) == []

    def test_a_job_that_was_handed_over_is_let_be(self, fake_task: Any) -> None:
        task = operator(wait_for_completion=False)
        task.execute(fake_task.context)
        task.on_kill()
        (job,) = jobs_of(fake_task)
        assert job.state is JobState.SUBMITTING
