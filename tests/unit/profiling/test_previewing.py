"""The first rows of a table that was profiled, where a profile, a folder and a wish are all that there is."""

import json
import logging
import os
import resource
import select
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pydantic import SecretStr

from airflow_provider_profiler.contract.errors import InvalidRequest, TableNotFound
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.preview import TablePreview
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling.databases.access import DatabaseAccess
from airflow_provider_profiler.profiling.databases.listing import DatabaseListing
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.isolation.apart import ProcessesApart, ProcessLost, ProcessStopped
from airflow_provider_profiler.profiling.isolation.serving import MEMORY_BYTES
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.profiling.previewing import child, finding, rows
from airflow_provider_profiler.profiling.previewing.profiled import ProfiledDataset
from airflow_provider_profiler.profiling.previewing.rows import preview
from airflow_provider_profiler.profiling.previewing.wish import Whereabouts, Wish, packed, unpacked
from airflow_provider_profiler.storage.roots import DataRoot

SPECIFICATION = ProfileSpecification.for_path("harbours")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "harbours"
    folder.mkdir()
    return folder


class Profiled:
    """A dataset that was profiled."""

    def __init__(self, folder: Path, now: datetime = datetime(2026, 11, 27, tzinfo=UTC), **options: Any) -> None:
        self.options = ProfileOptions.model_validate(options)
        self.datasets = (DataRoot(folder.parent).resolve(folder.name),)
        engine, observer = ProfilingEngine(), NullObserver()
        light = engine.light(SPECIFICATION, self.datasets, self.options, generated_at=now, observer=observer)
        self.profile: DatasetProfile = engine.heavy(light, observer=observer)

    def look(self, table: str | None = None, count: int = 10, **wish: Any) -> TablePreview:
        travelled = packed(Wish(table, count, **wish), Whereabouts(SPECIFICATION, self.options, self.datasets))
        wanted, whereabouts = unpacked(travelled)
        return preview(wanted, ProfiledDataset.of(self.profile.model_dump_json().encode()), whereabouts)


def test_examples_of_the_profile_are_the_first_rows(folder: Path) -> None:
    (folder / "calls.csv").write_text(
        'ship,day,fee,paid\n"Argo, the","2026-01-05","1,250.50",yes\nPeleus,2026-01-06,,no\n', encoding="utf-8"
    )
    profiled = Profiled(folder)
    (table,) = profiled.profile.record_sets
    found = profiled.look()
    assert found.rows == table.examples
    assert [(column.name, column.data_type) for column in found.columns] == [
        (field.name, field.data_type) for field in table.fields
    ]


def test_a_table_of_several_files_goes_on_in_the_next_one(folder: Path) -> None:
    for number in range(1, 5):
        rows_of_it = "".join(f"{number},{place}\n" for place in range(2))
        (folder / f"day-{number}.csv").write_text("day,place\n" + rows_of_it, encoding="utf-8")
    profiled = Profiled(folder)
    assert len(profiled.profile.record_sets) == 1
    assert profiled.look(count=3).rows == ((1, 0), (1, 1), (2, 0))
    assert not profiled.look(count=7).complete
    assert profiled.look(count=8).complete
    assert profiled.look(where="place = 1", columns=("day",)).rows == ((1,), (2,), (3,), (4,))
    (folder / "day-2.csv").unlink()
    (folder / "day-3.csv").write_text("day,other\n3,x\n", encoding="utf-8")
    # What is gone is gone; a file that has another column now has no value in the one it had.
    assert profiled.look().rows == ((1, 0), (1, 1), (3, None), (4, 0), (4, 1))
    assert profiled.look(where="place = 1").rows == ((1, 1), (4, 1))
    assert profiled.look().changed
    (folder / "day-1.csv").unlink()
    with pytest.raises(TableNotFound, match=r"day-1\.csv is not in the dataset any more"):
        profiled.look()


def test_rows_over_many_pieces_and_no_more_than_fit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "long.csv").write_text("n,t\n" + "".join(f"{n},{'x' * 90}\n" for n in range(3000)), encoding="utf-8")
    profiled = Profiled(folder, execution={"partition_bytes": 65536})
    assert [row[0] for row in profiled.look(count=2000).rows] == list(range(2000))
    assert [row[0] for row in profiled.look(where="n >= 1500", count=3).rows] == [1500, 1501, 1502]
    monkeypatch.setattr(rows, "MOST_CELLS", 100)
    found = profiled.look(count=2000)
    assert (len(found.rows), found.complete) == (50, False)
    monkeypatch.setattr(rows, "MOST_CHARACTERS", 200)
    assert len(profiled.look(count=2000).rows) == 2
    monkeypatch.setattr(rows, "MOST_CELLS", 1)
    assert len(profiled.look(count=2000).rows) == 1, "the first one is told, however wide it is"


def test_names_that_look_like_patterns_are_files(folder: Path) -> None:
    (folder / "a[1].csv").write_text("x\n1\n", encoding="utf-8")
    (folder / "a1.csv").write_text("y,z\n2,3\n", encoding="utf-8")
    profiled = Profiled(folder)
    assert profiled.look("a[1]").rows == ((1,),)
    assert profiled.look("a1").rows == ((2, 3),)


def test_a_name_in_a_condition_means_none_of_the_columns_that_were_left_out(folder: Path) -> None:
    (folder / "staff.csv").write_text("level,LEVEL,name\n1,900,A\n2,100,B\n3,5,C\n", encoding="utf-8")
    profiled = Profiled(folder, selection={"exclude_columns": ["LEVEL"]})
    assert profiled.look(where="LEVEL > 50").rows == ()
    assert profiled.look(where="LEVEL > 2").rows == ((3, "C"),)
    with pytest.raises(InvalidRequest, match="'LEVEL', which there is not"):
        profiled.look(where='"LEVEL" > 50')
    # The options, which an operator wrote, mean the column that they name.
    profiled = Profiled(folder, selection={"exclude_columns": ["LEVEL"], "where": "LEVEL > 50"})
    assert profiled.look(where="LEVEL > 1").rows == ((2, "B"),)


@pytest.fixture
def years(folder: Path) -> Path:
    for year, count in (("2023", 2), ("2024", 1), ("__HIVE_DEFAULT_PARTITION__", 1)):
        place = folder / f"year={year}"
        place.mkdir()
        lines = "".join(f"{4 if year.isdecimal() else 5}{number}\n" for number in range(count))
        (place / "part.csv").write_text(f"n\n{lines}", encoding="utf-8")
    return folder


def test_columns_of_the_path_have_their_values(years: Path) -> None:
    profiled = Profiled(years)
    (table,) = profiled.profile.record_sets
    assert profiled.look().rows == table.examples
    assert {row[1] for row in table.examples} == {2023, 2024, None}
    assert profiled.look(where="year = 2024").rows == ((40, 2024),)
    assert profiled.look(where="year = 2023 AND n > 40", columns=("year",)).rows == ((2023,),)


def test_a_condition_of_the_profile_over_the_path_holds(years: Path) -> None:
    profiled = Profiled(years, selection={"where": "year = 2024"})
    assert profiled.look().rows == ((40, 2024),)
    profiled = Profiled(years, selection={"where": "year = 2024", "exclude_columns": ["year"]})
    assert profiled.look().rows == ((40,),)


@pytest.mark.parametrize("options", [{}, {"sampling": {"method": "head", "rows": 2}}])
def test_where_the_condition_of_the_profile_fits_no_more_no_row_is_shown(folder: Path, options: dict[str, Any]) -> None:
    (folder / "staff.csv").write_text("name,level\nA,1\nB,3\n", encoding="utf-8")
    (folder / "other.csv").write_text("x\n1\n", encoding="utf-8")
    profiled = Profiled(folder, selection={"where": "level < 3", "exclude_columns": ["level"]}, **options)
    assert profiled.look("staff").rows == (("A",),)
    assert profiled.look("other").rows == ((1,),), "to which it did not apply"
    (folder / "staff.csv").write_text("name,grade\nA,1\nB,3\n", encoding="utf-8")
    with pytest.raises(InvalidRequest, match="has no column 'level'"):
        profiled.look("staff")


def test_another_table_of_the_file_is_not_shown_for_one_that_is_gone(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "port.sqlite")) as connection:
        connection.executescript("CREATE TABLE ships (n); CREATE TABLE crews (n); INSERT INTO crews VALUES (1)")
    profiled = Profiled(folder)
    names = [table.name for table in profiled.profile.record_sets]
    (ships,) = (name for name in names if "ships" in name)
    with closing(sqlite3.connect(folder / "port.sqlite")) as connection:
        connection.execute("DROP TABLE ships")
    with pytest.raises(TableNotFound, match="holds no table"):
        profiled.look(ships)


def test_a_file_that_was_new_enough_for_the_job_still_is(folder: Path) -> None:
    (folder / "old.csv").write_text("n\n1\n", encoding="utf-8")
    then = datetime(2020, 1, 8, tzinfo=UTC)
    written = (then - timedelta(days=2)).timestamp()
    os.utime(folder / "old.csv", (written, written))
    assert Profiled(folder, then, discovery={"modified_within_days": 3}).look().rows == ((1,),)


def test_of_several_databases_the_one_of_the_table_is_asked_and_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def listing(_: Any, accesses: Any, options: ProfileOptions, __: Any) -> DatabaseListing:
        asked.append(([access.url for access in accesses], options.databases.statement_timeout_seconds))
        return DatabaseListing()

    monkeypatch.setattr(finding, "list_databases", listing)
    urls = ["postgresql://one:5432/a", "postgresql://two:5432/a"]
    accesses = tuple(
        DatabaseAccess("postgresql", url, "one", 5432, "a", "reader", SecretStr("a-password")) for url in urls
    )
    document = {
        "kind": Target.HEAVY.value,
        "generated_at": "2026-11-27T00:00:00Z",
        "distributions": [{"id": str(SPECIFICATION.id), "kind": "database", "path": urls[1]}],
        "record_sets": [
            {
                "id": str(SPECIFICATION.id),
                "name": "t",
                "path": urls[1],
                "distribution_id": str(SPECIFICATION.id),
                "row_count": 1,
                "fields": [],
            }
        ],
    }
    profiled = ProfiledDataset.of(json.dumps(document).encode())
    with pytest.raises(TableNotFound, match="not in the dataset any more"):
        preview(Wish("t", 1), profiled, Whereabouts(SPECIFICATION, ProfileOptions(), databases=accesses))
    assert asked == [([urls[1]], finding.STATEMENT_SECONDS)]


class TestAnswers:
    """What the process apart says of what goes wrong."""

    @pytest.fixture
    def asked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        profile = tmp_path / "profile.json"
        profile.write_text(
            json.dumps({"kind": Target.HEAVY.value, "generated_at": "2026-11-27T00:00:00Z", "distributions": []})
        )
        request = {"wish": packed(Wish(None, 1), Whereabouts(SPECIFICATION, ProfileOptions())), "seconds": 60}

        def ask(look: Any) -> dict[str, Any]:
            monkeypatch.setattr(child, "preview", look)
            return child._answer(request, os.open(profile, os.O_RDONLY))

        return ask

    def test_a_fault_is_told_by_its_place_and_not_by_its_text(self, asked: Any) -> None:
        def look(*_: Any) -> None:
            raise ValueError("a cell that nobody may see")

        told = asked(look)
        assert told["errors"] == []
        assert "ValueError at" in told["message"]
        assert "a cell" not in str(told)

    def test_what_a_reader_logs_of_its_fault_is_handed_on(self, asked: Any) -> None:
        def look(*_: Any) -> None:
            fault = ValueError("a cell that nobody may see")
            logging.getLogger("reader").error("Reading %s failed", "stock.csv", exc_info=fault)
            raise InvalidRequest("stock.csv: the profiler failed over it; its log says where.")

        told = asked(look)
        assert told["message"].startswith("stock.csv: the profiler failed")
        (failure,) = told["failures"]
        assert failure.startswith("Reading stock.csv failed: ValueError")
        assert "a cell" not in failure

    def test_memory_that_a_reader_did_not_get_is_told_as_that(self, asked: Any) -> None:
        def look(*_: Any) -> None:
            logging.getLogger("reader").error("Reading %s failed", "stock.csv", exc_info=MemoryError())
            raise InvalidRequest("stock.csv: the profiler failed over it.")

        assert "MiB of memory" in asked(look)["message"]


_NESTED = """
import os, resource, signal, subprocess, sys, tempfile
from airflow_provider_profiler.profiling.isolation.serving import serve


def answer(request, descriptor):
    os.close(descriptor)
    if "pipe" in request:
        # Two that hold the pipe open: the process itself, and one that it started and that knows of no end.
        with open(request["pipe"], "w") as pipe:
            subprocess.Popen([sys.executable, "-c", f"open({request['never']!r})"], stdout=pipe)
            open(os.path.join(tempfile.gettempdir(), "left"), "w").close()
            pipe.write(tempfile.gettempdir())
        if request["dies"]:
            signal.raise_signal(signal.SIGALRM)
        signal.pause()
    return {"memory": resource.getrlimit(resource.RLIMIT_AS), "folder": tempfile.gettempdir()}


def main(descriptor):
    serve(descriptor, answer)
"""


class TestProcesses:
    """Processes apart that start others and write files with names."""

    @pytest.fixture
    def processes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProcessesApart]:
        (tmp_path / "nested_child.py").write_text(_NESTED, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        processes = ProcessesApart("nested_child", dict, nested=True)
        yield processes
        processes.stop_all()

    @pytest.fixture
    def pipe(self, tmp_path: Path) -> Path:
        os.mkfifo(tmp_path / "pipe")
        return tmp_path / "pipe"

    @pytest.fixture
    def never(self, tmp_path: Path) -> Iterator[Path]:
        """What cannot be opened for as long as a test runs; whoever is left over then ends."""
        os.mkfifo(tmp_path / "never")
        yield tmp_path / "never"
        os.close(os.open(tmp_path / "never", os.O_RDWR))

    @staticmethod
    def ask(processes: ProcessesApart, **request: Any) -> dict[str, Any]:
        with Path(os.devnull).open("rb") as file:
            return processes.ask(request, file.fileno())

    @pytest.mark.parametrize(("dies", "ended"), [(True, ProcessLost), (False, ProcessStopped)])
    def test_what_they_started_and_wrote_goes_with_them(
        self, processes: ProcessesApart, pipe: Path, never: Path, dies: bool, ended: type[Exception]
    ) -> None:
        raised: list[Exception] = []

        def asking() -> None:
            try:
                self.ask(processes, pipe=str(pipe), never=str(never), dies=dies)
            except Exception as error:
                raised.append(error)

        thread = Thread(target=asking)
        thread.start()
        with pipe.open("rb", buffering=0) as reader:
            folder = Path(os.fsdecode(reader.read(4096)))
            if not dies:
                processes.stop_all()
            assert select.select([reader], [], [], 60)[0], "somebody is left who holds the other end"
            assert reader.read(1) == b""
        thread.join()
        assert [type(error) for error in raised] == [ended]
        if isinstance(raised[0], ProcessLost):
            assert raised[0].code == -signal.SIGALRM
        assert folder.name.startswith("profiler-")
        assert not folder.exists()

    def test_their_memory_is_bounded_and_the_bound_of_others_left_as_it_is(self, processes: ProcessesApart) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        told = self.ask(processes)
        assert told["memory"] == [MEMORY_BYTES, hard]
        assert Path(told["folder"]).is_dir()
        assert self.ask(processes)["folder"] == told["folder"], "one that has nothing to do is asked again"
        processes.end_all()
        assert not Path(told["folder"]).exists()
