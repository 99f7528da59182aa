import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.operators.idempotency import (
    Memory,
    TaskIdentity,
    instance_id,
    next_attempt,
    recall,
    task_identity,
)

IDENTITY = TaskIdentity("https://airflow", "d", "r", "2026-01-01T00:00:00+00:00", "t", -1, 2)


def test_the_key_stays_the_same_over_releases() -> None:
    text = '["https://airflow","d","r","2026-01-01T00:00:00+00:00","t",-1,2,0,"f"]'
    assert IDENTITY.key(0, "f") == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("instance_id", "https://other"),
        ("dag_id", "d2"),
        ("run_id", "r2"),
        ("run_start", "2026-01-02T00:00:00+00:00"),
        ("task_id", "t2"),
        ("map_index", 0),
        ("max_tries", 3),
    ],
)
def test_each_part_makes_another_key(part: str, other: Any) -> None:
    assert replace(IDENTITY, **{part: other}).key(0, "f") != IDENTITY.key(0, "f")


def test_ordinal_and_fingerprint_make_another_key() -> None:
    assert len({IDENTITY.key(0, "f"), IDENTITY.key(1, "f"), IDENTITY.key(0, "g")}) == 3


@given(st.tuples(*[st.text(max_size=4)] * 3), st.tuples(*[st.text(max_size=4)] * 3))
def test_parts_never_run_into_each_other(one: tuple[str, str, str], two: tuple[str, str, str]) -> None:
    def key(parts: tuple[str, str, str]) -> str:
        return replace(IDENTITY, dag_id=parts[0], run_id=parts[1], task_id=parts[2]).key(0, "f")

    assert (key(one) == key(two)) == (one == two)


def test_the_identity_comes_from_the_context(fake_task: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PROFILER__INSTANCE_ID", "production")
    fake_task.map_index = None
    assert task_identity(fake_task.context) == TaskIdentity(
        "production", "d", "r", "2026-01-01T00:00:00+00:00", "t", -1, 2
    )


def test_the_instance_is_told_by_its_base_url_where_it_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example")
    assert instance_id() == "https://airflow.example"


FIRST = Memory(ordinal=3, epoch=2, fingerprint="f", job_id="j")


def attempt(memory: Memory | None, *, epoch: int = 2, fingerprint: str = "f", alive: bool) -> Memory:
    return next_attempt(memory, epoch=epoch, fingerprint=fingerprint, alive=alive)


def test_a_first_try_submits_under_ordinal_zero() -> None:
    assert attempt(None, alive=False) == Memory(0, 2, "f")


def test_a_retry_takes_a_living_job_up() -> None:
    assert attempt(FIRST, alive=True) == FIRST


def test_a_retry_after_a_failed_job_submits_under_a_new_key() -> None:
    assert attempt(FIRST, alive=False) == Memory(4, 2, "f")


def test_a_crash_between_submission_and_answer_sends_the_same_key_again() -> None:
    begun = replace(FIRST, job_id=None)
    assert attempt(begun, alive=False) == begun


@pytest.mark.parametrize("alive", [True, False])
def test_a_clear_and_another_request_submit_again(alive: bool) -> None:
    assert attempt(FIRST, epoch=5, alive=alive) == Memory(4, 5, "f")
    assert attempt(FIRST, fingerprint="g", alive=alive) == Memory(4, 2, "g")


def test_what_is_remembered_is_read_back(fake_task: Any) -> None:
    assert recall(fake_task) is None
    for memory in (FIRST, replace(FIRST, job_id=None)):
        memory.save(fake_task)
        assert recall(fake_task) == memory


@pytest.mark.parametrize("value", ["text", [], {}, {"ordinal": "x"}, {"ordinal": 1, "epoch": 1, "fingerprint": "f"}])
def test_what_others_left_in_the_store_is_no_memory(fake_task: Any, value: Any) -> None:
    fake_task.set("profiler_job", value)
    assert recall(fake_task) is None
