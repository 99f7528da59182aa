"""Documents as open files: nothing leads out of their folder, and they stay as they were."""

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.storage.documents import is_document_name, list_documents, open_document


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    revision = tmp_path / "results" / "dataset" / "1"
    (revision / "mirror").mkdir(parents=True)
    (revision / "profile.json").write_bytes(b'{"a": 1}')
    (revision / "mirror" / "t.parquet").write_bytes(b"PAR1" * 10)
    (revision / ".profile.json.0.tmp").write_bytes(b"half")
    (tmp_path / "outside.json").write_bytes(b"not yours")
    (revision / "link.json").symlink_to(tmp_path / "outside.json")
    (revision / "folder").mkdir()
    (revision / "folder" / "below.json").write_bytes(b"x")
    os.mkfifo(revision / "pipe.json")
    return revision


def test_what_is_listed_can_be_opened_and_nothing_else(folder: Path) -> None:
    found = list_documents(folder)
    assert [(item.name, item.size) for item in found] == [("mirror/t.parquet", 40), ("profile.json", 8)]
    for facts in found:
        with open_document(folder, facts.name) as document:
            assert document.facts == facts
            content = (folder / facts.name).read_bytes()
            assert document.pread(document.size, 0) == content
            assert document.sha256() == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "/", "mirror", "mirror/", "mirror/..", "mirror/../profile.json", "mirror/mirror/t.parquet"),
        *("../1/profile.json", "./profile.json", "/etc/passwd", "folder/below.json", "folder", "no.json"),
        *(".profile.json.0.tmp", "link.json", "pipe.json", "profile.json\x00", "profile.json/", "a" * 5000, "\udcff"),
        *("..\\profile.json", "mirror\\t.parquet", "%2e%2e/profile.json"),
    ],
)
def test_other_names_are_no_documents(folder: Path, name: str) -> None:
    assert open_document(folder, name) is None


def test_folders_that_are_links_hold_no_documents(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "t.parquet").write_bytes(b"not yours")
    (folder / "mirror" / "t.parquet").unlink()
    (folder / "mirror").rmdir()
    (folder / "mirror").symlink_to(tmp_path / "elsewhere")
    assert [item.name for item in list_documents(folder)] == ["profile.json"]
    assert open_document(folder, "mirror/t.parquet") is None
    (tmp_path / "other").symlink_to(folder)
    assert list_documents(tmp_path / "other") == ()
    assert open_document(tmp_path / "other", "profile.json") is None
    assert list_documents(tmp_path / "nowhere") == ()
    assert open_document(tmp_path / "nowhere", "profile.json") is None


def test_an_open_document_outlives_its_replacement(folder: Path) -> None:
    document = open_document(folder, "profile.json")
    (folder / "new").write_bytes(b"another content")
    (folder / "new").rename(folder / "profile.json")
    with document, open_document(folder, "profile.json") as newer:
        assert document.pread(100, 0) == b'{"a": 1}'
        assert newer.facts.tag != document.facts.tag


def test_what_is_appended_is_not_read_and_what_is_cut_is_told(folder: Path) -> None:
    with open_document(folder, "profile.json") as document:
        before = document.facts.tag
        with (folder / "profile.json").open("ab") as file:
            file.write(b"more")
        assert b"".join(document.pieces(0, document.size)) == b'{"a": 1}'
        with open_document(folder, "profile.json") as grown:
            assert grown.facts.tag != before
        (folder / "profile.json").write_bytes(b"{")
        with pytest.raises(EOFError, match=r"profile\.json"):
            list(document.pieces(0, document.size))


@given(st.text(max_size=20) | st.from_regex(r"(mirror/)?[a-z./\\]{0,8}", fullmatch=True))
def test_a_name_never_leads_anywhere(name: str) -> None:
    if is_document_name(name):
        parts = Path(name).parts
        assert parts[-1] not in ("..", ".")
        assert len(parts) == 1 or parts[:-1] == ("mirror",)
        assert not Path(name).is_absolute()
