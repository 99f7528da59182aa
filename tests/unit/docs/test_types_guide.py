"""The guide to types says what is found: every row of its table is a column."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.profiling.semantics.column_type import describe
from airflow_provider_profiler.profiling.semantics.month_names import ZONE_MINUTES
from airflow_provider_profiler.profiling.semantics.votes import WINNING_SHARE
from airflow_provider_profiler.profiling.statistics.column import ColumnAnalyzer

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "types.md").read_text(encoding="utf-8")
NAMES = {
    DataType.TEXT: "text",
    DataType.INTEGER: "integer",
    DataType.FLOAT: "float",
    DataType.BOOLEAN: "boolean",
    DataType.DATE: "date",
    DataType.DATE_TIME: "date and time",
    DataType.TIME: "time",
}
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in GUIDE.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_columns_have_the_types_of_the_table(row: list[str]) -> None:
    values, kind, first, why = row
    options = StatisticsOptions()
    analyzer = ColumnAnalyzer(textual=True, options=options, partition_index=0)
    found = describe(analyzer.analyze(pa.array(re.findall("`(.*?)`", values), pa.string())), options)
    assert NAMES[found.data_type] == kind
    shown = [str(value).lower() if isinstance(value, bool) else str(value) for value in found.sample]
    assert shown == re.findall("`(.*?)`", first)
    unit = re.search("`unit` .*?`(.*?)`(?:;|$)", why)
    assert found.unit == (re.findall("`(.*?)`", why)[-1] if unit else None)


def test_the_table_is_there_and_the_numbers_are_those_of_the_code() -> None:
    assert len(ROWS) > 35
    assert f"at least {WINNING_SHARE:.0%}".replace("%", " %") in GUIDE
    for zone in ("UTC", "GMT", "UT", "EST", "PDT", "WET", "CET", "EET", "MSK", "JST"):
        assert zone in ZONE_MINUTES
        assert zone in GUIDE
