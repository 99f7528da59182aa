"""Where people find the rows of a table: in which of its files, and by which number therein."""

from collections.abc import Sequence
from dataclasses import dataclass

from airflow_provider_profiler.contract.profile import QualityExample


@dataclass(frozen=True)
class FileLines:
    """A file that a table is read from, and how many of the table's rows' numbers are of it."""

    path: str
    lines: int
    """See :attr:`~airflow_provider_profiler.profiling.table_state.TableState.lines`."""


@dataclass(frozen=True)
class RowPlaces:
    """The files of a table in the order in which their rows follow one another; none where it is but one."""

    files: Sequence[FileLines] = ()

    def example(self, value: str | None, row: int | None) -> QualityExample:
        """An offending value and where it stands.

        :param row: its number within the table; 0 or None where that is not known.
        """
        if not row:
            return QualityExample(value=value, row=None)
        before = 0
        for file in self.files:
            if row <= before + file.lines:
                return QualityExample(value=value, row=row - before, path=file.path)
            before += file.lines
        return QualityExample(value=value, row=None if self.files else row)
