"""Who watches the engine at work, and may stop it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.contract.stage_graph import VertexKind


class Stopped(Exception):
    """The observer wants no more: the engine gives up between two units of work and leaves nothing behind."""


@dataclass(frozen=True)
class ExpectedTable:
    """A table that is going to be read; a document or an image is told like a table without rows."""

    name: str
    """Unique among all that is read of a dataset: the path of the file, and the table's own name where it has many."""
    kind: VertexKind = VertexKind.TABLE


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

    def tables_expected(self, tables: Sequence[ExpectedTable]) -> None:
        """These are going to be read in the stage that is under way."""
        ...

    def table_started(self, name: str) -> None:
        """The first piece of a table was given to be read; where many wait for a processor, it waits as well."""
        ...

    def table_advanced(self, name: str, *, rows: int, bytes: int, percent: float) -> None:
        """So much of a table is read by now.

        :param percent: share of its pieces, 0 to 100.
        """
        ...

    def table_finished(
        self, name: str, *, rows: int = 0, bytes: int = 0, reason: FileReason | None = None, reused: bool = False
    ) -> None:
        """The last piece of a table has come in, or it was given up.

        It may be told again with a reason: a table that was read may turn out to be one that cannot be described.

        :param rows: rows that were read of it.
        :param bytes: bytes that were read of it.
        :param reason: why it was given up.
        :param reused: it was not read, for nothing has changed since it was.
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

    def tables_expected(self, tables: Sequence[ExpectedTable]) -> None:
        """Nobody watches."""

    def table_started(self, name: str) -> None:
        """Nobody watches."""

    def table_advanced(self, name: str, *, rows: int, bytes: int, percent: float) -> None:
        """Nobody watches."""

    def table_finished(
        self, name: str, *, rows: int = 0, bytes: int = 0, reason: FileReason | None = None, reused: bool = False
    ) -> None:
        """Nobody watches."""

    def check(self) -> None:
        """Go on."""
