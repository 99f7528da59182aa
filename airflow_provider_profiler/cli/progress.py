"""The engine's progress on a terminal: a bar for all of it, and one for each file that is under way."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.profiling.observer import NullObserver, Observer
from airflow_provider_profiler.render.text import clipped, printable

_DOING = {
    StageName.DISCOVER: "looking at files",
    StageName.LIGHT: "light profile",
    StageName.READ: "reading",
    StageName.HEAVY: "heavy profile",
    StageName.MERGE: "heavy profile",
    StageName.RENDER: "writing",
    StageName.PUBLISH: "writing",
}
_NAME_WIDTH = 36
#: Files with a bar of their own at a time: more lines than a terminal has would flicker.
_MOST_BARS = 8


class BarObserver(NullObserver):
    """Moves the bars."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._all = progress.add_task("starting", total=100.0, read="")
        self._bars: dict[str, TaskID] = {}

    def stage(self, name: StageName) -> None:
        """Show what is being done."""
        self._progress.update(self._all, description=_DOING[name])

    def advanced(self, *, rows: int, bytes: int, percent: float) -> None:
        """Show how far it is."""
        self._progress.update(self._all, completed=percent, read=_read(rows, bytes))

    def table_started(self, name: str) -> None:
        """Show a file that begins."""
        if name not in self._bars and len(self._bars) < _MOST_BARS:
            shown = f"  {escape(clipped(printable(name), _NAME_WIDTH))}"
            self._bars[name] = self._progress.add_task(shown, total=100.0, read="")

    def table_advanced(self, name: str, *, rows: int, bytes: int, percent: float) -> None:
        """Show how far a file is."""
        if name in self._bars:
            self._progress.update(self._bars[name], completed=percent, read=_read(rows, bytes))

    def table_finished(
        self,
        name: str,
        *,
        rows: int = 0,  # noqa: ARG002
        bytes: int = 0,  # noqa: ARG002
        reason: FileReason | None = None,  # noqa: ARG002
        reused: bool = False,  # noqa: ARG002
    ) -> None:
        """Make room for the next one."""
        if (bar := self._bars.pop(name, None)) is not None:
            self._progress.remove_task(bar)

    def check(self) -> None:
        """Go on: an interrupt from the keyboard arrives as an exception of its own."""


def _read(rows: int, bytes: int) -> str:
    return f"{rows:,} rows, {decimal(bytes)}"


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Observer]:
    """An observer for the engine.

    :param shown: draw bars on standard error, if that is a terminal.
    """
    console = Console(stderr=True)
    if not shown or not console.is_terminal:
        yield NullObserver()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[read]}"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield BarObserver(progress)
