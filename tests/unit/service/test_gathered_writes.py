"""What is written in one turn of the event loop leaves in one piece, in order, and nothing is held back for long."""

import asyncio
from typing import Any

from airflow_provider_profiler.service.gathered_writes import GatheredWrites


class Told:
    """A transport that notes what it is told."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def write(self, data: bytes) -> None:
        self.calls.append(data)

    def write_eof(self) -> None:
        self.calls.append("eof")

    def close(self) -> None:
        self.calls.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.calls


def gathered(told: Any) -> GatheredWrites:
    return GatheredWrites(told, asyncio.get_running_loop())


def test_what_is_written_in_one_turn_leaves_at_its_end() -> None:
    async def main() -> None:
        told = Told()
        writes = gathered(told)
        writes.write(b"head ")
        writes.write(b"body")
        assert told.calls == []
        await asyncio.sleep(0)
        assert told.calls == [b"head body"]
        writes.write(b"alone")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert told.calls == [b"head body", b"alone"]

    asyncio.run(main())


def test_much_is_not_held_back() -> None:
    async def main() -> None:
        told = Told()
        writes = gathered(told)
        writes.write(b"head ")
        writes.write(b"x" * 100_000)
        assert told.calls == [b"head " + b"x" * 100_000]
        writes.write(b"rest")
        await asyncio.sleep(0)
        assert told.calls[1:] == [b"rest"]

    asyncio.run(main())


def test_what_is_held_back_leaves_before_the_end() -> None:
    async def main() -> None:
        ended, closed = Told(), Told()
        writes = gathered(ended)
        writes.write(b"last words")
        writes.write_eof()
        assert ended.calls == [b"last words", "eof"]
        writes = gathered(closed)
        writes.write(b"last words")
        writes.close()
        await asyncio.sleep(0)
        assert closed.calls == [b"last words", "closed"]
        assert writes.is_closing()

    asyncio.run(main())
