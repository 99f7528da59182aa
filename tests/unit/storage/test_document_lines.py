from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.storage import document_lines
from airflow_provider_profiler.storage.document_lines import complete_end, lines, lines_backwards
from airflow_provider_profiler.storage.documents import OpenDocument, open_document


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("lines")


def opened(folder: Path, content: bytes) -> OpenDocument:
    (folder / "log").write_bytes(content)
    document = open_document(folder, "log")
    assert document is not None
    return document


CONTENT = st.lists(st.binary(max_size=9).map(lambda line: line.replace(b"\n", b"")), max_size=12).map(b"\n".join)


@given(content=CONTENT, block=st.integers(1, 20), data=st.data())
def test_lines_forwards_and_backwards_are_those_of_the_content(folder, content, block, data):
    start = data.draw(st.integers(0, len(content)))
    whole, place = [], 0
    for line in content.split(b"\n")[:-1]:
        if place >= start:
            whole.append((place, place + len(line) + 1, line))
        place += len(line) + 1
    with pytest.MonkeyPatch.context() as patch, opened(folder, content) as document:
        patch.setattr(document_lines, "_BLOCK", block)
        end = complete_end(document)
        assert end == place
        assert list(lines(document, start, len(content))) == [(after, line) for _, after, line in whole]
        first = whole[0][0] if whole else end
        expected = [(before, line) for before, _, line in whole[::-1]]
        assert list(lines_backwards(document, first, len(content))) == expected


def test_a_place_behind_the_end_has_no_lines(folder):
    with opened(folder, b"a\nb\n") as document:
        assert list(lines(document, 100, document.size)) == []
        assert list(lines_backwards(document, 100, document.size)) == []
