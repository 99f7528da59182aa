"""Mirrors: typed where every value is of its type, text as it is written otherwise, and the rows that were profiled."""

from datetime import UTC, date, datetime

import pyarrow.parquet
import pytest

from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.storage.roots import DataRoot


@pytest.fixture
def mirror(tmp_path):
    """A function that profiles a text and returns its record set and the columns of its mirror."""

    def mirrored(text, encoding="utf-8", **options):
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / "t.csv").write_text(text, encoding=encoding)
        engine, observer = ProfilingEngine(), NullObserver()
        light = engine.light(
            ProfileSpecification.for_path("data"),
            [DataRoot(tmp_path).resolve("data")],
            ProfileOptions.model_validate({"output": {"parquet_mirror": True}, **options}),
            generated_at=datetime(2026, 11, 20, tzinfo=UTC),
            observer=observer,
        )
        (table,) = engine.heavy(light, observer=observer, mirrors=tmp_path).record_sets
        columns = pyarrow.parquet.read_table(tmp_path / table.mirror.path).to_pydict()
        return table, columns

    return mirrored


def test_values_are_of_their_columns_types(mirror):
    table, columns = mirror("n;x;d;w;b\n1;1.5;2024-01-31;Syros;yes\n2;-.5;2024-02-29;Naxos;no\n3;7;2024-03-01;;yes\n")
    assert columns == {
        "n": [1, 2, 3],
        "x": [1.5, -0.5, 7.0],
        "d": [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 1)],
        "w": ["Syros", "Naxos", None],
        "b": [True, False, True],
    }
    assert [item.value for item in table.mirror.data_types] == [
        *("sc:Integer", "sc:Float", "sc:Date", "sc:Text", "sc:Boolean")
    ]


def test_what_a_number_would_lose_stays_text(mirror):
    _, columns = mirror("zip;price;share\n007;1,234;12 %\n008;2,345;13 %\n123;12,345;14 %\n")
    assert columns == {
        "zip": ["007", "008", "123"],
        "price": ["1,234", "2,345", "12,345"],
        "share": ["12 %", "13 %", "14 %"],
    }


def test_words_for_no_value_are_missing_among_numbers_and_words_among_texts(mirror):
    _, columns = mirror("n;w\n" + "".join(f"{n};port\n" for n in range(30)) + "NA;NA\n-;-\n")
    assert columns["n"][-2:] == [None, None]
    assert columns["w"][-2:] == ["NA", "-"]


def test_integers_that_pandas_would_round_are_text(mirror):
    _, columns = mirror(f"n;m\n{2**53 + 1};1\n;2\n")
    assert columns["n"] == [str(2**53 + 1), None]


def test_one_value_of_another_type_far_down_makes_a_column_text(mirror):
    text = "n\n" + "\n".join(map(str, range(2000))) + "\nlate\n"
    table, columns = mirror(text, execution={"partition_bytes": 65_536})
    assert table.fields[0].data_type is DataType.INTEGER
    assert table.mirror.data_types == (DataType.TEXT,)
    assert columns["n"][:2] + columns["n"][-1:] == ["0", "1", "late"]


def test_the_rows_are_those_that_were_profiled(mirror):
    table, columns = mirror("n,w\n1,a\n2,b\n3,c\n", selection={"where": "n >= 2", "columns": ["w"]})
    assert columns == {"w": ["b", "c"]}
    assert table.mirror.rows == 2


def test_a_table_without_rows_has_a_mirror_too(mirror):
    table, columns = mirror("a,b\n")
    assert (table.mirror.rows, columns) == (0, {"a": [], "b": []})


def test_the_same_rows_give_the_same_bytes(mirror):
    text = "n,w\n" + "".join(f"{n},port {n % 7}\n" for n in range(5000))
    assert mirror(text)[0].mirror.sha256 == mirror(text)[0].mirror.sha256


def test_an_encoding_that_readers_do_not_know_is_none_in_the_mirror(mirror):
    _, columns = mirror("λιμάνι;νησί\nΕρμούπολη;Σύρος\nΧώρα;Νάξος\nΦοίνικας;Σύρος\n", encoding="iso8859-7")
    assert columns["νησί"] == ["Σύρος", "Νάξος", "Σύρος"]
