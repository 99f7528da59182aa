"""A dataset's path leads to real data inside the root, or to an error that says why not."""

import os
from pathlib import Path

import pytest

from airflow_provider_profiler.contract.errors import (
    ConfigurationError,
    DatasetNotFound,
    InvalidRequest,
    PathOutsideRoot,
)
from airflow_provider_profiler.storage.roots import DataRoot, ResolvedDataset, root_for


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "weather" / "2024").mkdir(parents=True)
    (root / "weather" / "2024" / "rain.csv").write_text("a\n1\n")
    (tmp_path / "elsewhere").mkdir()
    return root


def test_a_folder_of_several_segments(root: Path) -> None:
    found = DataRoot(root).resolve("weather/2024")
    assert found == ResolvedDataset(
        root=root.resolve(), path=root.resolve() / "weather/2024", dataset_path="weather/2024", is_file=False
    )


def test_a_single_file_is_a_dataset(root: Path) -> None:
    assert DataRoot(root).resolve("weather/2024/rain.csv").is_file


def test_the_mount_point_stands_before_the_path(root: Path) -> None:
    assert DataRoot(root, "weather").resolve("2024").path == root.resolve() / "weather/2024"
    with pytest.raises(DatasetNotFound, match="mount point 'weather'"):
        DataRoot(root, "weather").resolve("2025")


@pytest.mark.parametrize("path", ["", "/etc", "..", "weather/../..", "weather//2024", "./weather", "weather/", "a\0b"])
def test_paths_that_are_not_plain(root: Path, path: str) -> None:
    with pytest.raises(InvalidRequest):
        DataRoot(root).resolve(path)


def test_nothing_there(root: Path) -> None:
    with pytest.raises(DatasetNotFound, match="'snow'"):
        DataRoot(root).resolve("snow")
    with pytest.raises(DatasetNotFound):
        DataRoot(root).resolve("weather/2024/rain.csv/more")
    with pytest.raises(DatasetNotFound):
        DataRoot(root).resolve("x" * 5000)


def test_a_link_inside_the_root_is_followed(root: Path) -> None:
    (root / "latest").symlink_to("weather/2024")
    assert DataRoot(root).resolve("latest").path == root.resolve() / "weather/2024"


@pytest.mark.parametrize("target", ["../elsewhere", "../missing"])
def test_a_link_out_of_the_root(root: Path, target: str) -> None:
    (root / "out").symlink_to(target)
    for path in ("out", "out/inner"):
        with pytest.raises(PathOutsideRoot, match="out of the data root"):
            DataRoot(root).resolve(path)


def test_a_link_that_leads_in_circles(root: Path) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    with pytest.raises(DatasetNotFound):
        DataRoot(root).resolve("a")


def test_a_root_that_is_a_link_itself(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to("root")
    assert DataRoot(tmp_path / "alias").resolve("weather").root == root.resolve()


def test_something_that_is_neither_folder_nor_file(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(InvalidRequest, match="neither a folder nor a file"):
        DataRoot(root).resolve("pipe")


def test_no_root(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="DATA_ROOT_PATH"):
        DataRoot(tmp_path / "missing").resolve("a")


def test_an_absolute_path_has_its_parent_for_a_root(root: Path) -> None:
    assert root_for(root / "weather", None) == (root.resolve(), "weather")


def test_an_absolute_path_inside_the_data_root(root: Path) -> None:
    found = root_for(root / "weather/2024", root)
    assert found == (root.resolve(), "weather/2024")
    assert DataRoot(found[0]).resolve(found[1]).path == root.resolve() / "weather/2024"


def test_an_absolute_path_that_is_not_usable(root: Path, tmp_path: Path) -> None:
    with pytest.raises(PathOutsideRoot):
        root_for(tmp_path / "elsewhere", root)
    with pytest.raises(DatasetNotFound):
        root_for(root / "snow", None)
    with pytest.raises(InvalidRequest, match="whole root"):
        root_for(root, root)
    with pytest.raises(InvalidRequest, match="whole root"):
        root_for(Path("/"), None)
    odd = tmp_path / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    with pytest.raises(InvalidRequest, match=r"caf\\\\xe9"):
        root_for(odd, None)
