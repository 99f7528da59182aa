"""What a process unpacks is unpacked once, bounded, and leaves nothing behind."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.archives import spool
from airflow_provider_profiler.profiling.archives.names import UP, DistinctPaths, shown_path
from airflow_provider_profiler.profiling.archives.spool import Spool
from airflow_provider_profiler.profiling.readers.reader import UnreadableFile


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(spool, "SMALL_BYTES", 10)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def counting(content: bytes, calls: list[int]) -> Callable[[Callable[[bytes], object]], None]:
    def fill(write: Callable[[bytes], object]) -> None:
        calls.append(1)
        write(content)

    return fill


@pytest.mark.parametrize("content", [b"", b"small", b"larger than ten bytes"])
def test_readers_seek_and_share(content: bytes, tmp_path: Path) -> None:
    store, calls = Spool(), []
    with store.opened("key", len(content), counting(content, calls), "a") as one:
        assert one.read() == content
        with store.opened("key", len(content), counting(content, calls), "a") as other:
            assert other.seek(-3, 2) if content else True
            assert other.read() == content[-3:]
        assert one.seek(1) == 1
        assert one.read(3) == content[1:4]
    with store.opened("key", len(content), counting(content, calls), "a", start=2, length=2) as part:
        assert part.read() == content[2:4]
    assert calls == [1]
    assert list(tmp_path.iterdir()) == []


def test_what_was_not_asked_for_longest_makes_room() -> None:
    store, calls = Spool(disk=50), []
    kept = store.opened("a", 20, counting(b"a" * 20, calls), "a")
    store.opened("b", 20, counting(b"b" * 20, calls), "b")
    store.opened("a", 20, counting(b"a" * 20, calls), "a")
    store.opened("c", 20, counting(b"c" * 20, calls), "c")
    assert len(calls) == 3
    store.opened("a", 20, counting(b"a" * 20, calls), "a")
    assert len(calls) == 3
    store.opened("b", 20, counting(b"b" * 20, calls), "b")
    assert len(calls) == 4
    assert kept.read() == b"a" * 20


def test_threads_wait_for_the_first_one() -> None:
    store, calls = Spool(), []
    begun = threading.Barrier(4)

    def read(_: int) -> bytes:
        begun.wait()
        return store.opened("key", 20, counting(b"x" * 20, calls), "a").read()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(read, range(4))) == {b"x" * 20}
    assert calls == [1]


@pytest.mark.parametrize("size", [5, 20, 30])
def test_contents_of_another_size_are_refused(size: int) -> None:
    with pytest.raises(UnreadableFile, match="says"):
        Spool().opened("key", size, counting(b"x" * 25, []), "a")


@given(st.text(st.characters(codec=None), max_size=40))
def test_no_name_leads_out(name: str) -> None:
    shown, _ = shown_path(name)
    shown.encode()
    assert shown
    assert not shown.startswith("/")
    assert not {"", ".", ".."}.intersection(shown.split("/"))


def test_shown_names() -> None:
    assert shown_path("a/./b//c.csv") == ("a/b/c.csv", False)
    assert shown_path("../a") == (f"{UP}/a", True)
    assert shown_path("a\\b") == ("a/b", False)
    assert shown_path("") == ("(no name)", False)
    distinct = DistinctPaths()
    assert [distinct(name) for name in ("a", "a", "a~2", "a", "b")] == ["a", "a~2", "a~2~2", "a~3", "b"]


def test_nothing_is_remembered_of_what_could_not_be_unpacked() -> None:
    store = Spool()
    for number in range(3):
        with pytest.raises(UnreadableFile):
            store.opened(number, 5, counting(b"abc", []), "a")
    assert not store._filling
