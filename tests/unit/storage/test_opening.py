"""Files open without following a link at any component, and without waiting for a FIFO."""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from airflow_provider_profiler.storage.opening import FileStamp, NotARegularFile, open_beneath


def test_a_file_at_depth(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/c.txt").write_bytes(b"content")
    with open_beneath(tmp_path, "a/b/c.txt") as file:
        assert file.read() == b"content"


@pytest.mark.parametrize("location", ["link.txt", "folder/c.txt"])
def test_links_are_never_followed(tmp_path: Path, location: str) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/c.txt").write_bytes(b"content")
    (tmp_path / "link.txt").symlink_to("real/c.txt")
    (tmp_path / "folder").symlink_to("real")
    with pytest.raises(OSError):
        open_beneath(tmp_path, location)


@pytest.mark.timeout(20)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(OSError):
            open_beneath(tmp_path, "socket")
    for name in ("pipe", "folder"):
        with pytest.raises(NotARegularFile):
            open_beneath(tmp_path, name)


def descriptors() -> Iterator[str]:
    """What the descriptors of this process lead to; other threads open and close theirs meanwhile."""
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            yield str(entry.readlink())


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    os.mkfifo(tmp_path / "a/pipe")
    for location in ("a/missing", "missing/b", "a/pipe", "a"):
        with pytest.raises(OSError):
            open_beneath(tmp_path, location)
    assert not [link for link in descriptors() if link.startswith(str(tmp_path))]


def test_the_stamp_tells_a_file_from_its_successors(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"one")
    first = FileStamp.of(file.stat())
    assert FileStamp.of(file.stat()) == first
    os.utime(file, ns=(0, first.modified_ns + 1))
    assert FileStamp.of(file.stat()) != first
    os.utime(file, ns=(0, first.modified_ns))
    assert FileStamp.of(file.stat()) == first
    replacement = tmp_path / "b"
    replacement.write_bytes(b"two")
    os.utime(replacement, ns=(0, first.modified_ns))
    replacement.rename(file)
    assert FileStamp.of(file.stat()) != first
