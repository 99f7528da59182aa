"""Wide tables in blocks of columns: the states of the blocks side by side are the state of the table."""

from dataclasses import replace

import pytest

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.profiling.column_blocks import column_blocks, side_by_side, without_totals
from airflow_provider_profiler.profiling.readers.reader import Rejected
from airflow_provider_profiler.profiling.statistics.column import ColumnAnalyzer
from airflow_provider_profiler.profiling.table_state import TableState


@pytest.mark.parametrize(
    ("columns", "per_task", "blocks"),
    [
        (5, None, ((0, 5),)),
        (5, 5, ((0, 5),)),
        (5, 9, ((0, 5),)),
        (5, 2, ((0, 2), (2, 4), (4, 5))),
        (4, 2, ((0, 2), (2, 4))),
        (0, 1, ((0, 0),)),
        (0, None, ((0, 0),)),
    ],
)
def test_blocks(columns: int, per_task: int | None, blocks: tuple[tuple[int, int], ...]) -> None:
    assert column_blocks(columns, per_task) == blocks


def state(columns: int, rows: int = 3, examples: int = 2) -> TableState:
    identity = ColumnAnalyzer(textual=True, options=StatisticsOptions(), partition_index=0).identity()
    return TableState(
        columns=(identity,) * columns,
        rows=rows,
        bytes_read=100,
        lines=rows,
        rejected=Rejected(1, ((2, "x"),)),
        examples=tuple((row,) * columns for row in range(examples)),
    )


def test_side_by_side_is_the_whole() -> None:
    blocks = [state(2), without_totals(state(1)), without_totals(state(2))]
    assert side_by_side(blocks) == state(5)


def test_other_rows_do_not_stand_side_by_side() -> None:
    with pytest.raises(ValueError, match="same rows"):
        side_by_side([state(1), state(1, rows=4)])
    with pytest.raises(ValueError, match="same rows"):
        side_by_side([state(1), replace(state(1), examples=())])
