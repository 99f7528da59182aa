"""What has to be remembered of some rows of a table; the states of its partitions merge into that of the whole."""

from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import msgpack

from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.contract.statistics import Scalar
from airflow_provider_profiler.profiling.examples import EXAMPLE_ROWS
from airflow_provider_profiler.profiling.readers.reader import Rejected
from airflow_provider_profiler.profiling.statistics.column import ColumnState, decode_state, encode_state
from airflow_provider_profiler.profiling.statistics.correlations import CorrelationState
from airflow_provider_profiler.profiling.statistics.distinct_rows import DistinctRows
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering

REJECTED_EXAMPLES = 5
#: Raised with every change of what states hold or how they are written.
STATE_VERSION = 4

S = TypeVar("S", DistinctRows, CorrelationState)


@dataclass(frozen=True)
class TableState:
    """Rows, bytes, lines and the states of all columns."""

    columns: tuple[ColumnState, ...]
    rows: int = 0
    bytes_read: int = 0
    lines: int = 0
    """What the numbers of rows count: lines of the file, items of its array, or the rows that were read of it."""
    rejected: Rejected = field(default_factory=Rejected)
    examples: tuple[tuple[Scalar | None, ...], ...] = ()
    distinct_rows: DistinctRows | None = None
    """None where repeated rows are not counted."""
    correlations: CorrelationState | None = None
    """None where none are asked for."""

    def merge(self, other: "TableState") -> "TableState":
        """The state of these rows followed by the other's. Lines of the other's are counted on from here."""
        other = other.renumbered(Numbering(self.lines))
        rejected = Rejected(
            self.rejected.count + other.rejected.count,
            (self.rejected.examples + other.rejected.examples)[:REJECTED_EXAMPLES],
        )
        return TableState(
            columns=tuple(mine.merge(its) for mine, its in zip(self.columns, other.columns, strict=True)),
            rows=self.rows + other.rows,
            bytes_read=self.bytes_read + other.bytes_read,
            lines=self.lines + other.lines,
            rejected=rejected,
            examples=(self.examples + other.examples)[:EXAMPLE_ROWS],
            distinct_rows=_both(self.distinct_rows, other.distinct_rows),
            correlations=_both(self.correlations, other.correlations),
        )

    def renumbered(self, numbering: Numbering) -> "TableState":
        """The state of the same rows with other numbers."""
        if not numbering.changes:
            return self
        examples = tuple((line and numbering.of_one(line), text) for line, text in self.rejected.examples)
        return replace(
            self,
            columns=tuple(column.renumbered(numbering) for column in self.columns),
            rejected=replace(self.rejected, examples=examples),
            distinct_rows=None if self.distinct_rows is None else self.distinct_rows.renumbered(numbering),
        )


def _both(mine: S | None, theirs: S | None) -> S | None:
    return None if mine is None or theirs is None else mine.merge(theirs)


def encode_result(result: TableState | FileReason) -> bytes:
    """The result of one unit of work as bytes: a state, or why there is none."""
    if isinstance(result, FileReason):
        return _pack([STATE_VERSION, "failure", result.code.value, result.message])
    return _pack(
        [
            STATE_VERSION,
            "state",
            [encode_state(column) for column in result.columns],
            [result.rows, result.bytes_read, result.lines],
            [result.rejected.count, [list(example) for example in result.rejected.examples]],
            [list(row) for row in result.examples],
            None if result.distinct_rows is None else result.distinct_rows.encode(),
            None if result.correlations is None else result.correlations.encode(),
        ]
    )


def decode_result(encoded: bytes) -> TableState | FileReason:
    """Read a result back.

    :raises ValueError: when the bytes are not such a result, or are of another version.
    """
    try:
        version, kind, *parts = msgpack.unpackb(encoded)
        if version != STATE_VERSION or kind not in ("state", "failure"):
            raise ValueError(f"a result of version {version!r} and kind {kind!r}")
        if kind == "failure":
            code, message = parts
            return FileReason(code=code, message=message)
        columns, (rows, bytes_read, lines), (count, rejected), examples, distinct_rows, correlations = parts
        return TableState(
            columns=tuple(decode_state(column) for column in columns),
            rows=rows,
            bytes_read=bytes_read,
            lines=lines,
            rejected=Rejected(count, tuple((line, text) for line, text in rejected)),
            examples=tuple(tuple(row) for row in examples),
            distinct_rows=None if distinct_rows is None else DistinctRows.decode(distinct_rows),
            correlations=None if correlations is None else CorrelationState.decode(correlations),
        )
    except (msgpack.UnpackException, TypeError) as error:
        raise ValueError(f"not the result of a unit of work: {error}") from error


def _pack(value: Any) -> bytes:
    packed: bytes = msgpack.packb(value)
    return packed
