"""Nothing that the demo starts outlives it, whenever it is interrupted."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.cli.demo.session_process import SessionProcess

SLEEPER = "import time; time.sleep(600)"
# Tells the id of a child of its own and forgets it on the signal to stop.
FORGETFUL = f"""
import signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {SLEEPER!r}])
print(child.pid, flush=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
print("ready", flush=True)
time.sleep(600)
"""


def process_of(code: str, tmp_path: Path) -> SessionProcess:
    return SessionProcess([sys.executable, "-c", code], os.environ, tmp_path / "log", signal.SIGTERM)


def runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def lines_of(log: Path, count: int) -> list[str]:
    while len(lines := log.read_text().splitlines() if log.exists() else []) < count:
        os.sched_yield()
    return lines


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_in_the_middle_of_the_start_loses_no_process(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            started.append(self.pid)
            signal.raise_signal(number)  # the process is there, its object not yet

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    process = process_of(SLEEPER, tmp_path)
    try:
        with pytest.raises(KeyboardInterrupt):
            process.start()
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
        assert process.running
    finally:
        process.stop()
        signal.signal(signal.SIGTERM, before)
    assert not process.running
    assert [runs(pid) for pid in started] == [False]


def test_what_a_stopped_process_forgets_is_ended_too(tmp_path: Path) -> None:
    process = process_of(FORGETFUL, tmp_path)
    process.start()
    forgotten = int(lines_of(process.log, 2)[0])
    assert runs(forgotten)
    process.stop()
    assert process.exit_code == 3  # it stopped in good order
    while runs(forgotten):  # a signal takes its moment; the test's own time-out is the bound
        os.sched_yield()


def test_a_process_that_never_started_can_be_stopped(tmp_path: Path) -> None:
    process = process_of(SLEEPER, tmp_path)
    process.stop()
    assert not process.running
    assert process.exit_code is None
