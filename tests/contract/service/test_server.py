"""``serve`` as a program: where it listens, how it stops, and what it refuses to start with."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

PROGRAM = """
import resource
import sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
from airflow_provider_profiler.config.settings import load_settings
from airflow_provider_profiler.service.server import serve
sys.exit(serve(load_settings()))
"""


@pytest.fixture
def program(tmp_path: Path, data_root: Path) -> Iterator[Callable[..., subprocess.Popen]]:
    started = []

    def begin(**environment: str) -> subprocess.Popen:
        keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        given = {"PROFILER_HOME": str(tmp_path / "home"), "DATA_ROOT_PATH": str(data_root), "PROFILER_PORT": "0"}
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env={**keep, **given, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def address_of(process: subprocess.Popen) -> str:
    line = process.stdout.readline()
    found = re.search(r"http://\S+", line)
    assert found, (line, process.stderr.read())
    return found[0]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_tells_where_it_listens_and_stops_in_good_order(program, how):
    process = program()
    address = address_of(process)
    assert address.startswith("http://127.0.0.1:")
    assert httpx.get(f"{address}/monitoring/ready", timeout=60, trust_env=False).json() == {"status": "ready"}
    process.send_signal(how)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    assert "Traceback" not in log


def test_it_takes_as_many_descriptors_as_the_machine_allows(program):
    process = program()
    address_of(process)
    limits = Path(f"/proc/{process.pid}/limits").read_text("utf-8")
    found = re.search(r"^Max open files +(\d+) +(\d+)", limits, re.MULTILINE)
    assert found
    assert found[1] == found[2]


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"ENABLE_AUTH": "true"}, "PROFILER_AUTH_KEY"),
        ({"RAY_ADDRESS": "ray://192.0.2.99:10001"}, "REDIS_HOST"),
        ({"REDIS_HOST": "redis://cache"}, "REDIS_PORT"),
        ({"PROFILER_LOG_LEVEL": "LOUD"}, "PROFILER_LOG_LEVEL"),
        ({"PROFILER_HOST": "192.0.2.1"}, "PROFILER_HOST"),
        ({"PROFILER_HOST": "no.such.host.invalid"}, "PROFILER_HOST"),
    ],
)
def test_what_it_refuses_to_start_with(program, environment, told):
    process = program(**environment)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert out == ""
    assert told in err
    assert "Traceback" not in err


def test_a_port_that_is_taken(program):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = program(PROFILER_PORT=str(port))
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert str(port) in err
    assert "in use" in err


def test_a_home_that_cannot_be_used(program, tmp_path):
    (tmp_path / "file").write_text("")
    process = program(PROFILER_HOME=str(tmp_path / "file"))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert out == ""
    assert "set PROFILER_HOME to a folder" in err.strip().splitlines()[-1]


def test_listening_to_everyone_without_authentication_warns(program):
    process = program(PROFILER_HOST="0.0.0.0")
    address_of(process)
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=60)
    assert "Authentication is off" in log
    assert process.returncode == 0
