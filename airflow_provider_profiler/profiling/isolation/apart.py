"""Processes that work for this one over a channel, kept while there is work and replaced when one is lost.

A process apart has a bound on its memory, and the kernel ends it when its time is up, whatever it hangs in. It also
ends when this process does.
"""

import atexit
import json
import socket
import subprocess
import sys
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


class ProcessApart:
    """One process.

    :param module: of ours, whose ``main`` it runs with the descriptor of its channel.
    :param environment: all that it gets of one.
    """

    def __init__(self, module: str, environment: Mapping[str, str]) -> None:
        self.channel, theirs = socket.socketpair()
        with theirs:
            path = json.dumps([entry for entry in sys.path if entry])
            # Not by multiprocessing, which would run the main module of whoever profiles once more.
            self.process = subprocess.Popen(  # noqa: S603  (our own interpreter and our own code)
                [sys.executable, "-I", "-c", _START.format(module=module), path, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=dict(environment),
            )

    def end(self) -> int:
        """Let it go; its exit code."""
        self.channel.close()
        return self.process.wait()


class ProcessesApart:
    """As many processes as are asked at a time.

    :param module: of ours, whose ``main`` they run.
    :param environment: gives the environment of a new one.
    """

    def __init__(self, module: str, environment: Callable[[], Mapping[str, str]]) -> None:
        self._module, self._environment = module, environment
        self._lock = threading.Lock()
        self.idle: list[ProcessApart] = []
        _started.add(self)

    def ask(self, request: dict[str, Any], descriptor: int | None = None) -> dict[str, Any]:
        """The answer of one of them.

        :param descriptor: an open file that it gets too.
        :raises ProcessLost: when it ends over that.
        """
        while True:
            with self._lock:
                # Those that ended by themselves are forgotten here, and the operating system lets go of them.
                self.idle[:] = [child for child in self.idle if child.process.poll() is None]
                child = self.idle.pop() if self.idle else None
            fresh = child is None
            child = child or ProcessApart(self._module, self._environment())
            try:
                send(child.channel, request, descriptor)
                answer, _ = receive(child.channel)
            except ChannelClosed:
                code = child.end()
                # One that waited in vain for work ends by itself, maybe just when there was some.
                if code == 0 and not fresh:
                    continue
                raise ProcessLost(code) from None
            except BaseException:
                child.process.kill()
                child.end()
                raise
            with self._lock:
                self.idle.append(child)
            return answer

    def end_all(self) -> None:
        """Let all idle ones go."""
        with self._lock:
            children = list(self.idle)
            self.idle.clear()
        for child in children:
            child.end()


@atexit.register
def end_all() -> None:
    """Let all idle processes go."""
    for processes in list(_started):
        processes.end_all()
