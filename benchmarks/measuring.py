"""Wall time, processor time and memory of a contender's process and of all that descend from it.

The clock runs in the contender's process, from the call to its return: the start of the interpreter, imports, pools
and a first small file are reported beside. Memory is looked at every 20 ms while the clock runs, and the kernel's own
high-water mark of each process, begun anew when the clock starts, sees to it that no peak between two looks is missed.
"""

import json
import os
import select
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import IO, Any

from benchmarks.process_tree import ProcessTree, busy_seconds, total

LOOK_SECONDS = 0.02
#: Looks at memory between two looks at who is there: that one reads all of /proc.
_LOOKS_BETWEEN = 10
_START_LIMIT_SECONDS = 120.0
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Bench:
    """Where and how long contenders run.

    :param workers: threads or processes of each at a time.
    :param processors: numbers of the processors that they may use.
    :param time_limit: seconds after which one is given up.
    """

    workers: int
    processors: tuple[int, ...]
    time_limit: float = 300.0


@dataclass(frozen=True)
class Measurement:
    """One run.

    :param start_seconds: until the contender was ready: interpreter, imports, pools, and what is profiled before.
    :param wall_seconds: of each repeat of the work.
    :param cpu_seconds: of all processes over all repeats.
    :param others_share: what other processes had of the processors meanwhile, as a share of their time.
    :param before_bytes: memory of all processes when it was ready.
    :param peak_bytes: the most memory of all processes at a time while the clock ran.
    :param largest_child_bytes: the peak of the largest process below the first; zero where there is none.
    :param phases: seconds of the parts of the last repeat.
    :param failure: why there are no numbers; None where there are.
    """

    start_seconds: float = 0.0
    wall_seconds: tuple[float, ...] = ()
    cpu_seconds: float = 0.0
    others_share: float = 0.0
    before_bytes: int = 0
    peak_bytes: int = 0
    largest_child_bytes: int = 0
    phases: dict[str, float] = field(default_factory=dict)
    failure: str | None = None


class _Failed(Exception):
    """The contender gave no answer."""


@dataclass
class _Peaks:
    tree: int = 0
    first: int = 0
    child: int = 0


def measure(
    contender: str, file: Path, first: Path, bench: Bench, *, repeats: int = 1, facts: Path | None = None
) -> Measurement:
    """Run a contender over a file in a process of its own.

    :param contender: a name of :data:`~benchmarks.contenders.contender.CONTENDERS`.
    :param first: a small file of the same kind that the process profiles before the clock runs.
    :param repeats: how many times within the process the file is profiled.
    :param facts: file for what the contender says of the table.
    :return: the numbers, or the reason why there are none; never raises for what the contender does.
    """
    options: dict[str, Any] = {
        "workers": bench.workers,
        "processors": ",".join(map(str, bench.processors)),
        "repeats": repeats,
        "first": first,
        **({"facts": facts} if facts else {}),
    }
    command = [sys.executable, "-m", "benchmarks.child", contender, str(file)]
    command += [part for name, value in options.items() for part in (f"--{name}", str(value))]
    with tempfile.TemporaryFile() as errors:
        begun = monotonic()
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, cwd=_ROOT, start_new_session=True
        )
        tree = ProcessTree(process.pid)
        try:
            return _watched(process, tree, begun, bench)
        except _Failed as failed:
            _end(process, tree)
            return Measurement(failure=str(failed) or _last_line(errors))
        finally:
            _end(process, tree)


def _end(process: subprocess.Popen[bytes], tree: ProcessTree) -> None:
    if process.returncode is None:
        tree.kill()
    process.communicate()


def _watched(process: subprocess.Popen[bytes], tree: ProcessTree, begun: float, bench: Bench) -> Measurement:
    _answer(process, _START_LIMIT_SECONDS + bench.time_limit)
    start_seconds = monotonic() - begun
    tree.refresh()
    before = total(tree.memory())
    tree.forget_peaks()
    cpu_before, busy_before = tree.cpu_seconds(), busy_seconds(bench.processors)
    peaks = _Peaks()
    _go_on(process)
    told = _answer(process, bench.time_limit, tree, peaks)
    tree.refresh()
    _look(tree, peaks)
    cpu = tree.cpu_seconds() - cpu_before
    others = max(0.0, busy_seconds(bench.processors) - busy_before - cpu)
    _go_on(process)
    try:
        if process.wait(_START_LIMIT_SECONDS):
            raise _Failed
    except subprocess.TimeoutExpired:
        raise _Failed("did not end after its work") from None
    return Measurement(
        start_seconds=start_seconds,
        wall_seconds=tuple(told["walls"]),
        cpu_seconds=cpu,
        others_share=others / (len(bench.processors) * sum(told["walls"])),
        before_bytes=before,
        peak_bytes=max(peaks.tree, peaks.first),
        largest_child_bytes=peaks.child,
        phases=told["phases"],
    )


def _answer(
    process: subprocess.Popen[bytes], limit: float, tree: ProcessTree | None = None, peaks: _Peaks | None = None
) -> Any:
    """The next line that the process says; its memory is looked at while it is waited for.

    :raises _Failed: when it ends without one, or says none in time.
    """
    assert process.stdout is not None
    until = monotonic() + limit
    line = b""
    looks = 0
    while not line.endswith(b"\n"):
        readable, _, _ = select.select([process.stdout], [], [], LOOK_SECONDS)
        if readable:
            said = os.read(process.stdout.fileno(), 65_536)
            if not said:
                raise _Failed
            line += said
        elif monotonic() > until:
            raise _Failed(f"took longer than {limit:g} s")
        elif tree is not None and peaks is not None:
            looks += 1
            if looks % _LOOKS_BETWEEN == 0:
                tree.refresh()
            _look(tree, peaks)
    return json.loads(line)


def _look(tree: ProcessTree, peaks: _Peaks) -> None:
    memory = tree.memory()
    first = tree.members[0]
    peaks.tree = max(peaks.tree, total(memory))
    for pid, each in memory.items():
        if pid == first:
            peaks.first = max(peaks.first, each.peak)
        else:
            peaks.child = max(peaks.child, each.peak)


def _go_on(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.flush()


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = [line.strip() for line in errors.read().decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "ended without a word"
