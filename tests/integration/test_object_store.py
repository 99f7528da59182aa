"""A data root in an object store: the same profile as from a folder."""

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from PIL import Image

from airflow_provider_profiler.cli.main import main
from airflow_provider_profiler.contract.profile import DatasetProfile, DistributionStatus
from airflow_provider_profiler.contract.reasons import FileReasonCode
from airflow_provider_profiler.profiling.discovery.content import InspectionTask, inspect
from airflow_provider_profiler.profiling.discovery.object_listing import list_objects
from airflow_provider_profiler.profiling.object_source import ObjectSource
from airflow_provider_profiler.storage.object_roots import ObjectRoot
from airflow_provider_profiler.storage.object_stores import ObjectStore


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "harbour"
    (folder / "notes").mkdir(parents=True)
    rows = "".join(f"{n:04d},σταθμός {n % 7},{n * 1.5}\n" for n in range(20_000))
    (folder / "calls.csv").write_text(f"id,name,draught\n{rows}", encoding="utf-8")
    table = pa.table({"ship": list(range(5000)), "name": [f"ship {n % 11}" for n in range(5000)]})
    pa.parquet.write_table(table, folder / "ships.parquet", row_group_size=700)
    (folder / "notes" / "chart.bin").write_bytes(b"\x00\x01\x02")
    # Read by libraries that want a file of this machine: in processes apart, or by its path.
    (folder / "notes" / "pilot.md").write_text("# Approach\n\nKeep the lighthouse to the left.\n", encoding="utf-8")
    Image.new("RGB", (40, 30), "navy").save(folder / "notes" / "chart.png")
    with closing(sqlite3.connect(folder / "berths.sqlite")) as database, database:
        database.execute("CREATE TABLE berth (id INTEGER PRIMARY KEY, metres REAL)")
        database.executemany("INSERT INTO berth VALUES (?, ?)", [(number, number * 2.5) for number in range(9)])
    with zipfile.ZipFile(folder / "old.zip", "w") as archive:
        archive.writestr("2019.csv", "id,name\n1,Syros\n")
    return folder


def without_place(profile: DatasetProfile) -> dict:
    """What does not tell where and when the files were put."""
    document = profile.model_dump(mode="json")
    for item in document["distributions"]:
        item.pop("modified")
    return document


def test_the_profile_is_that_of_the_folder(
    harbour: Path, tmp_path: Path, s3_server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    monkeypatch.setenv("PROFILER_OBJECT_STORE_OPTIONS", json.dumps(s3_server.options))
    files = {
        f"lake/harbour/{path.relative_to(harbour)}": path.read_bytes() for path in harbour.rglob("*") if path.is_file()
    }
    s3_server.bucket("twin", files | {"lake/harbour/empty/": b"", "lake/harbour2/x.csv": b"a\n"})
    small = json.dumps({"execution": {"partition_bytes": 65536}})
    for place, out in ((str(harbour), "local"), ("s3://twin/lake/harbour", "remote")):
        assert main(["profile", place, "--out", str(tmp_path / out), "--quiet", "--options", small]) == 0
    local, remote = (
        DatasetProfile.from_document((tmp_path / out / "profile.json").read_bytes()) for out in ("local", "remote")
    )
    assert remote.summary().rows == 25_010
    assert {item.path for item in remote.distributions if item.status is DistributionStatus.LISTED} == {
        "notes/chart.bin"
    }
    assert without_place(remote) == without_place(local)
    assert "secret-of-the-tests" not in (tmp_path / "remote" / "profile.json").read_text()


def test_an_object_that_is_replaced_is_told_from_the_one_that_was_listed(s3_server) -> None:
    client = s3_server.bucket("changing", {"set/a.csv": b"a,b\n1,2\n", "set/gone.csv": b"a,b\n1,2\n"})
    dataset = ObjectRoot(ObjectStore("s3://changing", s3_server.options)).resolve("set")
    sources = [
        ObjectSource(dataset.store, entry.location, entry.path, "text/csv", entry.stamp)
        for entry in list_objects(dataset)
    ]
    assert [source.path for source in sources] == ["a.csv", "gone.csv"]
    client.put_object(Bucket="changing", Key="set/a.csv", Body=b"a,b\n1,3\n")
    client.delete_object(Bucket="changing", Key="set/gone.csv")
    for source in sources:
        found = inspect(InspectionTask(source, checksum=True))
        assert found.reason is not None
        assert found.reason.code is FileReasonCode.CHANGED_WHILE_READ
