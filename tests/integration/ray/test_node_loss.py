"""A node dies with the states that it holds: what was on it is done again, and only that; but not for ever."""

import json
import logging
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import ray

from airflow_provider_profiler.contract.errors import WorkLost
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.profiling.ray_executor import RayExecutor
from airflow_provider_profiler.storage.atomic import open_appending
from airflow_provider_profiler.telemetry.context import current_job, job_context, stage_context
from airflow_provider_profiler.telemetry.job_log import JobLog, logged

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

#: Too long for Ray to keep it anywhere but on the node where it was made.
_LONG = 300_000
_PATIENCE = 60


def state_of(number: int) -> FileReason:
    return FileReason(code=FileReasonCode.MALFORMED, message=f"{number}" + "." * _LONG)


def numbers_in(state: Any) -> list[int]:
    return [int(text) for text in state.message.replace(".", " ").split()]


def test_what_a_lost_node_held_is_made_again(cluster: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    runs = tmp_path / "runs"
    runs.mkdir()

    def here(name: str) -> None:
        (runs / f"{name} {ray.get_runtime_context().get_node_id()} {time.time_ns()}").touch()

    def beside(kind: str) -> None:
        """Go on when two of a kind have begun: each node has one processor, so both nodes are in it."""
        patience = time.monotonic() + _PATIENCE
        while len({path.name.split()[1] for path in runs.glob(f"{kind}*")}) < 2 and time.monotonic() < patience:
            time.sleep(0.02)

    def work(number: int) -> tuple[int, FileReason]:
        here(f"unit-{number}")
        if number < 2:
            beside("unit")
        return number, state_of(number)

    def join(states: Sequence[Any]) -> FileReason:
        numbers = [number for state in states for number in numbers_in(state)]
        here(f"merge-{numbers[0]}")
        beside("merge")
        return FileReason(code=FileReasonCode.MALFORMED, message=("." * _LONG).join(map(str, numbers)))

    def made() -> Counter[str]:
        return Counter(path.name.split()[0] for path in runs.iterdir())

    def on(node: str) -> set[str]:
        return {path.name.split()[0] for path in runs.iterdir() if path.name.split()[1] == node}

    executor = RayExecutor(share_bytes=1, retry_pauses=(0.1, 0.2, 0.4))
    with job_context("0a", dataset_id="0b", attempt=1), stage_context("heavy"):
        log = JobLog(open_appending(tmp_path / "log.jsonl"), current_job(), max_bytes=1_000_000)
        with logged(log), executor.session(lambda: None) as session:
            held = [state for _, state in session.run(work, range(8))]
            merged = [session.merge(join, held[at : at + 2]) for at in range(0, 8, 2)]
            ray.wait([state.ref for state in merged], num_returns=4, timeout=_PATIENCE, fetch_local=False)
            root = session.merge(lambda states: states[0], [session.hold(state_of(99))])
            assert numbers_in(session.fetch(root)) == [99]
            assert all(state.ref is None for state in held), "what is merged takes no memory"
            before = made()
            assert set(before.values()) == {1}

            (victim,) = [node for node in cluster.list_all_nodes() if node != cluster.head_node]
            gone = on(victim.node_id)
            assert {"unit", "merge"} <= {name.partition("-")[0] for name in gone}
            cluster.remove_node(victim, allow_graceful=False)
            try:
                assert [numbers_in(session.fetch(state)) for state in merged] == [[0, 1], [2, 3], [4, 5], [6, 7]]
            finally:
                cluster.add_node(num_cpus=1)
    again = {name for name, count in made().items() if count > 1}
    # A merge that is lost needs what it was made of once more; one that is not lost needs nothing.
    lost_merges = {name for name in gone if name.startswith("merge")}
    parts = {f"unit-{int(name.partition('-')[2]) + more}" for name in lost_merges for more in (0, 1)}
    assert again == lost_merges | parts
    assert max(made().values()) == 2
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_bytes().splitlines()]
    told = [line for line in lines if "run again in 0.1 s, retry 1 of 3" in line["message"]]
    assert len(told) == len(lost_merges)
    assert {(line["level"], line["job_id"], line["stage"]) for line in told} == {("WARNING", "0a", "heavy")}


def test_what_ends_every_worker_is_given_up(cluster: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def deadly(number: int) -> tuple[int, FileReason]:
        if number == 1:
            with (tmp_path / "tries").open("a") as file:
                file.write("x")
            os._exit(1)
        return number, state_of(number)

    with (
        pytest.raises(WorkLost, match=r"lost a unit of work 3 times.*want of memory.*partition_bytes"),
        RayExecutor(share_bytes=1, retry_pauses=(0.1, 0.3)).session(lambda: None) as session,
    ):
        list(session.run(deadly, range(3)))
    assert (tmp_path / "tries").read_text() == "xxx"
    pauses = [
        record.message.partition("run again in ")[2] for record in caplog.records if "run again" in record.message
    ]
    assert pauses == ["0.1 s, retry 1 of 2.", "0.3 s, retry 2 of 2."]


def test_waiting_to_run_again_ends_when_the_job_is_stopped(cluster: Any) -> None:
    class Told(Exception):
        pass

    waiting: list[float] = []

    def check() -> None:
        if any("run again" in text for text in seen):
            waiting.append(time.monotonic())
            raise Told

    seen: list[str] = []

    class Watch(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    def deadly(_: int) -> tuple[int, FileReason]:
        os._exit(1)

    watch = Watch()
    logging.getLogger("airflow_provider_profiler.profiling.ray_executor").addHandler(watch)
    try:
        executor = RayExecutor(share_bytes=1, retry_pauses=(3600.0,))
        with pytest.raises(Told), executor.session(check) as session:
            list(session.run(deadly, range(1)))
    finally:
        logging.getLogger("airflow_provider_profiler.profiling.ray_executor").removeHandler(watch)
    assert len(waiting) == 1
