"""Which files are so small that no thread is worth its while, and that none is started for one."""

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.profiling import executor, pipeline
from airflow_provider_profiler.profiling.formats import CSV, JSON, JSON_LINES, MEDIA_TYPES, TSV
from airflow_provider_profiler.profiling.shards.keyed import KeyedSource
from airflow_provider_profiler.profiling.small_files import SMALL_BYTES as LARGEST
from airflow_provider_profiler.profiling.small_files import is_small
from airflow_provider_profiler.profiling.source import FileSource
from airflow_provider_profiler.storage.opening import FileStamp


def source(folder: Path, size: int, media_type: str = CSV) -> FileSource:
    path = folder / "file"
    with path.open("wb") as file:
        file.truncate(size)
    return FileSource(folder, path.name, path.name, media_type, FileStamp.of(path.stat()))


def test_plain_text_is_small_up_to_a_size(tmp_path: Path) -> None:
    for media_type in (CSV, TSV, JSON, JSON_LINES):
        assert is_small(source(tmp_path, LARGEST, media_type))
        assert not is_small(source(tmp_path, LARGEST + 1, media_type))


@pytest.mark.parametrize("media_type", ["", *(MEDIA_TYPES[name] for name in ("parquet", "xlsx", "pdf", "gz", "zip"))])
def test_what_may_hold_more_than_its_size_is_not_small(tmp_path: Path, media_type: str) -> None:
    assert not is_small(source(tmp_path, 10, media_type))


def test_what_is_not_the_file_itself_is_not_small(tmp_path: Path) -> None:
    file = source(tmp_path, 10)
    assert not is_small(KeyedSource(file, "delimited", (), ()))


def test_no_thread_is_started_for_a_small_file(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = b"".join(b"%d,%d.5,port %d\n" % (row, row, row) for row in range(50))
    (bench.dataset / "ports.csv").write_bytes(b"id,depth,name\n" + rows)
    expected = bench.heavy()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a thread pool is made")

    for module in (executor, pipeline):
        monkeypatch.setattr(module, "ThreadPoolExecutor", refuse)
    assert bench.heavy() == expected
    (bench.dataset / "depths.csv").write_bytes(b"id,depth\n" + b"1,2\n" * LARGEST)
    with pytest.raises(AssertionError, match="a thread pool"):
        bench.heavy()
