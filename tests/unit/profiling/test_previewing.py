"""The first rows of a table that was profiled, where a profile, a folder and a wish are all that there is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.contract.errors import TableNotFound
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.preview import TablePreview
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.profiling.previewing import rows
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

    def __init__(self, folder: Path, **options: Any) -> None:
        self.options = ProfileOptions.model_validate(options)
        self.datasets = (DataRoot(folder.parent).resolve(folder.name),)
        engine, observer = ProfilingEngine(), NullObserver()
        now = datetime(2026, 11, 27, tzinfo=UTC)
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
