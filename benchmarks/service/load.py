"""The clients, in a process of their own: ``python -m benchmarks.service.load`` reads an order and answers in JSON."""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp

_OK = 200


@dataclass(frozen=True)
class Order:
    """What the clients are to do."""

    base_url: str
    seconds: float = 10.0
    connections: int = 16
    rate: float | None = None
    """Requests a second, sent at their moments whether answers come or not; None: each client as fast as it can."""
    paths: tuple[str, ...] = ()
    """Asked for in turn."""
    bodies: tuple[dict[str, Any], ...] = ()
    """Submitted, each once, as fast as the clients can."""


@dataclass(frozen=True)
class Answered:
    """What came of it."""

    requests: int
    errors: int
    """Answers other than 200, and none at all."""
    wall: float
    """Seconds."""
    p50: float
    """Seconds from the moment at which a request was to be sent to the end of its answer; so are the others."""
    p99: float
    worst: float
    jobs: tuple[str, ...] = ()
    """Ids of the jobs that were submitted."""


async def work(order: Order) -> Answered:
    """Send everything."""
    times: list[float] = []
    errors = 0
    jobs: list[str] = []
    connector = aiohttp.TCPConnector(limit=order.connections)
    async with aiohttp.ClientSession(order.base_url, connector=connector) as session:

        async def one(due: float, method: str, path: str, body: dict[str, Any] | None = None) -> None:
            nonlocal errors
            try:
                async with session.request(method, path, json=body) as answer:
                    text = await answer.read()
                    if answer.status != _OK:
                        errors += 1
                    elif body is not None:
                        jobs.append(json.loads(text)["job_id"])
            except (aiohttp.ClientError, TimeoutError):
                errors += 1
            times.append(time.perf_counter() - due)

        began = time.perf_counter()
        if order.bodies:
            await _submitting(order, one)
        elif order.rate is None:
            await _hurrying(order, one, began)
        else:
            await _paced(order, one, began)
        wall = time.perf_counter() - began
    times.sort()
    return Answered(
        requests=len(times),
        errors=errors,
        wall=wall,
        p50=_quantile(times, 0.5),
        p99=_quantile(times, 0.99),
        worst=times[-1] if times else 0.0,
        jobs=tuple(jobs),
    )


One = Callable[..., Awaitable[None]]


async def _submitting(order: Order, one: One) -> None:
    waiting = iter(order.bodies)

    async def client() -> None:
        for body in waiting:
            await one(time.perf_counter(), "POST", "/profiler/trigger_profile", body)

    await asyncio.gather(*(client() for _ in range(order.connections)))


async def _hurrying(order: Order, one: One, began: float) -> None:
    async def client(number: int) -> None:
        while (now := time.perf_counter()) < began + order.seconds:
            await one(now, "GET", order.paths[number % len(order.paths)])
            number += order.connections

    await asyncio.gather(*(client(number) for number in range(order.connections)))


async def _paced(order: Order, one: One, began: float) -> None:
    """Requests that come when they come: a slow answer keeps none of the next ones from being sent."""
    rate = order.rate or 1.0
    under_way: set[asyncio.Task[None]] = set()
    for number in range(int(order.seconds * rate)):
        due = began + number / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        task = asyncio.ensure_future(one(due, "GET", order.paths[number % len(order.paths)]))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)


def _quantile(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(share * len(times)))] if times else 0.0


def main() -> int:
    """Carry out the order on standard input."""
    given = json.load(sys.stdin)
    order = Order(**{**given, "paths": tuple(given["paths"]), "bodies": tuple(given["bodies"])})
    json.dump(asdict(asyncio.run(work(order))), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
