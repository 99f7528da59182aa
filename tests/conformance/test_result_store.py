"""What every result store does alike."""

from pathlib import Path
from uuid import uuid4

import pytest

from airflow_provider_profiler.storage.results import MOMA_HEAVY, PROFILE, STATES, cdd_name


@pytest.fixture
def dataset():
    return uuid4()


def test_nothing_is_there_before_it_is_written(results, dataset):
    assert results.read(dataset, 1, PROFILE) is None
    assert results.path_of(dataset, 1, PROFILE) is None
    assert results.cdd_path_of(dataset) is None


def test_a_document_reads_back_and_has_a_path(results, dataset):
    path = results.write(dataset, 1, PROFILE, b"one")
    assert results.read(dataset, 1, PROFILE) == b"one"
    assert results.path_of(dataset, 1, PROFILE) == path
    assert results.path_of(dataset, 1, MOMA_HEAVY) is None


def test_a_document_is_replaced_under_the_same_path(results, dataset):
    path = results.write(dataset, 1, PROFILE, b"light")
    assert results.write(dataset, 1, PROFILE, b"heavy") == path
    assert results.read(dataset, 1, PROFILE) == b"heavy"


def test_a_finished_file_becomes_a_document(results, dataset, tmp_path):
    for place, content in ((results.scratch(uuid4()), b"one"), (tmp_path, b"two")):
        (place / "made").write_bytes(content)
        (place / "mirrored").write_bytes(b"rows")
        files = {STATES: place / "made", "mirror/a.parquet": place / "mirrored"}
        paths = results.move_in(dataset, 1, files)
        assert results.read(dataset, 1, STATES) == content
        assert paths == {name: results.path_of(dataset, 1, name) for name in files}
        assert not any(file.exists() for file in files.values())
    with pytest.raises(OSError):
        results.move_in(dataset, 1, {STATES: tmp_path / "made"})
    assert results.read(dataset, 1, STATES) == b"two"


def test_revisions_and_datasets_are_kept_apart(results, dataset):
    other = uuid4()
    results.write(dataset, 1, PROFILE, b"first")
    results.write(dataset, 2, PROFILE, b"second")
    results.write(other, 1, PROFILE, b"other")
    assert results.read(dataset, 1, PROFILE) == b"first"
    assert results.read(dataset, 2, PROFILE) == b"second"
    assert results.read(other, 1, PROFILE) == b"other"


def test_the_cdd_file_is_replaced_and_the_revisions_copies_stay(results, dataset):
    copy = results.write(dataset, 1, cdd_name(dataset), b"one")
    first = results.replace_cdd(dataset, b"one")
    assert results.replace_cdd(dataset, b"two") == first == results.cdd_path_of(dataset)
    assert first != copy
    assert first.endswith(f"/{dataset}.json")
    assert results.read(dataset, 1, cdd_name(dataset)) == b"one"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../profile.json", "/etc/passwd", "a\x00b"])
def test_a_name_that_leads_elsewhere_is_refused(results, dataset, name):
    with pytest.raises(ValueError, match="not a plain file name"):
        results.write(dataset, 1, name, b"")
    with pytest.raises(ValueError, match="not a plain file name"):
        results.move_in(dataset, 1, {name: Path("anything")})
    with pytest.raises(ValueError, match="not a plain file name"):
        results.read(dataset, 1, name)


def test_scratch_is_one_folder_per_job_until_it_is_deleted(results):
    job, other = uuid4(), uuid4()
    folder = results.scratch(job)
    (folder / "part").write_bytes(b"x")
    (results.scratch(other) / "part").write_bytes(b"y")
    assert results.scratch(job) == folder
    results.delete_scratch(job)
    assert not folder.exists()
    assert (results.scratch(other) / "part").read_bytes() == b"y"
    results.delete_scratch(job)
    results.delete_scratch(uuid4())


def test_a_document_is_written_and_read_in_pieces(results):
    dataset = uuid4()
    assert results.chunks(dataset, 1, PROFILE) is None
    results.write(dataset, 1, PROFILE, (piece for piece in (b"one ", b"document")))
    assert results.read(dataset, 1, PROFILE) == b"one document"
    pieces = results.chunks(dataset, 1, PROFILE)
    results.write(dataset, 1, PROFILE, b"another")
    assert b"".join(pieces) == b"one document", "what was opened stays as it was"


def test_pieces_that_break_off_leave_the_document_as_it_was(results):
    def broken():
        yield b"half"
        raise ValueError("NaN")

    dataset = uuid4()
    results.write(dataset, 1, PROFILE, b"whole")
    with pytest.raises(ValueError, match="NaN"):
        results.write(dataset, 1, PROFILE, broken())
    assert results.read(dataset, 1, PROFILE) == b"whole"


def test_mirrors_lie_in_a_folder_of_their_own_and_nothing_lies_elsewhere(results):
    dataset = uuid4()
    results.write(dataset, 1, "mirror/ports.parquet", b"PAR1")
    assert results.read(dataset, 1, "mirror/ports.parquet") == b"PAR1"
    for name in ("mirror/", "mirror/..", "mirror/a/b", "other/ports.parquet", "../mirror"):
        with pytest.raises(ValueError, match="plain file name"):
            results.write(dataset, 1, name, b"")


def test_a_revision_is_removed_with_all_its_documents(results, dataset):
    for revision in (1, 2, 11):
        results.write(dataset, revision, PROFILE, b"{}")
        results.write(dataset, revision, "mirror/orders.parquet", b"rows")
    results.replace_cdd(dataset, b"{}")
    other = results.write(uuid4(), 1, PROFILE, b"{}")
    opened = results.chunks(dataset, 1, PROFILE)
    results.delete_revision(dataset, 1)
    for name in (PROFILE, "mirror/orders.parquet"):
        assert results.path_of(dataset, 1, name) is None
        assert results.path_of(dataset, 2, name) is not None
        assert results.path_of(dataset, 11, name) is not None
    assert b"".join(opened) == b"{}", "whoever is reading it reads on"
    assert results.cdd_path_of(dataset) is not None
    assert Path(other).exists()
    results.delete_revision(dataset, 1)
    results.delete_revision(uuid4(), 1)


def test_documents_are_listed_and_opened(results, dataset):
    assert results.documents(dataset, 1) == ()
    assert results.open(dataset, 1, "profile.json") is None
    results.write(dataset, 1, "profile.json", b'{"revision": 1}')
    results.write(dataset, 1, "mirror/t.parquet", b"PAR1")
    results.write(dataset, 2, "profile.json", b'{"revision": 2}')
    assert [(facts.name, facts.size) for facts in results.documents(dataset, 1)] == [
        ("mirror/t.parquet", 4),
        ("profile.json", 15),
    ]
    first = results.open(dataset, 1, "profile.json")
    assert first is not None
    results.write(dataset, 1, "profile.json", b"{}")
    second = results.open(dataset, 1, "profile.json")
    assert second is not None
    with first, second:
        # It stays what it was when it is replaced, and the tags tell the two apart.
        assert first.pread(first.size, 0) == b'{"revision": 1}'
        assert (b"".join(first.pieces(2, 10)), first.pread(99, 13)) == (b"revision", b"1}")
        assert first.facts.tag != second.facts.tag
        assert results.documents(dataset, 1)[1] == second.facts
    for name in ("../2/profile.json", "mirror/../profile.json", "/etc/passwd", "", "nothing"):
        assert results.open(dataset, 1, name) is None
