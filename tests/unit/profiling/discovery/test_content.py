"""The media type of a file without a telling name, from its content."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_provider_profiler.contract.profile import Distribution
from airflow_provider_profiler.profiling.discovery.content import media_type_of_content
from airflow_provider_profiler.profiling.formats import extension_of, media_type_of, stem_of


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a", "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"", "application/octet-stream"),
        (b" \n", "text/plain"),
        (b"a,b\n1,2\n", "text/csv"),
        (b"a\tb\n1\t2\n", "text/tab-separated-values"),
        ("a;β\n1;2\n".encode("cp1253"), "text/csv"),
        (b"\xff\xfe" + "a,b\n1,2\n".encode("utf-16-le"), "text/csv"),
        (b"Dear all,\nthis is a letter, with commas, of all kinds.\nYours\n", "text/plain"),
        (b'{"a": 1,\n"b": 2}\n', "application/json"),
        (b'[{"a": 1}, {"a": 2}]', "application/json"),
        (b'{"a": 1}\n{"a": 2}\n', "application/jsonlines"),
        (b"[id],[name]\n1,2\n", "text/plain"),
        (b"{curly prose}", "text/plain"),
        (b"<!DOCTYPE html>\n<html>", "text/html"),
        (b'<?xml version="1.0"?>\n<a/>', "application/xml"),
        (b"%PDF-1.4\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "image/png"),
        (b"GIF89a" + bytes(20), "image/gif"),
        (b"\x1f\x8b\x08" + bytes(20), "application/gzip"),
        (bytes(100), "application/octet-stream"),
        (archive(), "application/zip"),
    ],
)
def test_by_content(content: bytes, media_type: str) -> None:
    assert media_type_of_content(content, complete=True) == media_type


def test_a_character_torn_at_the_end_of_the_head_is_no_other_encoding() -> None:
    text = ("a,β\n" * 100).encode()
    assert media_type_of_content(text[:-2], complete=False) == "text/csv"


def test_files_whose_names_do_not_tell(dataset: Path, by_path: Callable[..., dict[str, Distribution]]) -> None:
    pq.write_table(pa.table({"a": [1]}), dataset / "numbers")
    (dataset / "table.txt").write_bytes(b"a|b\n1|2\n3|4\n")
    (dataset / "README").write_bytes(b"Read me, please.\n")
    (dataset / "notes.log").write_bytes(b"a,b\n1,2\n")
    (dataset / "image.csv").write_bytes(b"\x89PNG\r\n")
    types = {path: item.media_type for path, item in by_path().items() if "*" not in path}
    assert types == {
        "README": "text/plain",
        "image.csv": "image/png",
        "notes.log": "text/plain",
        "numbers": "application/x-parquet",
        "table.txt": "text/csv",
    }


def test_names() -> None:
    assert media_type_of("A.CSV") == "text/csv"
    assert media_type_of("a.csv.gz") == "application/gzip"
    assert media_type_of("csv") is media_type_of(".csv") is media_type_of("a.") is None
    assert [stem_of(name) for name in ("a.b.csv", ".env", "plain")] == ["a.b", ".env", "plain"]
    assert extension_of("x.TAR") == "tar"
