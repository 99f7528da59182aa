"""What is particular to results in folders; the rest is the conformance suite's."""

from pathlib import Path
from uuid import uuid4

import pytest

from airflow_provider_profiler.storage import atomic
from airflow_provider_profiler.storage.local_results import LocalResultStore
from airflow_provider_profiler.storage.results import PROFILE


def test_where_things_lie(tmp_path):
    results = LocalResultStore(tmp_path / "results", tmp_path / "shared" / "cdd", tmp_path / "scratch")
    dataset, job = uuid4(), uuid4()
    assert list(tmp_path.iterdir()) == [], "nothing is made before it is needed"
    assert results.write(dataset, 3, PROFILE, b"{}") == str(tmp_path / "results" / str(dataset) / "3" / PROFILE)
    assert results.replace_cdd(dataset, b"{}") == str(tmp_path / "shared" / "cdd" / f"{dataset}.json")
    assert results.scratch(job) == tmp_path / "scratch" / str(job)


def test_paths_hold_in_another_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results = LocalResultStore(Path("results"), Path("cdd"), Path("scratch"))
    path = results.write(uuid4(), 1, PROFILE, b"{}")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert Path(path).read_bytes() == b"{}"


def test_what_a_killed_writer_left_is_no_document(tmp_path):
    """Readers of the CDD folder take every ``*.json`` for a finished file."""
    results = LocalResultStore(tmp_path / "r", tmp_path / "cdd", tmp_path / "s")
    dataset = uuid4()
    names = []
    with pytest.MonkeyPatch.context() as patch:

        def die(self, target):
            names.append(self.name)
            raise OSError("killed here")

        patch.setattr(atomic.Path, "replace", die)
        with pytest.raises(OSError, match="killed here"):
            results.replace_cdd(dataset, b"{}")
    assert names
    assert not names[0].endswith(".json")
    assert names[0].startswith(".")
    assert results.cdd_path_of(dataset) is None
