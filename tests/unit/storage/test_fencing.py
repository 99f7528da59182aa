"""A document takes its place only while its writer may write."""

import threading

import pytest

from airflow_provider_profiler.storage.atomic import write_atomic
from airflow_provider_profiler.storage.fencing import check_fence, fenced


class TooLate(Exception):
    pass


def refuse():
    raise TooLate


def test_a_refused_document_leaves_the_old_one_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    write_atomic(path, b"old")
    with fenced(refuse), pytest.raises(TooLate):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    write_atomic(path, b"newest")
    assert path.read_bytes() == b"newest"


def test_the_check_comes_before_each_document(tmp_path):
    asked = []
    with fenced(lambda: asked.append((tmp_path / "a").exists())):
        write_atomic(tmp_path / "a", b"1")
        write_atomic(tmp_path / "a", b"2")
    assert asked == [False, True]


def test_other_threads_are_not_asked():
    def elsewhere():
        check_fence()
        done.append(True)

    done = []
    with fenced(refuse):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert done == [True]
