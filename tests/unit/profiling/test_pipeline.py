"""Threads within one unit of work: batches in their order, one read ahead, errors at their place."""

import threading
from collections.abc import Iterator

import pytest

from airflow_provider_profiler.profiling.pipeline import pipeline


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_items_and_results_stay_in_their_order(threads: int) -> None:
    with pipeline(threads) as work:
        assert list(work.ahead(iter(range(100)))) == list(range(100))
        assert work.map(lambda item: item * item, range(50)) == [item * item for item in range(50)]


def test_the_next_item_is_made_while_this_one_is_worked_on() -> None:
    made = [threading.Event() for _ in range(3)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    with pipeline(2) as work:
        for number in work.ahead(items()):
            following = min(number + 1, 2)
            assert made[following].wait(10)
            if number == 0:
                assert not made[2].is_set()


@pytest.mark.parametrize("threads", [1, 3])
def test_what_reading_raises_is_raised_behind_the_items_before(threads: int) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("torn")

    seen = []
    with pytest.raises(OSError, match="torn"), pipeline(threads) as work:
        for item in work.ahead(items()):
            seen.append(item)
    assert seen == [1]


def test_no_thread_is_left_behind() -> None:
    # Other threads of the tests' process may begin and end meanwhile.
    before = set(threading.enumerate())
    with pipeline(4) as work:
        next(work.ahead(iter(range(1000))))
        work.map(str, range(100))
        made = set(threading.enumerate()) - before
        assert any(thread.name.startswith("profiling-columns") for thread in made)
    assert not [thread for thread in made if thread.name.startswith("profiling-columns") and thread.is_alive()]
