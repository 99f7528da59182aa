"""Files whose names say something else than their content."""

import bz2
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_provider_profiler.contract.profile import Distribution, DistributionStatus
from airflow_provider_profiler.profiling.discovery.content import settled_type
from airflow_provider_profiler.profiling.discovery.discovering import Discovery
from airflow_provider_profiler.profiling.formats import MEDIA_TYPES, media_type_of

HTML = b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>"


def zipped(*names: str, content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, content)
    return buffer.getvalue()


def parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), buffer)
    return buffer.getvalue()


def tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        file.addfile(tarfile.TarInfo("a"), io.BytesIO())
    return buffer.getvalue()


def ole(stream: str) -> bytes:
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    head[30:32] = (9).to_bytes(2, "little")
    head[48:52] = (1).to_bytes(4, "little")
    return bytes(head) + bytes(512) + "Root Entry".encode("utf-16-le").ljust(128, b"\0") + stream.encode("utf-16-le")


XLSX = zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")
DOCX = zipped("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("name", "content", "extension"),
    [
        ("error.csv", HTML, "html"),
        ("error.parquet", HTML, "html"),
        ("error.json", HTML, "html"),
        ("feed.csv", b'<?xml version="1.0"?><a/>', "xml"),
        ("data.dat", parquet(), "parquet"),
        ("data.csv", parquet(), "parquet"),
        ("data.csv", zipped("a.csv"), "zip"),
        ("data.csv", gzip.compress(b"a,b\n1,2\n", mtime=0), "gz"),
        ("data.csv", bz2.compress(b"a,b\n1,2\n"), "bz2"),
        ("data.csv.gz", b"a,b\n1,2\n", "csv"),
        ("data.json", b"a,b\n1,2\n3,4\n", "csv"),
        ("data.csv", b'[{"a": 1}, {"a": 2}]', "json"),
        ("data.csv", b'{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("data.jsonl", b'[{"a": 1}, {"a": 2}]', "json"),
        ("report.txt", b"%PDF-1.4\n", "pdf"),
        ("book", XLSX, "xlsx"),
        ("letter", DOCX, "docx"),
        ("letter.xlsx", DOCX, "docx"),
        ("plain.xlsx", zipped("a.csv"), "zip"),
        ("text", zipped("mimetype", content=b"application/vnd.oasis.opendocument.text"), "odt"),
        ("book.csv", ole("Workbook"), "xls"),
        ("letter.xls", ole("WordDocument"), "doc"),
        ("export.xls", b"a\tb\n1\t2\n3\t4\n", "tsv"),
        ("files.bin", tar(), "tar"),
    ],
)
def test_the_content_wins(name: str, content: bytes, extension: str) -> None:
    found = settled_type(name, media_type_of(name) or "", content, io.BytesIO(content), complete=True)
    assert found == MEDIA_TYPES[extension]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"ORC,ELF\n1,2\n"),
        ("a.csv", b"PAR1,PAR2\n1,2\n"),
        ("a.csv", b"<a>,<b>\n1,2\n"),
        ("a.csv", b"[id],[name]\n1,2\n"),
        ("a.csv", b"{id};{name}\n1;2\n"),
        ("a.csv", b""),
        ("a.json", b""),
        ("a.json", b'"text, with, commas"'),
        ("a.json", b'{"a": 1}\n{"a": 2}\n'),
        ("a.jsonl", b'{"a": 1}\n'),
        ("a.jsonl", b"[1, 2]\n[3, 4]\n"),
        ("a.parquet", b"garbage"),
        ("a.pdf", b"Dear all, not a PDF.\n"),
        ("a.xlsm", XLSX),
        ("a.xlsx", b"PK\x03\x04 cut short"),
        ("a.npz", zipped("a.npy")),
        ("a.gpkg", b"SQLite format 3\x00" + bytes(80)),
        ("a.md", HTML),
        ("a.svg", b'<?xml version="1.0"?><svg/>'),
        ("a.rds", gzip.compress(b"RDX3", mtime=0)),
    ],
)
def test_the_name_is_believed_where_the_content_does_not_speak_against_it(name: str, content: bytes) -> None:
    declared = media_type_of(name) or ""
    assert settled_type(name, declared, content, io.BytesIO(content), complete=True) == declared


def test_a_long_json_document_is_told_by_its_beginning() -> None:
    text = json.dumps([{"number": number} for number in range(100_000)]).encode()
    head = text[: 64 * 1024]
    assert settled_type("a.csv", "text/csv", head, io.BytesIO(text), complete=False) == "application/json"


def test_both_types_are_told(dataset: Path, discovered: Callable[..., Discovery]) -> None:
    for number in range(7):
        (dataset / f"page{number}.csv").write_bytes(HTML)
    (dataset / "sound.csv").write_bytes(b"a,b\n1,2\n")
    (dataset / "paper.txt").write_bytes(b"%PDF-1.4")
    (dataset / "table.txt").write_bytes(b"a,b\n1,2\n")
    result = discovered()
    told = [warning.message for warning in result.warnings if warning.code == "media_type_differs"]
    assert told == [
        "7 files are named as text/csv, but the content is text/html, and taken as such: page0.csv, page1.csv, "
        "page2.csv, page3.csv, page4.csv and 2 more.",
        "1 file is named as text/plain, but the content is application/pdf, and taken as such: paper.txt.",
    ]
    described: dict[str, Distribution] = {item.path: item for item in result.distributions}
    assert described["page0.csv"].description == "Its name says text/csv, its content is text/html."
    assert described["sound.csv"].description == ""
    assert described["page0.csv"].status is not DistributionStatus.FAILED
