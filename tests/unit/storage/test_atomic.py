import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from airflow_provider_profiler.storage import atomic
from airflow_provider_profiler.storage.atomic import (
    make_folder,
    move_atomic,
    open_appending,
    open_atomic,
    sync_folder,
    write_atomic,
    write_staged,
)
from airflow_provider_profiler.storage.fencing import fenced


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "profile.json"
    write_atomic(path, b"old")
    write_atomic(path, b"")
    assert path.read_bytes() == b""
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert [item.name for item in tmp_path.iterdir()] == ["profile.json"]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o000, 0o644)])
def test_others_may_read_it_as_far_as_the_umask_lets_them(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        write_atomic(tmp_path / "file", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_content_is_on_disk_before_the_name_and_the_name_before_the_return(tmp_path, monkeypatch):
    path = tmp_path / "file"
    order = []
    real = os.fsync

    def fsync(descriptor):
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "content"
        order.append((kind, path.exists(), os.fstat(descriptor).st_size if kind == "content" else None))
        real(descriptor)

    monkeypatch.setattr(atomic.os, "fsync", fsync)
    write_atomic(path, b"12345")
    assert order == [("content", False, 5), ("folder", True, None)]


@pytest.mark.parametrize("failing", ["fsync", "rename"])
def test_after_an_error_the_old_file_stands_and_nothing_is_left(tmp_path, monkeypatch, failing):
    path = tmp_path / "file"
    write_atomic(path, b"old")

    def fail(*args):
        raise OSError(28, "No space left on device")

    if failing == "fsync":
        monkeypatch.setattr(atomic.os, "fsync", fail)
    else:
        monkeypatch.setattr(atomic.Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "no" / "file", b"x")


def test_readers_never_see_a_part(tmp_path):
    path = tmp_path / "file"
    contents = [bytes([letter]) * 50_000 for letter in b"abcd"]
    write_atomic(path, contents[0])
    done = threading.Event()

    def read():
        seen = set()
        while not done.is_set():
            seen.add(path.read_bytes())
        return seen

    def write(content):
        for _ in range(10):
            write_atomic(path, content)

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(read)
        for writer in [pool.submit(write, content) for content in contents]:
            writer.result(30)
        done.set()
        assert reader.result(30) <= set(contents)
    assert list(tmp_path.iterdir()) == [path]


def test_make_folder_makes_all_of_it_durably(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(atomic, "sync_folder", synced.append)
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert synced == [tmp_path, tmp_path / "a"]


def test_make_folder_does_not_take_a_file_for_a_folder(tmp_path):
    (tmp_path / "a").write_text("x")
    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "a")
    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "a" / "b")


# --- finished files ---


def elsewhere(monkeypatch):
    """Let every folder be a file system of its own."""
    real = atomic.Path.stat

    def stat_of(path, **options):
        found = real(path, **options)
        return SimpleNamespace(st_dev=hash(path.name), st_mode=found.st_mode, st_size=found.st_size)

    monkeypatch.setattr(atomic.Path, "stat", stat_of)


@pytest.mark.parametrize("far", [False, True])
def test_a_finished_file_gets_its_place(tmp_path, monkeypatch, far):
    source, path = tmp_path / "made", tmp_path / "folder" / "states.bin"
    path.parent.mkdir()
    write_atomic(path, b"old")
    content = bytes(range(256)) * 10_000
    source.write_bytes(content)
    if far:
        elsewhere(monkeypatch)
    move_atomic(source, path)
    assert path.read_bytes() == content
    assert [item.name for item in path.parent.iterdir()] == ["states.bin"]
    assert [item.name for item in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize("far", [False, True])
def test_who_may_not_write_any_more_moves_nothing(tmp_path, monkeypatch, far):
    source, path = tmp_path / "made", tmp_path / "folder" / "states.bin"
    path.parent.mkdir()
    source.write_bytes(b"new")
    write_atomic(path, b"old")

    def refuse():
        raise PermissionError("somebody else holds the job")

    if far:
        elsewhere(monkeypatch)
    with fenced(refuse), pytest.raises(PermissionError):
        move_atomic(source, path)
    assert path.read_bytes() == b"old"
    assert [item.name for item in path.parent.iterdir()] == ["states.bin"]


def test_files_that_are_moved_together_wait_for_the_disk_once(tmp_path, monkeypatch):
    forced = []
    real = os.fsync

    def force(descriptor):
        forced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", force)
    folder = tmp_path / "1"
    folder.mkdir()
    for name, content in (("a.json", b"one"), ("b.json", [b"t", b"wo"])):
        write_staged(tmp_path / name, content)
        move_atomic(tmp_path / name, folder / name, durable=False)
    sync_folder(folder)
    assert forced == [tmp_path / "a.json", tmp_path / "b.json", folder]
    assert [(folder / name).read_bytes() for name in ("a.json", "b.json")] == [b"one", b"two"]


def test_what_is_staged_again_leaves_other_names_of_the_file_alone(tmp_path):
    write_staged(tmp_path / "a.json", b"of an earlier attempt")
    (tmp_path / "b.json").hardlink_to(tmp_path / "a.json")
    write_staged(tmp_path / "a.json", b"x")
    assert (tmp_path / "a.json").read_bytes() == b"x"
    assert (tmp_path / "b.json").read_bytes() == b"of an earlier attempt"


def test_a_file_is_written_piece_by_piece_and_is_there_at_the_end(tmp_path):
    path = tmp_path / "states.bin"
    with open_atomic(path) as file:
        file.write(b"one")
        file.write(b"two")
        assert not path.exists()
    assert path.read_bytes() == b"onetwo"


def test_a_file_that_is_given_up_leaves_the_old_one(tmp_path):
    path = tmp_path / "states.bin"
    write_atomic(path, b"old")
    with pytest.raises(RuntimeError, match="given up"), open_atomic(path) as file:
        file.write(b"new")
        raise RuntimeError("given up")
    assert [(item.name, item.read_bytes()) for item in tmp_path.iterdir()] == [("states.bin", b"old")]


def test_what_may_be_lost_is_not_forced_to_disk_but_whole(tmp_path, monkeypatch):
    forced = []
    monkeypatch.setattr(os, "fsync", forced.append)
    write_atomic(tmp_path / "stages.json", [b"a", b"b"], durable=False)
    assert (tmp_path / "stages.json").read_bytes() == b"ab"
    assert forced == []
    with pytest.raises(ZeroDivisionError), open_atomic(tmp_path / "stages.json", durable=False) as file:
        file.write(b"half")
        1 / 0  # noqa: B018
    assert [item.name for item in tmp_path.iterdir()] == ["stages.json"]
    assert (tmp_path / "stages.json").read_bytes() == b"ab"


def test_writers_that_append_do_not_write_over_each_other(tmp_path):
    path = tmp_path / "log.jsonl"
    with open_appending(path) as first, open_appending(path) as second:
        for number in range(10):
            (first, second)[number % 2].write(b"%d\n" % number)
    assert path.read_bytes() == b"".join(b"%d\n" % number for number in range(10))


def test_a_link_is_not_appended_to(tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"theirs")
    (tmp_path / "log.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        open_appending(tmp_path / "log.jsonl")
    assert (tmp_path / "elsewhere").read_bytes() == b"theirs"
