"""The engine as a library: paths and tables go in, and a profile comes out that a program can ask."""

import json
import math
import pickle
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars
import pyarrow as pa
import pytest
from lxml import html

from airflow_provider_profiler.cli.main import main
from airflow_provider_profiler.contract.errors import DatasetNotFound, InvalidRequest
from airflow_provider_profiler.contract.options import ProfileOptions, SamplingOptions
from airflow_provider_profiler.contract.profile import DatasetProfile, DataType, DistributionStatus
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling import Profile, profile

ROWS = 400
COLUMNS: dict[str, list[Any]] = {
    "whole": [number * 7 % 50 for number in range(ROWS)],
    "real": [None if number % 8 == 0 else number * 0.37 - 20 for number in range(ROWS)],
    "name": [("Syros", "Naxos", "Paros")[number % 3] for number in range(ROWS)],
    "flag": [number % 2 == 0 for number in range(ROWS)],
    "day": [date(2024, 1 + number % 12, 1 + number % 28) for number in range(ROWS)],
}


@pytest.fixture
def table() -> pa.Table:
    return pa.table(COLUMNS)


@pytest.fixture
def ports(tmp_path: Path) -> Path:
    lines = [",".join(COLUMNS)]
    for row in zip(*COLUMNS.values(), strict=True):
        lines.append(",".join("" if cell is None else str(cell) for cell in row))
    file = tmp_path / "ports.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_a_file_and_a_folder(ports: Path) -> None:
    of_file, of_folder = profile(ports), profile(str(ports.parent))
    assert of_file.table("ports").row_count == of_folder["ports"].row_count == ROWS  # type: ignore[union-attr]
    assert of_file.column("real").statistics == of_folder["ports", "real"].statistics  # type: ignore[union-attr]
    assert of_file.model.kind is Target.HEAVY


def test_it_is_what_the_command_line_writes(ports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert main(["profile", str(ports), "--out", str(tmp_path / "cli"), "--quiet"]) == 0
    made = profile(ports)
    assert made.to_json() == (tmp_path / "cli" / "profile.json").read_text(encoding="utf-8")
    written = made.save(tmp_path / "library" / "deep")
    states = tmp_path / "library" / "states.bin"
    profile(ports, states=states)
    for file in [*written, states]:
        assert file.read_bytes() == (tmp_path / "cli" / file.name).read_bytes(), file.name
    assert {file.name for file in [*written, states]} == {file.name for file in (tmp_path / "cli").iterdir()}


def test_light(ports: Path, table: pa.Table, tmp_path: Path) -> None:
    for data in (ports, table):
        found = profile(data, light=True)
        assert (found.model.kind, found.tables) == (Target.LIGHT, ())
        assert [item.status for item in found.model.distributions] == [DistributionStatus.LISTED]
        names = [file.name for file in found.save(tmp_path / "light")]
        assert names == ["moma_profile_light.json", "croissant.json", "profile.json"]


def forms(table: pa.Table) -> dict[str, Any]:
    return {
        "table": table,
        "batch": table.combine_chunks().to_batches()[0],
        "reader": table.to_reader(max_chunksize=30),
        "pandas": table.to_pandas(),
        "stream": _Stream(table),
    }


class _Stream:
    """What Polars and others are to Arrow."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize("form", ["table", "batch", "reader", "pandas", "stream"])
def test_tables_in_memory(table: pa.Table, form: str) -> None:
    found = profile(forms(table)[form], name="ports/2024")
    assert found.model.specification.name == "ports/2024"
    (record_set,) = found.tables
    assert (record_set.name, record_set.row_count) == ("ports_2024", ROWS)
    assert [field.name for field in record_set.fields] == list(COLUMNS)
    types = [DataType.INTEGER, DataType.FLOAT, DataType.TEXT, DataType.BOOLEAN, DataType.DATE]
    assert [field.data_type for field in record_set.fields] == types
    assert found.column("real").statistics.missing_count == ROWS // 8
    (distribution,) = found.model.distributions
    assert (distribution.status, distribution.sha256) == (DistributionStatus.PROFILED, None)


def test_equal_tables_give_equal_bytes(table: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    documents = {profile(table, workers=workers).to_json() for workers in (None, 1, 2, 5)}
    assert len(documents) == 1


def test_polars(table: pa.Table) -> None:
    found = profile(polars.from_arrow(table), {"selection": {"where": "name LIKE 'S%'"}})
    assert found.tables[0].row_count == -(-ROWS // 3)


def test_a_frame_has_the_statistics_of_its_csv(ports: Path) -> None:
    frame = pd.read_csv(ports, parse_dates=["day"])
    frame["day"] = frame["day"].dt.date
    typed, inferred = profile(frame), profile(ports)
    for name in COLUMNS:
        left, right = typed.column(name), inferred.column(name)
        assert left.data_type is right.data_type
        assert left.statistics.model_dump(exclude={"top_values"}) == right.statistics.model_dump(exclude={"top_values"})
        assert left.sample == right.sample
        counts = [[top.count for top in field.statistics.top_values] for field in (left, right)]
        assert counts[0] == counts[1]
        assert right.votes
        assert not left.votes


def test_texts_in_memory_stay_texts_unless_asked() -> None:
    texts = pa.table({"a": ["1", "2", "10"]})
    assert profile(texts).column("a").data_type is DataType.TEXT
    assert profile(texts, ProfileOptions()).column("a").data_type is DataType.TEXT
    assert profile(texts).model.options.statistics.infer_types is False
    asked = profile(texts, {"statistics": {"infer_types": True}})
    assert asked.column("a").data_type is DataType.INTEGER
    assert asked.model.options.statistics.infer_types is True


def test_large_tables_are_cut(table: pa.Table) -> None:
    many = pa.concat_tables([table] * 40)
    whole = profile(many)
    cut = profile(many, {"execution": {"partition_bytes": 64 * 1024}})
    for left, right in zip(whole.tables[0].fields, cut.tables[0].fields, strict=True):
        assert left.statistics.distinct_count == right.statistics.distinct_count
        assert left.statistics.top_values == right.statistics.top_values
        if left.statistics.numeric is not None and right.statistics.numeric is not None:
            assert math.isclose(left.statistics.numeric.mean, right.statistics.numeric.mean, rel_tol=1e-12)
    assert many.nbytes > 4 * 64 * 1024


def test_pandas_frames_as_people_have_them() -> None:
    frame = pd.DataFrame(
        [[1, "a", {"k": 1}, 1.5, pd.Timestamp("2024-01-31"), "x", 2**70], ["2", None, None, None, pd.NaT, "y", 1]],
        columns=["mixed", "a", "a", 7, ("tuple", "name"), "category", "huge"],
        index=["first", "second"],
    )
    frame["category"] = frame["category"].astype("category")
    found = profile(frame, name="frame")
    fields = {field.name: field for field in found.tables[0].fields}
    assert list(fields) == ["mixed", "a", "a_2", "7", "('tuple', 'name')", "category", "huge"]
    assert [top.value for top in fields["category"].statistics.top_values] in ([], ["x", "y"])
    assert fields["mixed"].sample == ("1", "2")
    assert fields["7"].statistics.missing_count == 1
    assert fields["('tuple', 'name')"].data_type is DataType.DATE_TIME
    assert next((item.code, "'mixed'" in item.message) for item in found.model.warnings) == ("mixed_types", True)
    assert "int, str" in found.model.warnings[0].message
    assert "2" in str(found)


def test_a_frame_without_rows_or_columns() -> None:
    assert profile(pd.DataFrame({"a": pd.Series([], dtype="int64")})).column("a").statistics.row_count == 0
    assert profile(pd.DataFrame()).tables[0].fields == ()
    assert len(profile(pd.DataFrame()).to_pandas()) == 0


def test_to_pandas_has_one_row_a_column(ports: Path) -> None:
    frame = profile(ports).to_pandas().set_index("column")
    assert list(frame.index) == list(COLUMNS)
    data = pd.read_csv(ports)
    assert frame.loc["real", "mean"] == pytest.approx(data["real"].mean(), rel=1e-12)
    assert frame.loc["real", "p50"] == pytest.approx(data["real"].median())
    assert frame.loc["real", "skewness"] == pytest.approx(data["real"].skew())
    assert (frame.loc["whole", "minimum"], frame.loc["whole", "distinct"]) == (0, data["whole"].nunique())
    assert isinstance(frame.loc["whole", "minimum"], int)
    assert frame.loc["day", "minimum"] == "2024-01-01"
    assert (frame.loc["name", "top_value"], frame.loc["name", "top_count"]) == ("Syros", 134)
    assert frame.loc["flag", "true_count"] == ROWS // 2
    assert pd.isna(frame.loc["name", "mean"])
    assert frame.loc["real", "missing"] == data["real"].isna().sum()
    assert set(frame["rows_method"]) == {"exact"}
    assert str(frame["zero_count"].dtype) == "Int64"


def test_asking_for_what_is_not_there(ports: Path) -> None:
    (ports.parent / "b.csv").write_text("x\n1\n", encoding="utf-8")
    found = profile(ports.parent)
    with pytest.raises(KeyError, match=r"no table 'c'; there are \['b', 'ports'\]"):
        found.table("c")
    with pytest.raises(KeyError, match="no column 'y'; there are"):
        found["b", "y"]
    with pytest.raises(KeyError, match="Which table"):
        found.column("x")
    assert found["ports.csv"] is found["ports"]


def test_a_profile_tells_what_it_is(ports: Path) -> None:
    found = profile(ports)
    assert repr(found) == "<Profile of 'ports.csv': 1 tables, 400 rows, 5 columns; 1 of 1 files profiled>"
    assert "whole" in str(found)
    assert DatasetProfile.from_document(found.to_json().encode()) == found.model
    assert pickle.loads(pickle.dumps(found)).model == found.model


def test_options_by_section(ports: Path) -> None:
    found = profile(ports, {"sampling": {"method": "head", "rows": 10}, "selection": {"columns": ["real"]}})
    assert (found.tables[0].row_count, len(found.tables[0].fields)) == (10, 1)
    assert found.model.options.sampling == SamplingOptions(method="head", rows=10)
    assert json.loads(found.to_json())["options"]["selection"]["columns"] == ["real"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sampling": {"method": "head"}}, "sampling: the method 'head' needs 'rows'"),
        ({"samplign": {}}, "samplign"),
        ({"selection": {"where": ""}}, "selection.where"),
        ({"execution": {"columns_per_task": 0}}, "execution.columns_per_task"),
        ({"execution": 7}, "execution"),
        ("head", "by section"),
        (7, "by section"),
    ],
)
def test_options_that_do_not_fit(ports: Path, options: Any, said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        profile(ports, options)
    assert said in str(refused.value)


def test_data_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFound, match="nothing there"):
        profile(tmp_path / "nothing there")
    for data in (7, None, [1, 2], {"a": [1]}, pd.Series([1], name="a").to_dict()):
        with pytest.raises(TypeError, match=type(data).__name__):
            profile(data)
    with pytest.raises(ValueError, match="workers"):
        profile(tmp_path, workers=0)


def test_only_to_pandas_needs_pandas(ports: Path) -> None:
    code = (
        "import sys\n"
        "sys.modules['pandas'] = None\n"
        "import airflow_provider_profiler.profiling as profiling\n"
        "assert 'pyarrow' not in sys.modules and 'numpy' not in sys.modules\n"
        f"found = profiling.profile({str(ports)!r})\n"
        "import pyarrow as pa\n"
        "profiling.profile(pa.table({'a': [1]}))\n"
        "assert 'sqlglot' not in sys.modules\n"
        "try:\n"
        "    found.to_pandas()\n"
        "except ImportError as error:\n"
        "    assert 'pandas' in str(error)\n"
        "else:\n"
        "    raise SystemExit('there was no pandas')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_without_the_engine_the_extra_is_named() -> None:
    code = (
        "import sys\n"
        "sys.modules['pyarrow'] = None\n"
        "try:\n"
        "    from airflow_provider_profiler.profiling import profile\n"
        "except ImportError as error:\n"
        "    assert 'airflow-provider-profiler[engine]' in str(error), error\n"
        "else:\n"
        "    raise SystemExit('imported')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout


def test_a_profile_can_be_made_of_a_model(ports: Path) -> None:
    model = profile(ports).model
    assert Profile(model).to_json() == model.to_document().decode()


def test_moments_of_frames(tmp_path: Path) -> None:
    frame = pd.DataFrame({"at": pd.to_datetime(["2024-01-31 12:00", None], utc=True)})
    statistics = profile(frame).column("at").statistics
    assert statistics.temporal is not None
    assert datetime.fromisoformat(statistics.temporal.minimum.replace("Z", "+00:00")).hour == 12


def test_a_notebook_shows_the_report(tmp_path: Path) -> None:
    (tmp_path / "ports.csv").write_text('name,"<b>"\nPatras,1\nPiraeus,2\n', "utf-8")
    found = profile(tmp_path / "ports.csv")
    [frame] = html.fragments_fromstring(found._repr_html_())
    assert (frame.tag, frame.get("sandbox")) == ("iframe", "allow-scripts")
    assert frame.get("srcdoc") == found.to_html()
    names = html.document_fromstring(found.to_html()).cssselect("details.column .name > bdi")
    assert [item.text for item in names] == ["name", "<b>"]
