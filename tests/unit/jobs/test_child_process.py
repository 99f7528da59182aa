"""The process beside this one: orders reach it, and none of them keeps us."""

import threading
from multiprocessing.connection import Connection
from typing import Any

from airflow_provider_profiler.jobs.child_process import ChildProcess

PATIENCE = 30.0


def says_what_it_hears(connection: Connection) -> None:
    """A child that reads."""
    while (word := connection.recv()) != "end":
        connection.send(word)


def reads_when_it_is_given(connection: Connection, pipe: Any) -> None:
    """A child that does not read until something else comes."""
    pipe.recv()
    count = 0
    while connection.recv() != "end":
        count += 1
    connection.send(count)


def test_orders_reach_it_until_it_has_ended() -> None:
    child = ChildProcess(says_what_it_hears, name="tests-echo")
    assert child.send("wake")
    assert child.connection.poll(PATIENCE)
    assert child.connection.recv() == "wake"
    assert child.exit_code is None
    assert child.send("end")
    child.end(PATIENCE)
    assert child.exit_code == 0
    assert not child.send("wake")


def test_one_that_reads_nothing_keeps_nobody_and_is_killed() -> None:
    from multiprocessing import Pipe

    ours, theirs = Pipe()
    child = ChildProcess(reads_when_it_is_given, theirs, name="tests-deaf")
    # Far more than the pipe holds: a call that waited would wait for ever.
    assert all(child.send("x" * 100) for _ in range(100_000))
    ours.send("go on")
    assert child.send("end", surely=True)
    assert child.connection.poll(PATIENCE)
    assert 0 < child.connection.recv() < 100_000
    child.end(PATIENCE)
    deaf = ChildProcess(reads_when_it_is_given, theirs, name="tests-deaf")
    deaf.end(0.0)
    assert deaf.exit_code == -9


def test_one_whose_pipe_is_full_is_ended_all_the_same() -> None:
    from multiprocessing import Pipe

    _, theirs = Pipe()
    child = ChildProcess(reads_when_it_is_given, theirs, name="tests-deaf")
    waiting = threading.Thread(target=lambda: [child.send("x" * 100_000, surely=True) for _ in range(100)], daemon=True)
    waiting.start()
    child.end(0.5)
    assert child.exit_code == -9
    waiting.join(PATIENCE)
    assert not waiting.is_alive()
