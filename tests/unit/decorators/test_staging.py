"""One folder for each task instance: written as a whole, and taken away as a whole."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from airflow.sdk.io import fs
from fsspec.implementations.memory import MemoryFileSystem
from pyarrow import parquet

from airflow_provider_profiler.decorators.staging import PREFIX, StagedFolder, folder_name, staged_on_wire
from airflow_provider_profiler.hooks.errors import RequestRefused, StagingFailed
from airflow_provider_profiler.operators.idempotency import TaskIdentity

TASK = TaskIdentity("here", "d", "r", "2026", "t", -1, 2)
ONE = pyarrow.table({"a": [1]})
TWO = pyarrow.table({"a": [1, 2]})


@pytest.fixture(params=["path", "store"])
def staging(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "path":
        return str(tmp_path / "in")
    # Airflow knows the stores of the providers that are installed; this one stands for them.
    known = dict(fs._register_filesystems())
    monkeypatch.setattr(
        fs, "_register_filesystems", lambda: {**known, "memory": lambda conn_id, options: MemoryFileSystem()}
    )
    return f"memory://staging/{tmp_path.name}"


def names(folder: StagedFolder) -> list[str]:
    from airflow.sdk import ObjectStoragePath

    place = ObjectStoragePath(folder.uri)
    if not place.fs.exists(place.path):
        return []
    return sorted(str(name).rsplit("/", 1)[-1] for name in place.fs.ls(place.path, detail=False))


def test_the_folder_is_the_same_in_all_tries_and_no_other_instances() -> None:
    cleared = replace(TASK, max_tries=5)
    others = [
        replace(TASK, run_id="s"),
        replace(TASK, map_index=0),
        replace(TASK, dag_id="e"),
        replace(TASK, task_id="u"),
    ]
    assert folder_name(cleared) == folder_name(TASK)
    assert len({folder_name(task) for task in (TASK, *others)}) == 5
    wild = folder_name(replace(TASK, dag_id="../../etc", task_id="a/b c"))
    assert wild.startswith(PREFIX)
    assert "/" not in wild


def test_what_is_written_is_there_and_nothing_else(staging: str) -> None:
    folder = staged_on_wire(staging, "in", folder_name(TASK))
    assert folder.write({"one": ONE, "two": TWO}) == {"one": 1, "two": 2}
    assert names(folder) == ["one.parquet", "two.parquet"]
    folder.write({"two": ONE})
    assert names(folder) == ["two.parquet"], "what an earlier try left"
    folder.remove()
    folder.remove()
    assert names(folder) == []


def test_a_job_that_reads_is_not_disturbed_by_the_next_try(tmp_path: Path) -> None:
    folder = staged_on_wire(str(tmp_path), "", folder_name(TASK))
    folder.write({"t": ONE})
    with (Path(folder.uri) / "t.parquet").open("rb") as reading:
        folder.write({"t": TWO})
        assert parquet.read_table(reading).num_rows == 1
    assert parquet.read_table(Path(folder.uri) / "t.parquet").num_rows == 2


def test_a_frame_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    folder = staged_on_wire(str(tmp_path), "", folder_name(TASK))
    folder.write({"t": ONE})

    class Broken:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            raise ValueError("the source went away")

    with pytest.raises(RequestRefused):
        folder.write({"t": Broken()})
    assert parquet.read_table(Path(folder.uri) / "t.parquet").num_rows == 1


def test_the_service_calls_it_by_its_path_below_the_data_root() -> None:
    assert staged_on_wire("/mnt/in/", "in/frames/", "n") == StagedFolder("/mnt/in/n", "in/frames/n")
    assert staged_on_wire("s3://c@bucket/root", "", "n") == StagedFolder("s3://c@bucket/root/n", "n")


def test_a_folder_that_cannot_be_written_says_what_it_must_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StagingFailed, match="'staging' must be a folder"):
        staged_on_wire(str(tmp_path / "file"), "", folder_name(TASK)).write({"t": ONE})


@pytest.mark.parametrize("name", ["sales", "", ".."])
def test_nothing_else_is_ever_removed(tmp_path: Path, name: str) -> None:
    (tmp_path / "sales").mkdir()
    with pytest.raises(StagingFailed, match="nothing was removed"):
        StagedFolder(str(tmp_path / name), name).remove()
    assert (tmp_path / "sales").is_dir()
