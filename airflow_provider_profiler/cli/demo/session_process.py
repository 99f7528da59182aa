"""A process that leads a session of its own, and of which nothing is left once it was stopped."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

#: Seconds within which a process must have ended after it was asked to.
STOP_PATIENCE = 60.0
_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)


class SessionProcess:
    """A process with everything that it starts; not running yet.

    A session of its own keeps Ctrl-C in the terminal from reaching it: it is stopped by us alone, in good order.

    :param command: the program and its arguments.
    :param environment: its environment, whole.
    :param log: file to which all that it prints is added.
    :param stop_signal: the signal on which it stops in good order.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, stop_signal: signal.Signals
    ) -> None:
        self.log = log
        self._command = command
        self._environment = environment
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; an interrupt in the middle is raised once it can be stopped again."""
        with self.log.open("ab") as output, _interrupts_held():
            self._process = subprocess.Popen(  # noqa: S603
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def exit_code(self) -> int | None:
        """Its exit code; None while it runs or before it was started."""
        return self._process.poll() if self._process else None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Ask it to stop, wait for that, and end what is left of its session; harmless where nothing runs."""
        if self._process is None:
            return
        try:
            if self.running:
                self._process.send_signal(self._stop_signal)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(STOP_PATIENCE)
        finally:
            # Also after a stop in good order: a process interrupted while it starts others may forget some of them.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Keep interrupts back: one that broke off the start of a process would leave it running and unknown to us.

    The handlers are swapped rather than the signals masked, because a mask is handed down to the process.
    """
    held: list[tuple[int, FrameType | None]] = []
    before = {number: signal.signal(number, lambda *args: held.append(args)) for number in _INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if held:
        signal.raise_signal(held[0][0])
