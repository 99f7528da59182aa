"""Inputs come from fixed seeds, and stay while their recipe does."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from benchmarks import inputs, writing
from benchmarks.inputs import SCALES, Input, Workshop
from benchmarks.recipes import strings, taxi, wide

SMALL = [
    Input("taxi", 700),
    Input("taxi", 700, "parquet"),
    Input("taxi", 700, "one_group.parquet"),
    Input("strings", 300),
    Input("wide", 20),
]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several blocks and row groups in a few hundred rows."""
    monkeypatch.setattr(taxi, "BLOCK_ROWS", 300)
    monkeypatch.setattr(strings, "BLOCK_ROWS", 200)
    monkeypatch.setattr(wide, "BLOCK_ROWS", 8)
    monkeypatch.setattr(writing, "GROUP_ROWS", 400)


@pytest.mark.parametrize("wanted", SMALL, ids=lambda item: item.name)
def test_the_same_bytes_twice(wanted: Input, tmp_path: Path) -> None:
    first = Workshop(tmp_path / "a").file(wanted).read_bytes()
    assert Workshop(tmp_path / "b").file(wanted).read_bytes() == first


def test_the_tables_have_their_shapes(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    shapes = {}
    for wanted in SMALL:
        file = workshop.file(wanted)
        table = pyarrow.parquet.read_table(file) if wanted.is_parquet else pyarrow.csv.read_csv(file)
        shapes[wanted.name] = table.shape
    assert shapes == {
        "taxi_700.csv": (700, 18),
        "taxi_700.parquet": (700, 18),
        "taxi_700.one_group.parquet": (700, 18),
        "strings_300.csv": (300, 6),
        "wide_20.csv": (20, 2000),
    }
    groups = [pyarrow.parquet.ParquetFile(tmp_path / name).num_row_groups for name in list(shapes)[1:3]]
    assert groups == [2, 1]


def test_parquet_and_csv_hold_the_same_table(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    lines, groups, one_group = (workshop.file(wanted) for wanted in SMALL[:3])
    table = pyarrow.parquet.read_table(groups)
    assert pyarrow.parquet.read_table(one_group) == table
    options = pyarrow.csv.ConvertOptions(column_types=table.schema, strings_can_be_null=True)
    assert pyarrow.csv.read_csv(lines, convert_options=options).combine_chunks() == table.combine_chunks()


@pytest.mark.parametrize(("recipe", "rows"), [("taxi", 350), ("strings", 250), ("wide", 20)])
def test_a_longer_table_begins_with_the_shorter_one(recipe: str, rows: int, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    shorter = workshop.file(Input(recipe, rows // 2)).read_bytes()
    assert workshop.file(Input(recipe, rows)).read_bytes().startswith(shorter)


def test_a_file_is_kept_until_its_recipe_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    wanted = Input("strings", 300)
    file = Workshop(tmp_path).file(wanted, made.append)
    file.write_bytes(b"kept")
    assert Workshop(tmp_path).file(wanted, made.append).read_bytes() == b"kept"
    assert made == ["making strings_300.csv"]
    monkeypatch.setitem(inputs._VERSIONS, "strings", strings.VERSION + 1)
    assert Workshop(tmp_path).file(wanted, made.append).read_bytes() != b"kept"
    assert len(made) == 2


def test_a_file_whose_making_was_broken_off_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(rows: int) -> pa.Table:
        yield pa.table({"uuid": ["a"]})
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(strings, "blocks", broken)
        with pytest.raises(KeyboardInterrupt):
            Workshop(tmp_path).file(Input("strings", 300))
    assert list(tmp_path.iterdir()) == []
    assert pyarrow.csv.read_csv(Workshop(tmp_path).file(Input("strings", 300))).num_rows == 300


def test_real_trips_are_drawn_from(tmp_path: Path) -> None:
    trips = tmp_path / "trips"
    trips.mkdir()
    with pytest.raises(ValueError, match="no CSV file of trips"):
        Workshop(tmp_path, trips).file(Input("taxi", 50))
    pyarrow.csv.write_csv(taxi.synthetic_trips().slice(0, 1), trips / "one.csv")
    table = pyarrow.csv.read_csv(Workshop(tmp_path, trips).file(Input("taxi", 50)))
    # Of one trip alone: what carries no noise is the same in all rows.
    assert len(table["pickup_location_id"].unique()) == 1
    assert len(table["fare_amount"].unique()) > 1
    note = json.loads((tmp_path / "taxi_50.csv.recipe.json").read_text(encoding="utf-8"))
    assert len(note["trips"]) == 64


def test_names_are_unique_within_a_scale() -> None:
    for scale in SCALES.values():
        names = [item.name for item in scale]
        assert len(set(names)) == len(names)
    assert Input("taxi", 10_000_000, "one_group.parquet").name == "taxi_10m.one_group.parquet"
