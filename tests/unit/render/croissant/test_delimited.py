"""What is claimed of delimited text is what pandas makes of it without options; anything else is not claimed."""

import io

import pandas
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.profile import DataType, DistributionStatus
from airflow_provider_profiler.profiling import profile as profile_of
from airflow_provider_profiler.render.croissant import croissant_document
from airflow_provider_profiler.render.croissant.delimited import PANDAS_NULLS, rows_at_a_time

#: Cells that pandas, or a person, could take for something else than what is written.
_cells = st.one_of(
    st.text("0123456789+-.eE_,x ", min_size=1, max_size=7),
    st.sampled_from(
        ["007", "1.50", "+5", "1e5", "5.", ".5", "0x1F", "1_000", "True", "FALSE", "yes", "no", "t", "inf"]
    ),
    st.sampled_from(["nan", "NA", "-", "null", "None", "#N/A", "2024-01-31", "31/01/2024", "20240131", "12:30:00"]),
    st.sampled_from(["abc", "a,b", 'a"b', "Σύρος", "9223372036854775808", "12345678901234567890123", "1,234", ""]),
    st.integers(-(10**6), 10**6).map(str),
    st.floats(-1e6, 1e6).map(lambda number: f"{number:.3f}"),
)


def written(rows):
    return pandas.DataFrame(rows, columns=["a", "b"], dtype=str).to_csv(index=False)


def of_text(cell, data_type):
    """What a person would say that the cell is, given the column's type."""
    if not cell:
        return None
    match DataType(data_type):
        case DataType.INTEGER:
            return int(cell)
        case DataType.FLOAT:
            return float(cell)
        case DataType.BOOLEAN:
            return cell.lower() == "true"
        case DataType.DATE | DataType.DATE_TIME:
            return pandas.Timestamp(cell)
        case _:
            return cell


def of_pandas(value, data_type):
    """What the reader makes of a value that pandas read."""
    if pandas.isna(value):
        return None
    match DataType(data_type):
        case DataType.INTEGER:
            return int(value)
        case DataType.FLOAT:
            return float(value)
        case DataType.BOOLEAN:
            return bool(value)
        case DataType.DATE | DataType.DATE_TIME:
            return pandas.Timestamp(value)
        case _:
            return str(value)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.tuples(_cells, _cells), min_size=1, max_size=8))
@example(rows=[("007", "x"), ("008", "y")])
@example(rows=[("1", "yes"), ("2", "no")])
@example(rows=[("1", "x"), (" NA", "y"), ("3", "z")])
@example(rows=[("1", "NA"), ("2", "Naxos")])
def test_a_claimed_column_comes_back_as_it_is_written(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("table") / "t.csv"
    path.write_text(written(rows), encoding="utf-8", newline="")
    found = profile_of(path, workers=1)
    if found.model.distributions[0].status is not DistributionStatus.PROFILED:
        return
    document = croissant_document(found.model)
    if "recordSet" not in document:
        return
    frame = pandas.read_csv(io.BytesIO(path.read_bytes()))
    whole = pandas.read_csv(path, dtype=str, keep_default_na=False)
    for field in document["recordSet"][0]["field"]:
        column, kind = field["source"]["extract"]["column"], field["dataType"]
        expected = [of_text("" if missing(cell, kind) else cell, kind) for cell in whole[column]]
        assert [of_pandas(value, kind) for value in frame[column]] == expected


def missing(cell, kind):
    """Words for "no value" are missing values in columns that are no text."""
    return kind != "sc:Text" and cell in PANDAS_NULLS


def test_the_words_for_missing_values_are_those_of_pandas():
    from pandas._libs.parsers import STR_NA_VALUES

    assert PANDAS_NULLS | {""} == STR_NA_VALUES


@pytest.mark.parametrize(("columns", "rows"), [(1, 524_288), (11, 65_536), (60, 16_384), (2_000_000, 1)])
def test_so_many_rows_have_their_types_found_together(columns, rows):
    assert rows_at_a_time(columns) == rows


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a;b\nx;y\nz;w\n", "separated by ';'"),
        ("a,b\nx,ς\nz,w\n".encode("utf-16"), "encoding is utf-16"),
        (b"port,code\nSyros,007\nNaxos,008\n", "look like numbers"),
        (b"port,code\nSyros,GR\nLuderitz,NA\nNaxos,GR\n", "'NA' in its column 'code'"),
        (b"# of 2026\nport,ships\nSyros,12\nNaxos,7\n", "lines"),
        (b"ports,ports\nSyros,12\nNaxos,7\n", "missing or repeated"),
    ],
)
def test_what_pandas_reads_otherwise_is_not_claimed_and_the_reason_is_told(tmp_path, content, why):
    (tmp_path / "t.csv").write_bytes(content)
    document = croissant_document(profile_of(tmp_path / "t.csv").model)
    assert "recordSet" not in document
    assert why in document["distribution"][0]["description"]
    assert [item["name"].partition("/")[0] for item in document["variableMeasured"]] == ["t", "t"]


def test_tabs_are_declared_whatever_the_file_is_called(tmp_path):
    (tmp_path / "t.csv").write_text("port\tships\nSyros\t12\n")
    document = croissant_document(profile_of(tmp_path / "t.csv").model)
    assert document["distribution"][0]["encodingFormat"] == "text/tab-separated-values"
    assert [field["dataType"] for field in document["recordSet"][0]["field"]] == ["sc:Text", "sc:Integer"]
