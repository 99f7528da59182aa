"""A process and all that descend from it, as Linux's ``/proc`` tells of them.

Memory is counted so that nothing is forgotten and shared memory is not counted twice: anonymous and file-backed pages
of every process are added, and of shared memory (Ray's object store) only the largest mapping counts. Library code that
several processes map is counted in each of them, so that a tree is never made out smaller than it is.
"""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_KIB = 1024


@dataclass(frozen=True)
class ProcessMemory:
    """Bytes of one process; ``peak`` is the kernel's own high-water mark of all of them together."""

    anonymous: int
    file: int
    shared: int
    peak: int


class ProcessTree:
    """The processes below one, itself included. Those that end are simply no longer there."""

    def __init__(self, root: int) -> None:
        """Choose the process that all descend from."""
        self._root = root
        self._members: tuple[int, ...] = (root,)

    @property
    def members(self) -> tuple[int, ...]:
        """Process ids as of the last :meth:`refresh`, the root first."""
        return self._members

    def refresh(self) -> None:
        """Look again who is there."""
        children: dict[int, list[int]] = {}
        for folder in _PROC.iterdir():
            if folder.name.isdigit():
                with suppress(OSError, ValueError, IndexError):
                    pid = int(folder.name)
                    children.setdefault(int(_stat(pid)[1]), []).append(pid)
        found = [self._root]
        for pid in found:
            found.extend(children.get(pid, ()))
        self._members = tuple(found)

    def memory(self) -> dict[int, ProcessMemory]:
        """The memory of every member that is there."""
        found = {}
        for pid in self._members:
            with suppress(OSError, KeyError):  # ended, or ending and without memory already
                found[pid] = _memory(pid)
        return found

    def cpu_seconds(self) -> float:
        """Processor time of all members so far, with that of children that have ended and were waited for."""
        ticks = 0
        for pid in self._members:
            with suppress(OSError, ValueError, IndexError):
                ticks += sum(int(field) for field in _stat(pid)[11:15])
        return ticks / _TICKS

    def forget_peaks(self) -> None:
        """Have the kernel's high-water marks begin anew, where it lets us."""
        for pid in self._members:
            with suppress(OSError):
                (_PROC / str(pid) / "clear_refs").write_text("5", encoding="ascii")

    def kill(self) -> None:
        """End all members, and those of the root's process group that outlived their parents.

        To be called before the root is waited for: until then its number belongs to nobody else.
        """
        self.refresh()
        for pid in self._members:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        with suppress(OSError):
            os.killpg(self._root, signal.SIGKILL)


def busy_seconds(processors: Sequence[int]) -> float:
    """Seconds that some of the machine's processors were busy since it started, whoever had them.

    :param processors: their numbers.
    """
    busy = 0
    wanted = {f"cpu{number}" for number in processors}
    for line in (_PROC / "stat").read_text(encoding="ascii").splitlines():
        name, *fields = line.split()
        if name in wanted:
            user, nice, system, _idle, _waiting, *interrupts = (int(field) for field in fields[:8])
            busy += user + nice + system + sum(interrupts)
    return busy / _TICKS


def total(memory: dict[int, ProcessMemory]) -> int:
    """Bytes of all processes together, shared memory once."""
    each = memory.values()
    return sum(one.anonymous + one.file for one in each) + max((one.shared for one in each), default=0)


def _stat(pid: int) -> list[str]:
    """The fields after the command's name, which may hold anything: state, parent and so on."""
    return (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def _memory(pid: int) -> ProcessMemory:
    lines = (_PROC / str(pid) / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    sizes = {name: value for name, _, value in (line.partition(":") for line in lines)}
    anonymous, file, shared, peak = (
        int(sizes[name].split()[0]) * _KIB for name in ("RssAnon", "RssFile", "RssShmem", "VmHWM")
    )
    return ProcessMemory(anonymous, file, shared, peak)
