"""What is said of whole tables: repeated rows, empty columns, keys, constants and correlations."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.contract.profile import QualityErrorType, RecordSet
from airflow_provider_profiler.contract.statistics import CorrelationMethod, Method
from airflow_provider_profiler.profiling.correlated_columns import (
    correlated_columns,
    correlation_methods,
    left_out_note,
)
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.profiling.readers.reader import Column
from airflow_provider_profiler.profiling.statistics.correlations import MOST_COLUMNS

ROWS = """\
station,line,rides,note,zone
Omonia,1,10,,A
Omonia,1,10,,A
Syntagma,2,30,,A
Omonia,1,10,,A
Attiki,3,20,,A
"""


@pytest.fixture
def stations(bench: Any, of_name: Callable[..., RecordSet]) -> RecordSet:
    (bench.dataset / "stations.csv").write_text(ROWS)
    return of_name(bench.heavy(), "stations")


def test_rows_that_repeat_another_are_counted_and_told(stations: RecordSet) -> None:
    assert stations.duplicate_rows == 2
    assert stations.duplicate_rows_accuracy.method is Method.EXACT
    (repeated,) = [error for error in stations.quality if "repeat" in error.description]
    assert repeated.description.startswith("2 of 5 rows repeat another one in every column")
    assert (repeated.column, repeated.affected_rows) == ("", 2)
    assert repeated.error_type is QualityErrorType.CONSISTENCY_ERROR


def test_a_table_without_them_has_no_such_finding(bench: Any, of_name: Callable[..., RecordSet]) -> None:
    (bench.dataset / "t.csv").write_text("a,b\n1,2\n1,3\n")
    found = of_name(bench.heavy(), "t")
    assert found.duplicate_rows == 0
    assert found.quality == ()


def test_the_duplicates_of_a_real_table_are_those_of_pandas(bench: Any, shared_data: Any) -> None:
    source = shared_data / "subway_validations" / "subway_validations.csv"
    (bench.dataset / "subway.csv").write_bytes(source.read_bytes())
    frame = pd.read_csv(source, dtype=str, keep_default_na=False)
    # Small partitions: equal rows lie in different ones.
    for options in ({}, {"partition_bytes": 100_000}):
        (found,) = bench.heavy(**options).record_sets
        assert found.duplicate_rows == frame.duplicated().sum() == 6781
        assert found.empty_columns == ("dv_route", "routes_per_hour")
        mixed = [error for error in found.quality if "look alike" in error.description]
        assert [error.column for error in mixed] == ["dv_platenum_station"]
        names = frame.dv_platenum_station[frame.dv_platenum_station.str.contains("O") & frame.dv_platenum_station.str
                                          .contains("[Α-Ω]")]  # fmt: skip
        assert mixed[0].affected_rows == len(names)
        assert {example.value for example in mixed[0].examples} <= set(names)


def test_keys_and_constants_are_told(stations: RecordSet, bench: Any, of_name: Callable[..., RecordSet]) -> None:
    assert [field.name for field in stations.fields if field.is_constant] == ["zone"]
    assert not any(field.is_unique for field in stations.fields)
    (bench.dataset / "keys.csv").write_text("id,gap,one\n1,1,x\n2,,\n3,2,x\n")
    fields = {field.name: field for field in of_name(bench.heavy(), "keys").fields}
    assert [name for name, field in fields.items() if field.is_unique] == ["id"]
    assert not any(field.is_constant for field in fields.values())
    wide = "\n".join(str(number) for number in range(100))
    (bench.dataset / "many.csv").write_text(f"id\n{wide}\n")
    many = of_name(bench.heavy(statistics={"exact_values": 16}), "many").fields[0]
    assert not many.is_unique  # nobody counted them


@pytest.mark.parametrize("option", ["none", "pearson", "spearman", "both"])
@pytest.mark.parametrize("execution", [{}, {"columns_per_task": 1}])
def test_correlations_are_those_of_pandas(bench: Any, option: str, execution: dict[str, int]) -> None:
    frame = pd.DataFrame({"a": [1.0, 2, 3, 4, None] * 900, "name": list("xyzyx") * 900, "b": range(4500)})
    frame.to_csv(bench.dataset / "t.csv", index=False)
    light = bench.light(bench.options(partition_bytes=8192, statistics={"correlations": option}))
    options = light.profile.options
    options = options.model_copy(update={"execution": options.execution.model_copy(update=execution)})
    light = replace(light, profile=light.profile.model_copy(update={"options": options}))
    (table,) = ProfilingEngine().heavy(light, observer=NullObserver()).record_sets
    methods = correlation_methods(StatisticsOptions(correlations=option))
    assert [(item.first, item.second, item.method, item.rows) for item in table.correlations] == [
        ("a", "b", method, 3600) for method in methods
    ]
    for item in table.correlations:
        expected = frame[["a", "b"]].corr(item.method.value).loc["a", "b"]
        assert item.coefficient == pytest.approx(expected, abs=1e-12)
        assert item.accuracy.method is Method.EXACT


def test_columns_beyond_the_limit_are_told(bench: Any) -> None:
    names = [f"c{number}" for number in range(MOST_COLUMNS + 2)]
    rows = [",".join(str(number * place % 7) for place in range(len(names))) for number in range(9)]
    (bench.dataset / "wide.csv").write_text("\n".join([",".join(names), *rows]) + "\n")
    profile = bench.heavy(statistics={"correlations": "pearson"})
    assert len(profile.record_sets[0].correlations) == MOST_COLUMNS * (MOST_COLUMNS - 1) // 2
    (warning,) = [item for item in profile.warnings if item.code == "correlations_limited"]
    assert "first 100 of 102 columns" in warning.message


def test_a_column_of_too_many_texts_tells_the_shapes_of_a_sample(bench: Any) -> None:
    rows = "\n".join(f"AB-{number:05d}" for number in range(3000))
    (bench.dataset / "codes.csv").write_text(f"code\n{rows}\n")
    found = [
        bench.heavy(statistics={"exact_values": 100}, partition_bytes=size).record_sets[0].fields[0].statistics
        for size in (4096, 1 << 20)
    ]
    assert found[0].text == found[1].text
    assert found[0].text.characters.examined == 1024
    assert [(item.shape, item.count) for item in found[0].text.shapes] == [("AA-99999", 1024)]
    assert found[0].accuracy.shapes.method is found[0].accuracy.characters.method is Method.SAMPLE


def column(name: str, kind: str = "text", *, textual: bool = False) -> Column:
    return Column(name, name, kind, textual)


def test_columns_that_may_be_numbers_are_compared_up_to_a_limit() -> None:
    kinds = ("string", "int8", "uint64", "float", "double", "halffloat", "decimal128(10, 2)", "timestamp[us]", "bool",
             "dictionary<values=int64, indices=int8, ordered=0>", "int32 | int64", "interval")  # fmt: skip
    columns = [column(kind, kind) for kind in kinds]
    assert [kinds[place] for place in correlated_columns(columns)] == [*kinds[1:7], *kinds[9:11]]
    assert left_out_note(columns) is None
    texts = [column(str(number), textual=True) for number in range(MOST_COLUMNS + 1)]
    assert correlated_columns(texts) == tuple(range(MOST_COLUMNS))
    note = left_out_note(texts)
    assert note is not None
    assert "first 100 of 101 columns" in note
    assert left_out_note(texts[:-1]) is None


def test_the_methods_are_those_of_the_option() -> None:
    assert correlation_methods(StatisticsOptions()) == ()
    assert correlation_methods(StatisticsOptions(correlations="both")) == tuple(CorrelationMethod)
