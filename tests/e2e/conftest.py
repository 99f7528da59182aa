"""Real processes for the end-to-end tests."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(sys.executable).parent
FOREIGN = (
    "AIRFLOW",
    "PROFILER_",
    "DATA_ROOT",
    "RAY_",
    "REDIS_",
    "MOUNT_POINT",
    "CDD_PROFILE",
    "ENABLE_AUTH",
    "BASE_URL",
)

T = TypeVar("T")


# Where the tests run in the background of a shell SIGINT is ignored, and would be by all that they start: Airflow and
# the demo could not be stopped.
signal.signal(signal.SIGINT, signal.default_int_handler)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return kept | {"PATH": os.pathsep.join((str(BINARIES), kept.get("PATH", "")))}


def eventually(look: Callable[[], T | None], *, seconds: float, what: str, every: float = 0.2) -> T:
    """What ``look`` finds, as soon as it finds something; for what nothing tells of itself.

    :param every: seconds from one look to the next.
    """
    patience = time.monotonic() + seconds
    while time.monotonic() < patience:
        found = look()
        if found:
            return found
        time.sleep(every)
    raise AssertionError(f"{what} did not come within {seconds:g} s")


@dataclass
class Served:
    """A ``dataset-profiler serve`` process."""

    process: "subprocess.Popen[str]"
    base_url: str
    lines: list[str] = field(default_factory=list)

    def kill(self) -> None:
        """The hard way."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Starts services on free ports; stops those that still run."""
    started: list[subprocess.Popen[str]] = []

    def start(**environment: str) -> Served:
        process = subprocess.Popen(
            [str(BINARIES / "dataset-profiler"), "serve", "--port", "0"],
            env=clean_environment() | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if found := re.search(r"http://[\d.]+:\d+", line):
                # The pipe must go on being read: a full one would stop the service.
                threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True).start()
                return Served(process, found.group(0), lines)
        raise AssertionError("the service did not start:\n" + "".join(lines))

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in started:
        try:
            process.wait(90)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def harbour_rows() -> int:
    """Rows of ``harbour``."""
    return 4_500_000


@pytest.fixture
def harbour(tmp_path: Path, harbour_rows: int) -> Path:
    """A dataset that takes some seconds to profile."""
    folder = tmp_path / "data" / "harbour"
    folder.mkdir(parents=True)
    numbers = random.Random(5)
    lines = [
        f"{numbers.randrange(10**9)},{numbers.random():.9f},berth {numbers.randrange(10**6)}\n" for _ in range(1000)
    ]
    with (folder / "calls.csv").open("w", encoding="utf-8") as file:
        file.write("ship,draught,berth\n")
        for _ in range(harbour_rows // 1000 // 3):
            file.writelines(lines)
    for number in (2, 3):  # more work on no more disk
        os.link(folder / "calls.csv", folder / f"calls_{number}.csv")
    return folder
