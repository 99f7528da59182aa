"""When a file counts as unchanged."""

import os
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from airflow_provider_profiler.profiling.observer import Stopped

ONE, TWO = b"n,t\n1,a\n2,b\n", b"n,t\n3,c\n4,d\n"


def test_a_touched_file_is_read_again_unless_its_checksum_is_compared(nights: Any) -> None:
    nights.write("a.csv", ONE)
    before = nights.profile()
    nights.touch("a.csv")
    assert (nights.profile(before).outcome.read, nights.profile(before, compare="content").outcome.read) == (1, 0)


def test_another_content_of_the_same_look_is_seen_by_its_checksum_alone(nights: Any) -> None:
    nights.write("a.csv", ONE)
    before = nights.profile()
    nights.overwrite_unseen("a.csv", TWO)
    assert nights.profile(before).profile.record_sets == before.profile.record_sets
    after = nights.profile(before, compare="content")
    assert after.outcome.read == 1
    assert after.documents() == nights.profile().documents()


def test_checksums_are_compared_although_the_profile_shows_none(nights: Any) -> None:
    options = {"discovery": {"checksum": False}}
    nights.write("a.csv", ONE)
    before = nights.profile(**options)
    # None was taken the first time: it is read, and compared from then on.
    second = nights.profile(before, compare="content", **options)
    nights.touch("a.csv")
    third = nights.profile(second, compare="content", **options)
    assert (second.outcome.read, third.outcome.read) == (1, 0)
    assert third.profile.distributions[0].sha256 is None


def test_a_checksum_that_is_wanted_now_is_taken(nights: Any) -> None:
    nights.write("a.csv", ONE)
    before = nights.profile(discovery={"checksum": False})
    after = nights.profile(before)
    assert after.documents() == nights.profile().documents()
    assert (after.profile.distributions[0].sha256, after.outcome.read) != (None, 0)


def test_files_of_another_folder_are_compared_by_their_content(nights: Any, tmp_path: Path) -> None:
    nights.write("a.csv", ONE)
    nights.write("b.csv", ONE)
    before = nights.profile()
    elsewhere = tmp_path / "elsewhere" / nights.dataset.name
    shutil.copytree(nights.dataset, elsewhere, copy_function=shutil.copy2)
    nights.bench.dataset = elsewhere
    nights.overwrite_unseen("a.csv", TWO)
    after = nights.profile(before)
    assert (after.outcome.read, after.outcome.unchanged) == (1, 1)
    assert after.documents() == nights.profile().documents()


def test_known_files_can_be_stopped_at(nights: Any, recording: Any) -> None:
    for number in range(3):
        nights.write(f"{number}.csv", ONE)
    before = nights.profile()
    checks = recording()
    nights.profile(before, observer=checks)
    with pytest.raises(Stopped):
        nights.profile(before, observer=recording(stop_at=4))
    assert checks.checks > 2 * 3 * 2  # each file is recalled twice, and its result taken twice


def test_files_that_are_gone_vanish(nights: Any) -> None:
    nights.write("a.csv", ONE)
    nights.write("b.csv", TWO)
    before = nights.profile()
    (nights.dataset / "a.csv").unlink()
    after = nights.profile(before)
    assert [item.path for item in after.profile.distributions] == ["b.csv"]
    assert after.outcome.everything


def test_a_renamed_file_is_another_one(nights: Any) -> None:
    nights.write("a.csv", ONE)
    before = nights.profile()
    (nights.dataset / "a.csv").rename(nights.dataset / "b.csv")
    after = nights.profile(before)
    assert (after.outcome.read, after.outcome.unchanged) == (1, 0)


def test_a_file_that_was_just_written_is_not_believed_the_next_time(nights: Any) -> None:
    # It may be written again within the same tick of its file system's clock, and look as before.
    path = nights.write("a.csv", ONE)
    coming = time.time_ns() + 3_600_000_000_000
    os.utime(path, ns=(coming, coming))
    assert nights.profile(nights.profile()).outcome.read == 1


@pytest.mark.parametrize("ending", ["-wal", "-journal"])
def test_a_database_with_changes_beside_it_is_read(nights: Any, ending: str) -> None:
    path = nights.dataset / "d.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(5)])
    connection.close()
    nights.touch("d.sqlite")
    before = nights.profile()
    assert nights.profile(before).outcome.everything
    nights.write(f"d.sqlite{ending}", b"")
    assert nights.profile(before).outcome.read == 2


def test_states_of_a_database_are_not_taken_while_it_has_changes_beside_it(nights: Any) -> None:
    path = nights.dataset / "d.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE one AS SELECT range AS n FROM range(5)")
        connection.execute("CREATE TABLE two AS SELECT range AS n FROM range(5)")
    nights.touch("d.duckdb")
    looked = path.stat()
    before = nights.profile()
    with duckdb.connect(path) as connection:
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        connection.execute("UPDATE two SET n = n + 100")
    assert (nights.dataset / "d.duckdb.wal").stat().st_size
    os.utime(path, ns=(looked.st_atime_ns, looked.st_mtime_ns))
    after = nights.profile(before)
    assert after.profile.record_sets == nights.profile().profile.record_sets
    assert after.profile.record_sets != before.profile.record_sets
