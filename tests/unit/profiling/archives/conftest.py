"""Archives made in memory, and what discovery finds in them."""

import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airflow_provider_profiler.contract.options import DiscoveryOptions, ReadingOptions
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.discovery.discovering import Discovery, discover, find
from airflow_provider_profiler.profiling.executor import ThreadExecutor
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.storage.roots import DataRoot

CSV = b"a,b\n1,2\n"
WRITTEN = datetime(2024, 5, 6, 7, 8, 10, tzinfo=UTC)


def zip_of(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, WRITTEN.timetuple()[:6]), content, method)
    return buffer.getvalue()


def tar_of(files: Mapping[str, bytes | tarfile.TarInfo], compression: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{compression}") as archive:
        for name, content in files.items():
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                info.mtime = int(WRITTEN.timestamp())
            archive.addfile(info, io.BytesIO(content if isinstance(content, bytes) else b""))
    return buffer.getvalue()


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "root" / "dataset"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def discovered(dataset: Path) -> Callable[..., Discovery]:
    def run(*, reading: ReadingOptions | None = None, **options: object) -> Discovery:
        choice = DiscoveryOptions(**options)
        found, _ = find([DataRoot(dataset.parent).resolve("dataset")], choice)
        specification = ProfileSpecification.for_path("dataset")
        return discover(specification, found, choice, ThreadExecutor(2), NullObserver(), reading=reading)

    return run


@pytest.fixture
def make_zip() -> Callable[..., bytes]:
    return zip_of


@pytest.fixture
def make_tar() -> Callable[..., bytes]:
    return tar_of
