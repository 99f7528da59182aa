"""An exact answer has no error, and a wrong one the error that it has."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.accuracy import accuracies
from benchmarks.exact import ExactColumn, exact_columns
from benchmarks.facts import QUANTILES, Bin, ColumnFacts, TableFacts

VALUES = np.arange(100.0)
COLUMN = ExactColumn("level", 3, 100, VALUES)


def accuracy(**said: object) -> object:
    facts = ColumnFacts("level", **{"missing": 3, "distinct": 100, "minimum": 0.0, "maximum": 99.0, **said})
    return accuracies({"one": TableFacts(103, (facts,))}, [COLUMN], 103)["one"]


@given(st.lists(st.integers(-50, 50) | st.floats(-1e6, 1e6), min_size=1, max_size=80))
def test_numpys_answer_has_no_error(numbers: list[float]) -> None:
    values = np.sort(np.array(numbers, dtype=float))
    counts, edges = np.histogram(values, 10)
    facts = ColumnFacts(
        "level",
        missing=0,
        distinct=len(set(numbers)),
        minimum=values[0],
        maximum=values[-1],
        mean=float(np.mean(values)),
        quantiles=tuple((share, float(np.quantile(values, share))) for share in QUANTILES),
        histogram=tuple(Bin(*each) for each in zip(edges[:-1], edges[1:], counts, strict=True)),
    )
    column = ExactColumn("level", 0, len(set(numbers)), values)
    found = accuracies({"numpy": TableFacts(len(numbers), (facts,))}, [column], len(numbers))["numpy"]
    assert (found.rows_off, found.missing_off, found.extremes_wrong, found.distinct_error) == (0, 0, 0, 0)
    # Between two values the rank is that of the lower one: one value's share off at most.
    assert found.rank_error <= 1 / len(numbers) + 1e-12
    assert found.mean_error < 1e-12
    assert found.mass_error == 0


def test_ranks_are_measured_in_shares_of_the_values() -> None:
    assert accuracy(quantiles=((0.5, 49.0), (0.25, 34.0))).rank_error == pytest.approx(0.09)


def test_mass_is_measured_in_shares_of_the_values() -> None:
    right = (Bin(0.0, 49.5, 50), Bin(49.5, 99.0, 50))
    assert accuracy(histogram=right).mass_error == 0
    assert accuracy(histogram=(Bin(0.0, 49.5, 57), Bin(49.5, 99.0, 43))).mass_error == pytest.approx(0.07)


def test_a_value_at_an_edge_may_be_counted_on_either_side() -> None:
    below = (Bin(0.0, 50.0, 50), Bin(50.0, 99.0, 50))
    above = (Bin(0.0, 50.0, 51), Bin(50.0, 99.0, 49))
    assert accuracy(histogram=below).mass_error == accuracy(histogram=above).mass_error == 0


def test_counts_extremes_means_and_distinct_values() -> None:
    found = accuracy(missing=1, distinct=90, minimum=1.0, mean=48.5)
    assert found.missing_off == 2
    assert found.distinct_error == pytest.approx(0.1)
    assert found.extremes_wrong == 1
    assert found.mean_error == pytest.approx(1 / 99)
    assert found.rank_error is None
    assert found.mass_error is None


def test_a_column_that_is_not_told_of_is_wrong() -> None:
    said = {"one": TableFacts(103, (ColumnFacts("another"),)), "parses only": TableFacts(103)}
    found = accuracies(said, [COLUMN], 100)
    assert set(found) == {"one"}
    assert (found["one"].rows_off, found["one"].distinct_error, found["one"].extremes_wrong) == (3, 1.0, 1)


def test_exact_columns_of_a_file(tmp_path) -> None:
    table = pa.table({"n": [3, None, 1, 3], "t": ["b", "", "a", "b"], "x": [0.5, 0.5, -1.0, None]})
    pyarrow.csv.write_csv(table, tmp_path / "t.csv")
    # So many rows that the columns are read one at a time.
    columns = {column.name: column for column in exact_columns(tmp_path / "t.csv", 10**9)}
    assert [(column.missing, column.distinct) for column in columns.values()] == [(1, 2), (1, 2), (1, 2)]
    assert columns["n"].values.tolist() == [1, 3, 3]
    assert columns["x"].values.tolist() == [-1.0, 0.5, 0.5]
    assert columns["t"].values is None


def test_facts_come_back_from_json() -> None:
    facts = TableFacts(5, (ColumnFacts("a", missing=1, quantiles=((0.5, 2.0),), histogram=(Bin(0.0, 1.0, 4),)),))
    assert TableFacts.from_dict(json.loads(json.dumps(facts.as_dict()))) == facts
