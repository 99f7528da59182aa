"""Processes are measured from outside: seconds, processors and memory of all of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.facts import TableFacts
from benchmarks.inputs import Input, Workshop
from benchmarks.measuring import Bench, measure
from benchmarks.process_tree import ProcessMemory, ProcessTree, total

BENCH = Bench(workers=2, processors=(0,))
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def trips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Workshop(tmp_path_factory.mktemp("inputs")).file(Input("taxi", 1_000))


@pytest.mark.parametrize("contender", ["us", "floor-threads", "floor-processes"])
def test_a_contender_runs_over_a_thousand_rows(contender: str, trips: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    found = measure(contender, trips, trips, BENCH, repeats=3, facts=facts)
    assert found.failure is None
    assert len(found.wall_seconds) == 3
    assert min(found.wall_seconds) > 0
    assert 20 * MIB < found.peak_bytes < 1024 * MIB
    assert (found.largest_child_bytes > 20 * MIB) == (contender == "floor-processes")
    said = TableFacts.from_dict(json.loads(facts.read_text(encoding="utf-8")))
    assert said.rows == 1_000
    assert len(said.columns) == (18 if contender == "us" else 0)
    assert set(found.phases) == ({"light", "heavy"} if contender == "us" else set())


def test_a_contender_that_fails_says_why(trips: Path, tmp_path: Path) -> None:
    assert "nowhere.csv" in (measure("floor-threads", tmp_path / "nowhere.csv", trips, BENCH).failure or "")


def test_a_contender_that_takes_too_long_is_given_up(trips: Path) -> None:
    found = measure("us", trips, trips, Bench(2, (0,), time_limit=0.05), repeats=10_000)
    assert found.failure == "took longer than 0.05 s"


def test_the_tree_is_the_process_and_all_below_it() -> None:
    size = 96 * MIB
    inner = f"held = b'x' * {size}; print('here', flush=True); input()"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", outer], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        tree = ProcessTree(process.pid)
        assert tree.members == (process.pid,)
        tree.refresh()
        assert len(tree.members) == 2
        memory = tree.memory()
        assert memory[tree.members[1]].anonymous > size
        assert memory[tree.members[1]].peak > size > memory[process.pid].peak
        assert total(memory) > size
        assert tree.cpu_seconds() > 0
        tree.kill()
        assert process.wait() < 0


def test_shared_memory_counts_once() -> None:
    memory = {1: ProcessMemory(10, 1, 100, 0), 2: ProcessMemory(20, 2, 70, 0)}
    assert total(memory) == 133
    assert total({}) == 0
