"""What is written in one turn of the event loop leaves in one piece.

uvicorn writes an answer's head and its body one after the other. Each write is a call of the operating system and,
for the client, a packet to wake up for; together they are a good part of what a small answer costs.
"""

import asyncio
from typing import Any

#: Bytes that are held back at most. More leaves at once, so that the transport sees how much waits, and says so.
_MOST = 16 * 1024


class GatheredWrites:
    """A connection's transport, as an HTTP protocol uses it, that sends at the end of the loop's turn.

    :param transport: what it sends through; it keeps its protocol, and what is not asked for here is its own.
    :param loop: the running event loop.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Send it soon, together with what else is written until then."""
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held.append(data)
        self._size += len(data)
        if self._size > _MOST:
            self.flush()

    def flush(self) -> None:
        """Send what is held back."""
        if self._held:
            held, self._held, self._size = self._held, [], 0
            self.transport.write(b"".join(held) if len(held) > 1 else held[0])

    def write_eof(self) -> None:
        """Send what is held back, and that nothing more comes."""
        self.flush()
        self.transport.write_eof()

    def close(self) -> None:
        """Send what is held back, and close."""
        self.flush()
        self.transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)
