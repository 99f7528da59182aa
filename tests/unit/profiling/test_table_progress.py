"""What an observer is told of each table, document and image."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from airflow_provider_profiler.contract.errors import FileFailed
from airflow_provider_profiler.contract.stage_graph import VertexKind
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.executor import ThreadExecutor
from airflow_provider_profiler.profiling.observer import NullObserver


@dataclass
class TableObserver(NullObserver):
    """Keeps what it is told of tables, in order."""

    told: list[tuple[Any, ...]] = field(default_factory=list)

    def tables_expected(self, tables):
        self.told.extend(("expected", table.name, table.kind.value) for table in tables)

    def table_started(self, name):
        self.told.append(("started", name))

    def table_advanced(self, name, *, rows, bytes, percent):
        self.told.append(("advanced", name, rows, bytes, percent))

    def table_finished(self, name, *, rows=0, bytes=0, reason=None, reused=False):
        self.told.append(("finished", name, rows, bytes, reason and reason.code.value))

    def of(self, name: str) -> list[tuple[Any, ...]]:
        return [(kind, *rest) for kind, told, *rest in self.told if told == name]


@pytest.fixture
def observed(bench):
    def profile(**options) -> TableObserver:
        observer = TableObserver()
        bench.heavy(engine=ProfilingEngine(ThreadExecutor(2)), observer=observer, **options)
        return observer

    return profile


def test_a_table_from_its_first_piece_to_its_last(bench, observed):
    rows = "".join(f"{number},{number}\n" for number in range(200))
    (bench.dataset / "a.csv").write_text("x,y\n" + rows)
    (bench.dataset / "b.csv").write_text("x,z\n1,2\n")
    observer = observed(partition_bytes=400)
    told = observer.of("a.csv")
    assert told[:2] == [("expected", "table"), ("started",)]
    assert told[-1] == ("finished", 200, len(rows), None)
    on_the_way = told[2:-1]
    assert len(on_the_way) > 1
    assert {kind for kind, *_ in on_the_way} == {"advanced"}
    for place in (1, 2, 3):
        values = [entry[place] for entry in on_the_way]
        assert values == sorted(values)
    assert on_the_way[-1][3] < 100.0
    assert [kind for kind, *_ in observer.of("b.csv")] == ["expected", "started", "finished"]
    assert sum(told[0] == "finished" for told in observer.told) == 2


def test_a_file_of_several_tables_has_each_by_its_name(bench, observed):
    (bench.dataset / "two.json").write_text('{"cats": [{"a": 1}, {"a": 2}], "dogs": [{"b": 3}, {"b": 4}, {"b": 5}]}')
    observer = observed()
    finished = {told[1]: told[2] for told in observer.told if told[0] == "finished"}
    assert finished == {"two.json#cats": 2, "two.json#dogs": 3}


def test_documents_are_told_while_files_are_planned(bench, observed):
    (bench.dataset / "notes.md").write_text("# Notes\n\nSome words.\n")
    (bench.dataset / "a.csv").write_text("x,y\n1,2\n")
    observer = observed()
    assert observer.of("notes.md") == [
        ("expected", VertexKind.DOCUMENT.value),
        ("started",),
        ("finished", 0, 21, None),
    ]
    assert observer.told.index(("finished", "notes.md", 0, 21, None)) < observer.told.index(("started", "a.csv"))


def test_a_file_that_cannot_be_planned_is_told_once(bench, observed):
    (bench.dataset / "bad.json").write_text('{"broken": ')
    assert observed().of("bad.json") == [("expected", "file"), ("finished", 0, 0, "malformed")]


def test_a_file_that_fails_while_it_is_read_takes_all_of_its_tables_along(bench):
    (bench.dataset / "two.json").write_text('{"cats": [{"a": 1}, {"a": 2}], "dogs": [{"b": 3}, {"b": 4}]}')
    (bench.dataset / "a.csv").write_text("x,y\n1,2\n")
    options = bench.options()
    engine = ProfilingEngine(ThreadExecutor(2))

    class Spoiling(TableObserver):
        def stage(self, name):
            if name == "heavy":
                (bench.dataset / "two.json").write_text("[]")

    observer = Spoiling()
    light = bench.light(options, engine=engine)
    engine.heavy(light, observer=observer)
    for name in ("two.json#cats", "two.json#dogs"):
        assert observer.of(name)[-1] == ("finished", 0, 0, "changed_while_read")
        assert [kind for kind, *_ in observer.of(name)].count("finished") == 1
    assert observer.of("a.csv")[-1] == ("finished", 1, 4, None)


def test_files_that_are_one_table_are_told_as_one(bench, observed):
    for number in range(3):
        (bench.dataset / f"part-{number}.csv").write_text("id,name\n" + f"{number},Porto\n" * 4)
    finished = [told for told in observed().told if told[0] == "finished"]
    assert [(rows, reason) for _, _, rows, _, reason in finished] == [(12, None)]


def test_the_end_of_the_first_failure_is_told_where_it_ends_everything(bench):
    (bench.dataset / "bad.json").write_text('{"broken": ')
    observer = TableObserver()
    options = bench.options()
    execution = options.execution.model_copy(update={"continue_on_error": False})
    light = bench.light(options.model_copy(update={"execution": execution}))
    with pytest.raises(FileFailed):
        ProfilingEngine().heavy(light, observer=observer)
    assert observer.of("bad.json")[-1] == ("finished", 0, 0, "malformed")
