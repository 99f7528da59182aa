"""What is given to be called later is called then, in order, and needs no thread where there is nothing."""

import logging
import threading
import time

from airflow_provider_profiler.jobs import late_writes
from airflow_provider_profiler.jobs.late_writes import LateWrites


def of_late_writes() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "late-writes"]


def test_each_is_called_after_its_time_and_in_order():
    late, called, done = LateWrites(0.05), [], threading.Event()
    before = time.monotonic()
    for number in range(3):
        late.add(lambda number=number: called.append((number, time.monotonic() - before)))
    late.add(done.set)
    assert done.wait(30)
    assert [number for number, _ in called] == [0, 1, 2]
    assert all(seconds >= 0.05 for _, seconds in called)


def test_what_fails_is_told_and_the_next_one_is_called(caplog):
    late, done = LateWrites(0.0), threading.Event()

    def broken() -> None:
        raise RuntimeError("it did not work")

    with caplog.at_level(logging.ERROR):
        late.add(broken)
        late.add(done.set)
        assert done.wait(30)
    assert "it did not work" in caplog.text


def test_its_thread_ends_and_begins_as_there_is_something_to_do(monkeypatch):
    monkeypatch.setattr(late_writes, "_IDLE_SECONDS", 0.01)
    late = LateWrites(0.0)
    for _ in range(3):
        done = threading.Event()
        late.add(done.set)
        assert done.wait(30)
        for thread in of_late_writes():
            thread.join(30)
            assert not thread.is_alive()


def test_threads_that_all_have_something_lose_nothing():
    late, called = LateWrites(0.001), []
    done = threading.Semaphore(0)

    def note(number: int) -> None:
        called.append(number)
        done.release()

    def give(first: int) -> None:
        for number in range(first, first + 200):
            late.add(lambda number=number: note(number))

    givers = [threading.Thread(target=give, args=(first,)) for first in (0, 1000, 2000)]
    for giver in givers:
        giver.start()
    for giver in givers:
        giver.join()
    for _ in range(600):
        assert done.acquire(timeout=30)
    assert sorted(called) == [*range(200), *range(1000, 1200), *range(2000, 2200)]
