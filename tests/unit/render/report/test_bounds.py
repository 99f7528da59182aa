"""How many pages are made at a time."""

import asyncio
import threading

import pytest

from airflow_provider_profiler.render.report.bounds import PageBound, TooManyPages


def test_few_at_a_time_and_no_more_waiting_than_are_borne() -> None:
    bound = PageBound(at_once=2, waiting=1)
    go_on, inside, most = threading.Event(), 0, 0
    lock = threading.Lock()

    def make() -> str:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        assert go_on.wait(30)
        with lock:
            inside -= 1
        return "page"

    async def ask() -> list[str]:
        pages = [asyncio.create_task(bound.run(make)) for _ in range(3)]
        while inside < 2:
            await asyncio.sleep(0)
        with pytest.raises(TooManyPages):
            await bound.run(make)
        go_on.set()
        made = await asyncio.gather(*pages)
        return [*made, await bound.run(make)]

    assert asyncio.run(ask()) == ["page"] * 4
    assert most == 2


def test_nobody_takes_more_than_half_of_the_places() -> None:
    bound = PageBound(at_once=1, waiting=3)
    go_on, begun = threading.Event(), asyncio.Event()

    async def ask() -> list[str]:
        loop = asyncio.get_running_loop()

        def make() -> str:
            loop.call_soon_threadsafe(begun.set)
            assert go_on.wait(30)
            return "page"

        pages = [asyncio.create_task(bound.run(make, whose)) for whose in ("one", "one")]
        await begun.wait()
        with pytest.raises(TooManyPages):
            await bound.run(make, "one")
        # What is left is for others, and for those of whom it is not known who they are.
        pages += [asyncio.create_task(bound.run(make, whose)) for whose in ("other", "")]
        await asyncio.sleep(0)
        with pytest.raises(TooManyPages):
            await bound.run(make, "third")
        go_on.set()
        made = await asyncio.gather(*pages)
        return [*made, await bound.run(make, "one")]

    assert asyncio.run(ask()) == ["page"] * 5


def test_a_page_that_fails_leaves_its_place() -> None:
    bound = PageBound(at_once=1, waiting=0)

    def fail() -> None:
        raise ValueError("no page")

    async def ask() -> None:
        for _ in range(3):
            with pytest.raises(ValueError, match="no page"):
                await bound.run(fail)

    asyncio.run(ask())
