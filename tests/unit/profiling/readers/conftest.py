"""Files for readers, without a discovery before them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_provider_profiler.profiling.source import FileSource
from airflow_provider_profiler.storage.opening import FileStamp


@pytest.fixture
def source_of() -> Callable[[Path], FileSource]:
    def make(path: Path) -> FileSource:
        return FileSource(
            root=path.parent.resolve(),
            location=path.name,
            path=path.name,
            media_type="",
            stamp=FileStamp.of(path.stat()),
        )

    return make


@pytest.fixture
def written(tmp_path: Path, source_of: Callable[[Path], FileSource]) -> Callable[..., FileSource]:
    def make(content: bytes, name: str = "table.csv") -> FileSource:
        path = tmp_path / name
        path.write_bytes(content)
        return source_of(path)

    return make
