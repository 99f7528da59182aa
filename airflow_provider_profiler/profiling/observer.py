"""Who watches the engine at work, and may stop it."""

from typing import Protocol

from airflow_provider_profiler.contract.job import StageName


class Stopped(Exception):
    """The observer wants no more: the engine gives up between two units of work and leaves nothing behind."""


class Observer(Protocol):
    """Is told how far the engine is. All calls come from the thread that called the engine."""

    def stage(self, name: StageName) -> None:
        """Another stage begins."""
        ...

    def advanced(self, *, rows: int, bytes: int, percent: float) -> None:
        """So much is done by now.

        :param rows: rows read so far, of all tables.
        :param bytes: bytes read so far.
        :param percent: share of the bytes of all files that are to be read, 0 to 100; it never falls.
        """
        ...

    def check(self) -> None:
        """Called between units of work.

        :raises Stopped: to give up.
        """
        ...


class NullObserver:
    """Watches nothing and stops nothing."""

    def stage(self, name: StageName) -> None:
        """Nobody watches."""

    def advanced(self, *, rows: int, bytes: int, percent: float) -> None:
        """Nobody watches."""

    def check(self) -> None:
        """Go on."""
