"""Processes that work for this one over a channel, kept while there is work and replaced when one is lost.

A process apart has a bound on its memory, and the kernel ends it when its time is up, whatever it hangs in. It also
ends when this process does.
"""

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakSet

from airflow_provider_profiler.profiling.isolation.messages import ChannelClosed, receive, send

_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import main; main(int(sys.argv[2]))"
_started: "WeakSet[ProcessesApart]" = WeakSet()


class ProcessLost(Exception):
    """A process ended over what it was asked.

    :param code: what it ended with, negative for a signal.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"the process ended with code {code}")
        self.code = code


class ProcessStopped(Exception):
    """A process was ended over what it was asked, for nobody is to be answered any more."""


class ProcessApart:
    """One process.

    :param module: of ours, whose ``main`` it runs with the descriptor of its channel.
    :param environment: all that it gets of one.
    :param nested: whether it starts processes and writes files with names: they are gone when it is.
    """

    def __init__(self, module: str, environment: Mapping[str, str], *, nested: bool = False) -> None:
        self.stopped = False
        self._folder = tempfile.mkdtemp(prefix="profiler-") if nested else None
        self.channel, theirs = socket.socketpair()
        try:
            with theirs:
                path = json.dumps([entry for entry in sys.path if entry])
                # Not by multiprocessing, which would run the main module of whoever profiles once more.
                self.process = subprocess.Popen(  # noqa: S603  (our own interpreter and our own code)
                    [sys.executable, "-I", "-c", _START.format(module=module), path, str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=dict(environment) | ({"TMPDIR": self._folder} if self._folder else {}),
                    # A group of its own: what it started can be ended when it was not able to do that.
                    start_new_session=nested,
                )
        except BaseException:
            self.channel.close()
            self.tidy()
            raise

    def end(self) -> int:
        """Let it go; its exit code."""
        self.channel.close()
        if self._folder:
            # Until the exit code is taken, no other group can have the number.
            os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
            os.killpg(self.process.pid, signal.SIGKILL)
        code = self.process.wait()
        self.tidy()
        return code

    def stop(self) -> None:
        """End it at once, whatever it does; whoever asked it lets it go."""
        self.stopped = True
        self.process.kill()

    def tidy(self) -> None:
        """Remove what it left in its folder."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


class ProcessesApart:
    """As many processes as are asked at a time.

    :param module: of ours, whose ``main`` they run.
    :param environment: gives the environment of a new one.
    :param nested: whether they start processes and write files with names.
    """

    def __init__(self, module: str, environment: Callable[[], Mapping[str, str]], *, nested: bool = False) -> None:
        self._module, self._environment, self._nested = module, environment, nested
        self._lock = threading.Lock()
        self.idle: list[ProcessApart] = []
        self._busy: set[ProcessApart] = set()
        _started.add(self)

    def ask(self, request: dict[str, Any], descriptor: int | None = None) -> dict[str, Any]:
        """The answer of one of them.

        :param descriptor: an open file that it gets too.
        :raises ProcessLost: when it ends over that.
        :raises ProcessStopped: when it was ended over that by :meth:`stop_all`.
        """
        while True:
            child, fresh = self._taken()
            try:
                send(child.channel, request, descriptor)
                answer, _ = receive(child.channel)
            except ChannelClosed:
                code = self._end(child)
                if child.stopped:
                    raise ProcessStopped from None
                # One that waited in vain for work ends by itself, maybe just when there was some.
                if code == 0 and not fresh:
                    continue
                raise ProcessLost(code) from None
            except BaseException:
                child.process.kill()
                self._end(child)
                raise
            with self._lock:
                self._busy.discard(child)
                self.idle.append(child)
            return answer

    def _taken(self) -> tuple[ProcessApart, bool]:
        """A process to ask, and whether it is a new one."""
        with self._lock:
            # Those that ended by themselves are forgotten here, and the operating system lets go of them.
            ended = [child for child in self.idle if child.process.poll() is not None]
            self.idle[:] = [child for child in self.idle if child not in ended]
            child = self.idle.pop() if self.idle else None
            if child is not None:
                self._busy.add(child)
        for one in ended:
            one.channel.close()
            one.tidy()
        if child is not None:
            return child, False
        child = ProcessApart(self._module, self._environment(), nested=self._nested)
        with self._lock:
            self._busy.add(child)
        return child, True

    def _end(self, child: ProcessApart) -> int:
        # Nobody stops it from here on: its number may soon be another's.
        with self._lock:
            self._busy.discard(child)
        return child.end()

    def end_all(self) -> None:
        """Let all idle ones go."""
        with self._lock:
            children = list(self.idle)
            self.idle.clear()
        for child in children:
            child.end()

    def stop_all(self) -> None:
        """Let all idle ones go, and end those that work at once."""
        with self._lock:
            for child in self._busy:
                child.stop()
        self.end_all()


@atexit.register
def end_all() -> None:
    """Let all idle processes go."""
    for processes in list(_started):
        processes.end_all()
