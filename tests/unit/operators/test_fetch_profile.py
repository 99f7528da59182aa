"""Documents on their way to a path or an object store."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec
import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException
from fsspec.implementations.local import LocalFileSystem

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.hooks.errors import NotFound, ServiceTooOld, UnexpectedAnswer
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.operators.arguments import WrongArguments
from airflow_provider_profiler.operators.fetch_profile import DOCUMENTS, FetchProfileOperator
from airflow_provider_profiler.operators.placing import Fetched, place

SHOP = str(dataset_uuid("shop"))


def fetch(target: Any, **fields: Any) -> FetchProfileOperator:
    return FetchProfileOperator(**{"task_id": "t", "dataset_id": "shop", "target": str(target), **fields})


def test_a_document_is_fetched(reached: Any, fake_task: Any, tmp_path: Path) -> None:
    path = fetch(tmp_path / "deep" / "down" / "p.json").execute(fake_task.context)
    profile = DatasetProfile.from_document(Path(path.removeprefix("file://")).read_bytes())
    assert str(profile.dataset_id) == SHOP
    assert [field.name for field in profile.record_sets[0].fields] == ["order", "day", "amount", "note"]
    assert [item.name for item in (tmp_path / "deep" / "down").iterdir()] == ["p.json"]
    other = fetch(tmp_path / "1.json", dataset_id=None, job_id=reached.jobs["shop1"]).execute(fake_task.context)
    assert b'"note"' not in Path(other.removeprefix("file://")).read_bytes()


def test_a_report_is_a_page_made_of_the_profile(wired: Any, fake_task: Any, tmp_path: Path) -> None:
    for _ in range(2):
        assert fetch(f"{tmp_path}/", document="report").execute(fake_task.context).endswith("/report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>") or page.startswith("<!doctype html>")
    assert "amount" in page


@pytest.mark.parametrize("document", sorted(set(DOCUMENTS) - {"report"}))
def test_every_document_has_a_word(wired: Any, fake_task: Any, tmp_path: Path, document: str) -> None:
    name = DOCUMENTS[document] or f"{SHOP}.json"
    with ProfilerHook() as hook:
        (told,) = hook.artefacts(wired.jobs["shop2"], checksums=True, name=name).data or [None]  # type: ignore[union-attr]
    path = fetch(f"{tmp_path}/", document=document).execute(fake_task.context)
    file = tmp_path / name
    assert path.endswith(name)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == told.sha256


def test_what_is_there_already(wired: Any, fake_task: Any, tmp_path: Path) -> None:
    target = tmp_path / "p.json"
    fetch(target).execute(fake_task.context)
    before = target.stat()
    fetch(target).execute(fake_task.context)
    assert (target.stat().st_mtime_ns, target.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    with pytest.raises(AirflowFailException, match=r"other content .* overwrite=True"):
        fetch(target, revision=1).execute(fake_task.context)
    assert target.stat().st_ino == before.st_ino
    fetch(target, revision="1", overwrite="true").execute(fake_task.context)
    assert b'"note"' not in target.read_bytes()
    assert [item.name for item in tmp_path.iterdir()] == ["p.json"]


def test_what_was_damaged_on_the_way_is_not_written(
    wired: Any, fake_task: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    download = ProfilerHook.download_artefact

    def damaging(hook: ProfilerHook, job_id: str, name: str, path: Path) -> int:
        size = download(hook, job_id, name, path)
        path.write_bytes(b"x" + path.read_bytes()[1:])
        return size

    monkeypatch.setattr(ProfilerHook, "download_artefact", damaging)
    with pytest.raises(UnexpectedAnswer, match="nothing was written"):
        fetch(tmp_path / "p.json").execute(fake_task.context)
    assert list(tmp_path.iterdir()) == []


def test_a_document_that_is_not_there(wired: Any, fake_task: Any, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"has no file 'mirror/x\.parquet'\. It has: .*profile\.json"):
        fetch(tmp_path / "x", document="mirror/x.parquet").execute(fake_task.context)


def test_a_service_that_has_the_documented_routes_alone(
    documented_service: Any, connect: Any, fake_task: Any, tmp_path: Path
) -> None:
    connect(documented_service().base_url)
    with pytest.raises(ServiceTooOld):
        fetch(tmp_path / "x").execute(fake_task.context)


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Let Airflow know a file system, as a provider does."""
    from airflow.sdk.io import fs

    def register(scheme: str, system: Any) -> None:
        monkeypatch.setitem(fs._BUILTIN_SCHEME_TO_FS, scheme, lambda conn_id, options: system)
        fs._register_filesystems.cache_clear()

    yield register
    fs._register_filesystems.cache_clear()


def test_an_object_store(
    wired: Any, fake_task: Any, s3_server: Any, stores: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    system = fsspec.filesystem("s3", **s3_server.options, skip_instance_cache=True)
    system.mkdir("catalogue")
    stores("s3", system)
    assert fetch("s3://catalogue/shop/").execute(fake_task.context) == "s3://catalogue/shop/profile.json"
    content = system.cat_file("catalogue/shop/profile.json")
    assert str(DatasetProfile.from_document(content).dataset_id) == SHOP
    written = system.info("catalogue/shop/profile.json")["LastModified"]
    puts: list[Any] = []
    monkeypatch.setattr(system, "put_file", lambda *names: puts.append(names))
    fetch("s3://catalogue/shop/profile.json").execute(fake_task.context)
    with pytest.raises(AirflowFailException, match="other content"):
        fetch("s3://catalogue/shop/profile.json", revision=1).execute(fake_task.context)
    assert puts == []
    monkeypatch.undo()
    system.invalidate_cache()
    assert system.info("catalogue/shop/profile.json")["LastModified"] == written


def test_a_store_that_nobody_reaches(wired: Any, fake_task: Any) -> None:
    with pytest.raises(AirflowFailException, match=r"reaches gs://.*provider|provider.*reaches gs://"):
        fetch("gs://bucket/key").execute(fake_task.context)


@dataclass
class Elsewhere:
    """A target on a file system that has half-written files and can rename."""

    fs: Any
    path: str
    protocol: str = "sftp"


def test_a_file_system_elsewhere_gets_the_file_in_one_step(tmp_path: Path) -> None:
    moves: list[str] = []

    class Noting(LocalFileSystem):  # type: ignore[misc]
        def mv(self, old: str, new: str, **more: Any) -> None:
            moves.append(f"{Path(old).name.split('.')[0]} {Path(old).suffix} {Path(new).name}")
            super().mv(old, new, **more)

    (tmp_path / "source").write_bytes(b"whole")
    fetched = Fetched.verified(tmp_path / "source", None, "x")
    target: Any = Elsewhere(Noting(skip_instance_cache=True), str(tmp_path / "to" / "p.json"))
    assert place(fetched, target, overwrite=False)
    assert not place(fetched, target, overwrite=False)
    assert moves == ["p .part p.json"]
    assert [(item.name, item.read_bytes()) for item in (tmp_path / "to").iterdir()] == [("p.json", b"whole")]


def test_somebody_else_may_be_quicker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    from airflow.sdk import ObjectStoragePath

    (tmp_path / "source").write_bytes(b"mine")
    copy = shutil.copyfileobj

    def while_it_copies(*files: Any) -> None:
        copy(*files)
        (tmp_path / "p.json").write_bytes(b"theirs")

    monkeypatch.setattr(shutil, "copyfileobj", while_it_copies)
    with pytest.raises(AirflowFailException, match="other content"):
        target = ObjectStoragePath(str(tmp_path / "p.json"))
        place(Fetched.verified(tmp_path / "source", None, "x"), target, overwrite=False)
    assert (tmp_path / "p.json").read_bytes() == b"theirs"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["p.json", "source"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"job_id": "x"}, "it has both"),
        ({"document": "everything"}, "none of profile, light, heavy, cdd"),
        ({"target": "relative/path"}, "absolute path, or a URL"),
        ({"overwrite": "perhaps"}, "true or false"),
        ({"revision": -1}, "a number from 1 on"),
    ],
)
def test_what_could_never_work_fails_when_the_dag_is_read(fields: Any, said: str) -> None:
    with pytest.raises(WrongArguments, match=said):
        fetch(**{"target": "/x", **fields})


def test_templates_and_mapping() -> None:
    fields = {name: "{{ x }}" for name in FetchProfileOperator.template_fields if name != "job_id"}
    task = FetchProfileOperator(task_id="t", **fields)
    task.render_template_fields({"x": "value"})
    assert {getattr(task, name) for name in fields} == {"value"}
    with DAG("d", schedule=None) as dag:
        FetchProfileOperator.partial(task_id="t", target="/x/").expand(dataset_id=["shop", "stock"])
    assert dag.task_ids == ["t"]
