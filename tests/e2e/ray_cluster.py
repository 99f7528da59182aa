"""A Ray cluster of processes of the tests' own: a head and workers by ``ray start``, each ended by its process id."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.e2e.conftest import BINARIES, clean_environment, free_port

#: Below the range that the kernel gives out: a worker's port must not be taken by somebody else's connection. Nodes of
#: one host share no ports, and this is how many each may need.
_FIRST_WORKER_PORT, _WORKER_PORTS = 21_000, 500


def token_environment() -> dict[str, str]:
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
    }


@dataclass
class RayNodes:
    """What ``ray start`` left running."""

    environment: dict[str, str]
    folder: str
    gcs: int = field(default_factory=free_port)
    client: int = field(default_factory=free_port)
    host: str = field(default_factory=lambda: socket.gethostbyname(socket.gethostname()))
    processes: list["subprocess.Popen[str]"] = field(default_factory=list)

    def start(self, arguments: Sequence[str], tries: int = 6) -> None:
        """Start a node with what follows ``ray start``, and return once it is one.

        :param tries: Ray gives a node up that is not there within half a minute, which a busy machine may take.
        """
        first = _FIRST_WORKER_PORT + len(self.processes) * _WORKER_PORTS
        ports = [f"--min-worker-port={first}", f"--max-worker-port={first + _WORKER_PORTS - 1}"]
        process = subprocess.Popen(
            [str(BINARIES / "ray"), "start", *arguments, *ports],
            env=clean_environment() | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        assert process.stdout is not None
        seen: list[str] = []
        for line in process.stdout:
            seen.append(line)
            if "Ray runtime started" in line:
                # The pipe must go on being read: a full one would stop the node.
                threading.Thread(target=seen.extend, args=(process.stdout,), daemon=True).start()
                return
        process.wait(20)
        assert tries > 1, "".join(seen)
        self.start(arguments, tries - 1)

    def start_head(self, *arguments: str) -> None:
        self.start(
            (
                *("--head", "--block", f"--port={self.gcs}", f"--ray-client-server-port={self.client}"),
                *(f"--temp-dir={self.folder}", *arguments),
            )
        )

    def stop(self) -> None:
        """End the nodes, workers first, and what they may have left of their sessions."""
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait(20)


@contextmanager
def ray_nodes(environment: dict[str, str]) -> Iterator[RayNodes]:
    """No node yet; those that are started inside end with the block."""
    # Not pytest's own folder: the sockets in it have paths of 107 bytes at most.
    folder = tempfile.mkdtemp(prefix="ray-")
    nodes = RayNodes(environment, folder)
    try:
        yield nodes
    finally:
        nodes.stop()
        shutil.rmtree(folder, ignore_errors=True)
