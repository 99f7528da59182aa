"""Two months of taxi trips, each profiled by itself, merge into the profile of both months' rows."""

import json
import math
from pathlib import Path

import pytest

from airflow_provider_profiler.cli.main import main
from airflow_provider_profiler.contract.profile import DatasetProfile, RecordSet
from airflow_provider_profiler.storage.results import PROFILE

MONTHS = ("2019-01", "2019-02")
#: Read off sums of powers, which add up in another order.
MOMENTS = {"mean", "variance", "standard_deviation", "skewness", "kurtosis", "sum"}


def profiled(path: Path, out: Path, *options: str) -> DatasetProfile:
    assert main(["profile", str(path), "--out", str(out), "--quiet", *options]) == 0
    return DatasetProfile.from_document((out / PROFILE).read_bytes())


@pytest.fixture(scope="module")
def folders(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of the profiles of each month, of both as one file, and of the months' merged states."""
    base = tmp_path_factory.mktemp("taxi")
    files = [shared_data / "nyc_taxi" / f"yellow_tripdata_sample_{month}.csv" for month in MONTHS]
    first, second = (file.read_bytes() for file in files)
    assert first.endswith(b"\n")
    whole = base / "yellow_tripdata_sample.csv"
    whole.write_bytes(first + second.partition(b"\n")[2])
    for month, file in zip(MONTHS, files, strict=True):
        profiled(file, base / month)
    profiled(whole, base / "whole")
    assert main(["merge", *(str(base / month) for month in MONTHS), "--out", str(base / "merged"), "--quiet"]) == 0
    return {name: base / name for name in (*MONTHS, "whole", "merged")}


def only_table(folder: Path) -> RecordSet:
    (table,) = DatasetProfile.from_document((folder / PROFILE).read_bytes()).record_sets
    return table


def compare(found: object, expected: object, where: str) -> None:
    """Equal to the digit, moments to 1e-12."""
    if isinstance(expected, dict):
        assert isinstance(found, dict)
        assert found.keys() == expected.keys(), where
        for name in expected:
            compare(found[name], expected[name], f"{where}.{name}")
    elif isinstance(expected, float) and where.rpartition(".")[2] in MOMENTS:
        assert math.isclose(found, expected, rel_tol=1e-12), (where, found, expected)
    else:
        assert found == expected, where


def test_the_merged_months_are_the_profile_of_both(folders):
    merged, whole = only_table(folders["merged"]), only_table(folders["whole"])
    assert merged.row_count == whole.row_count == 20_000
    assert merged.examples == whole.examples
    assert [field.name for field in merged.fields] == [field.name for field in whole.fields]
    assert len(merged.fields) == 18
    for mine, its in zip(merged.fields, whole.fields, strict=True):
        compare(mine.model_dump(mode="json", exclude={"id"}), its.model_dump(mode="json", exclude={"id"}), mine.name)
    qualities = [[error.model_dump(exclude={"id"}) for error in table.quality] for table in (merged, whole)]
    assert qualities[0] == qualities[1]


def test_the_merged_profile_has_every_document_and_names_both_files(folders):
    merged = DatasetProfile.from_document((folders["merged"] / PROFILE).read_bytes())
    names = {item.name for item in folders["merged"].iterdir()}
    assert names == {
        "profile.json",
        "moma_profile_light.json",
        "moma_profile_heavy.json",
        "croissant.json",
        "states.bin",
        f"{merged.dataset_id}.json",
    }
    assert [item.path for item in merged.distributions] == [
        "yellow_tripdata_sample_2019-*.csv",
        "yellow_tripdata_sample_2019-01.csv",
        "yellow_tripdata_sample_2019-02.csv",
    ]
    assert merged.summary().profiled == 2
    cdd = json.loads((folders["merged"] / f"{merged.dataset_id}.json").read_bytes())
    assert [entry.get("row_count") for entry in cdd["files"]] == [20_000, None, None]
