"""The load on the service: what clients send, what they count, and what the report says of it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from benchmarks.service.__main__ import markdown
from benchmarks.service.load import Answered, Order, work
from benchmarks.service.measurements import Measurement


def carried_out(handler: Callable[[web.Request], Awaitable[web.Response]], **order: object) -> Answered:
    async def main() -> Answered:
        application = web.Application()
        application.router.add_route("*", "/{rest:.*}", handler)
        async with TestServer(application) as server:
            return await work(Order(str(server.make_url("")), **order))  # type: ignore[arg-type]

    return asyncio.run(main())


def test_each_body_is_submitted_once() -> None:
    seen: Counter[int] = Counter()

    async def take(request: web.Request) -> web.Response:
        number = (await request.json())["number"]
        seen[number] += 1
        if number == 7:
            return web.Response(status=429)
        return web.json_response({"job_id": f"job-{number}"})

    answered = carried_out(take, connections=4, bodies=tuple({"number": number} for number in range(20)))
    assert seen == dict.fromkeys(range(20), 1)
    assert (answered.requests, answered.errors) == (20, 1)
    assert sorted(answered.jobs) == sorted(f"job-{number}" for number in range(20) if number != 7)


def test_a_paced_load_does_not_wait_for_answers() -> None:
    async def main() -> Answered:
        waiting = asyncio.Event()
        arrived = 0

        async def slow(_: web.Request) -> web.Response:
            nonlocal arrived
            arrived += 1
            if arrived == 30:
                waiting.set()
            # Answered only when all have come: who waits for an answer before the next request waits for ever.
            await waiting.wait()
            return web.Response()

        application = web.Application()
        application.router.add_get("/state", slow)
        async with TestServer(application) as server:
            order = Order(str(server.make_url("")), seconds=0.1, rate=300.0, connections=100, paths=("/state",))
            return await asyncio.wait_for(work(order), 60)

    answered = asyncio.run(main())
    assert (answered.requests, answered.errors) == (30, 0)
    assert answered.p50 <= answered.p99 <= answered.worst


def test_clients_in_a_hurry_ask_for_all_paths() -> None:
    seen: Counter[str] = Counter()

    async def state(request: web.Request) -> web.Response:
        seen[request.path] += 1
        return web.Response()

    answered = carried_out(state, seconds=0.2, connections=2, paths=("/a", "/b", "/c", "/d"))
    assert set(seen) <= {"/a", "/b", "/c", "/d"}
    assert len(seen) >= 2
    assert answered.requests == seen.total()


@pytest.mark.parametrize(
    ("value", "aim", "at_least", "met"),
    [(20.0, 20.0, True, True), (19.0, 20.0, True, False), (19.0, 20.0, False, True), (1.0, None, True, None)],
)
def test_an_aim_is_met_or_missed(value: float, aim: float | None, at_least: bool, met: bool | None) -> None:
    measurement = Measurement("jobs", value, "jobs/s", aim, at_least, {"failed": 0})
    assert measurement.met is met
    report = markdown({"processor": "two"}, [measurement])
    assert ("**missed**" in report) is (met is False)
    assert "| jobs |" in report
