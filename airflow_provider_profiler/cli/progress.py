"""The engine's progress as a bar on the terminal; nothing where nobody watches."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.profiling.observer import NullObserver, Observer

_DOING = {
    StageName.DISCOVER: "looking at files",
    StageName.LIGHT: "light profile",
    StageName.READ: "reading",
    StageName.HEAVY: "heavy profile",
    StageName.MERGE: "heavy profile",
    StageName.RENDER: "writing",
    StageName.PUBLISH: "writing",
}


class BarObserver(NullObserver):
    """Moves one bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def stage(self, name: StageName) -> None:
        """Show what is being done."""
        self._progress.update(self._task, description=_DOING[name])

    def advanced(self, *, rows: int, bytes: int, percent: float) -> None:
        """Show how far it is."""
        self._progress.update(self._task, completed=percent, rows=f"{rows:,} rows, {decimal(bytes)}")

    def check(self) -> None:
        """Go on: an interrupt from the keyboard arrives as an exception of its own."""


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Observer]:
    """An observer for the engine.

    :param shown: draw a bar on standard error, if that is a terminal.
    """
    console = Console(stderr=True)
    if not shown or not console.is_terminal:
        yield NullObserver()
        return
    columns = (
        TextColumn("{task.description:<18}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[rows]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield BarObserver(progress, progress.add_task("starting", total=100.0, rows=""))
