"""Members of archives are files of the dataset, whatever the archive is made to do."""

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.contract.profile import Distribution, DistributionStatus
from airflow_provider_profiler.contract.reasons import FileReasonCode

CSV = b"a,b\n1,2\n"
FAILED, LISTED = DistributionStatus.FAILED, DistributionStatus.LISTED


def by_path(discovery: Any) -> dict[str, Distribution]:
    return {item.path: item for item in discovery.distributions}


def outcome(item: Distribution) -> tuple[DistributionStatus, FileReasonCode | None]:
    return item.status, item.reason.code if item.reason else None


def contents(discovery: Any) -> dict[str, bytes]:
    """Of the members that are going to be read, each through a copy that travelled."""
    found = {}
    for source in discovery.inventory.sources:
        with pickle.loads(pickle.dumps(source)).open() as file:
            found[source.path] = file.read()
    return found


def parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["zip", "stored.zip", "tar", "tar.gz", "tgz", "tar.bz2", "tar.xz", "tar.zst", "csv"])
def test_members_of_every_form(
    form: str, dataset: Path, discovered: Callable[..., Any], make_zip: Any, make_tar: Any
) -> None:
    files = {"inner/a.csv": CSV, "b.data": parquet(), "c.mp3": b"ID3\4" + bytes(9)}
    made = {
        "zip": lambda: make_zip(files),
        "stored.zip": lambda: make_zip(files, zipfile.ZIP_STORED),
        "tar.zst": lambda: pa.compress(make_tar(files), "zstd", asbytes=True),
        "csv": lambda: make_tar(files, "gz"),
    }
    compression = {"tgz": "gz", "tar.gz": "gz", "tar.bz2": "bz2", "tar.xz": "xz"}.get(form, "")
    (dataset / f"x.{form}").write_bytes(made.get(form, lambda: make_tar(files, compression))())
    discovery = discovered()
    found = by_path(discovery)
    assert set(found) == {f"x.{form}", *(f"x.{form}/{name}" for name in files)}
    table = found[f"x.{form}/inner/a.csv"]
    assert (table.name, table.content_size, table.media_type) == ("a.csv", len(CSV), "text/csv")
    assert table.sha256 == hashlib.sha256(CSV).hexdigest()
    assert table.modified == datetime(2024, 5, 6, 7, 8, 10, tzinfo=UTC)
    assert {found[path].contained_in for path in found if path != f"x.{form}"} == {found[f"x.{form}"].id}
    assert found[f"x.{form}/b.data"].media_type == "application/x-parquet"
    assert outcome(found[f"x.{form}/c.mp3"]) == (LISTED, FileReasonCode.UNSUPPORTED_FORMAT)
    assert outcome(found[f"x.{form}"]) == (LISTED, None)
    assert contents(discovery) == {f"x.{form}/inner/a.csv": CSV, f"x.{form}/b.data": files["b.data"]}


def test_archives_in_archives_down_to_a_depth(
    dataset: Path, discovered: Callable[..., Any], make_zip: Any, make_tar: Any
) -> None:
    innermost = make_zip({"c.csv": CSV})
    inner = make_tar({"b.csv": CSV, "third.zip": innermost}, "gz")
    (dataset / "x.zip").write_bytes(make_zip({"a.csv": CSV, "second.tar.gz": inner}))
    discovery = discovered()
    found = by_path(discovery)
    assert found["x.zip/second.tar.gz/b.csv"].contained_in == found["x.zip/second.tar.gz"].id
    assert outcome(found["x.zip/second.tar.gz/third.zip"]) == (LISTED, FileReasonCode.TOO_LARGE)
    assert "lies 3 archives deep" in found["x.zip/second.tar.gz/third.zip"].reason.message
    assert contents(discovery) == {"x.zip/a.csv": CSV, "x.zip/second.tar.gz/b.csv": CSV}
    deeper = contents(discovered(max_archive_depth=3))
    assert deeper["x.zip/second.tar.gz/third.zip/c.csv"] == CSV
    assert list(contents(discovered(max_archive_depth=1))) == ["x.zip/a.csv"]


def test_archives_are_left_alone_where_the_option_says_so(
    dataset: Path, discovered: Callable[..., Any], make_zip: Any
) -> None:
    (dataset / "x.zip").write_bytes(make_zip({"a.csv": CSV}))
    (item,) = discovered(archives=False).distributions
    assert outcome(item) == (LISTED, FileReasonCode.UNSUPPORTED_FORMAT)
    assert "discovery.archives" in item.reason.message


def test_excluded_and_large_members(dataset: Path, discovered: Callable[..., Any], make_zip: Any) -> None:
    (dataset / "x.zip").write_bytes(make_zip({"a.csv": CSV, "b.csv": CSV * 1000, "c.tmp": b"", "d/e.tmp": b""}))
    discovery = discovered(exclude=("*.tmp",), max_file_size=2000)
    found = by_path(discovery)
    assert set(found) == {"x.zip", "x.zip/a.csv", "x.zip/b.csv"}
    assert outcome(found["x.zip/b.csv"]) == (LISTED, FileReasonCode.TOO_LARGE)
    assert [warning.message for warning in discovery.warnings] == [
        "2 files in archives were left out of the profile by exclude."
    ]


def test_names_that_lead_out_are_shown_below_the_archive(
    dataset: Path, discovered: Callable[..., Any], make_zip: Any
) -> None:
    names = ["../../up.csv", "/etc/passwd.csv", "C:\\windows\\a.csv", "./b//c.csv", "ok.csv"]
    (dataset / "x.zip").write_bytes(make_zip(dict.fromkeys(names, CSV)))
    before = sorted(path.name for path in dataset.parents[1].rglob("*"))
    discovery = discovered()
    assert contents(discovery) == dict.fromkeys(
        [
            "x.zip/%2E%2E/%2E%2E/up.csv",
            "x.zip/C:/windows/a.csv",
            "x.zip/b/c.csv",
            "x.zip/etc/passwd.csv",
            "x.zip/ok.csv",
        ],
        CSV,
    )
    assert sorted(path.name for path in dataset.parents[1].rglob("*")) == before
    (warning,) = discovery.warnings
    assert warning.code == "names_lead_out"
    assert warning.message.startswith("3 files in archives have names that lead out")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_both_there(dataset: Path, discovered: Callable[..., Any]) -> None:
    with zipfile.ZipFile(dataset / "x.zip", "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("a.csv", CSV * 2)
    assert contents(discovered()) == {"x.zip/a.csv": CSV, "x.zip/a.csv~2": CSV * 2}


def test_names_in_other_encodings(dataset: Path, discovered: Callable[..., Any], make_tar: Any) -> None:
    with zipfile.ZipFile(dataset / "x.zip", "w") as archive:
        archive.writestr("abcdefgh.csv", CSV)
        archive.writestr("xx.csv", CSV)
    raw = (dataset / "x.zip").read_bytes()
    (dataset / "x.zip").write_bytes(raw.replace(b"abcdefgh", "αβγδ".encode()).replace(b"xx.csv", b"\x82\x81.csv"))
    (dataset / "y.tar").write_bytes(make_tar({"caf\udce9.csv": CSV}))
    assert set(contents(discovered())) == {"x.zip/αβγδ.csv", "x.zip/éü.csv", "y.tar/caf\\xe9.csv"}


def test_damaged_members_fail_alone(dataset: Path, discovered: Callable[..., Any], make_zip: Any) -> None:
    raw = make_zip({"good.csv": CSV, "bad.csv": b"x,y\n3,4\n"}, zipfile.ZIP_STORED)
    (dataset / "x.zip").write_bytes(raw.replace(b"x,y\n3,4\n", b"x,y\n3,5\n"))
    discovery = discovered()
    found = by_path(discovery)
    assert outcome(found["x.zip/bad.csv"]) == (FAILED, FileReasonCode.MALFORMED)
    assert "Bad CRC-32" in found["x.zip/bad.csv"].reason.message
    assert outcome(found["x.zip"]) == (LISTED, None)
    assert contents(discovery) == {"x.zip/good.csv": CSV}


def test_encrypted_members_are_listed(dataset: Path, discovered: Callable[..., Any], make_zip: Any) -> None:
    raw = bytearray(make_zip({"a.csv": CSV}))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    (dataset / "x.zip").write_bytes(raw)
    item = by_path(discovered())["x.zip/a.csv"]
    assert outcome(item) == (LISTED, FileReasonCode.UNSUPPORTED_FORMAT)
    assert item.reason.message == "x.zip/a.csv: is encrypted in its archive"


def test_links_and_special_files_are_not_followed(dataset: Path, discovered: Callable[..., Any], make_tar: Any) -> None:
    entries: dict[str, Any] = {"a.csv": CSV}
    for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("pipe", tarfile.FIFOTYPE)):
        entries[name] = tarfile.TarInfo(name)
        entries[name].type, entries[name].linkname = kind, "/etc/passwd"
    (dataset / "x.tar").write_bytes(make_tar(entries))
    with zipfile.ZipFile(dataset / "y.zip", "w") as archive:
        link = zipfile.ZipInfo("link")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    found = by_path(discovered())
    for path in ("x.tar/link", "x.tar/hard", "x.tar/pipe", "y.zip/link"):
        assert outcome(found[path]) == (LISTED, FileReasonCode.NOT_A_FILE)
    assert outcome(found["x.tar/a.csv"]) == (LISTED, None)


def test_a_bomb_in_a_sound_archive_fails_alone(dataset: Path, discovered: Callable[..., Any], make_zip: Any) -> None:
    (dataset / "x.zip").write_bytes(make_zip({"a.csv": CSV, "zeros.csv": bytes(70 << 20)}))
    discovery = discovered()
    found = by_path(discovery)
    assert outcome(found["x.zip/zeros.csv"]) == (FAILED, FileReasonCode.TOO_LARGE)
    assert "reading.max_compression_ratio" in found["x.zip/zeros.csv"].reason.message
    assert contents(discovery) == {"x.zip/a.csv": CSV}


def test_an_archive_of_many_small_bombs_is_too_large(
    dataset: Path, discovered: Callable[..., Any], make_zip: Any
) -> None:
    (dataset / "x.zip").write_bytes(make_zip({f"{number}.csv": bytes(20 << 20) for number in range(4)}))
    (item,) = discovered().distributions
    assert outcome(item) == (FAILED, FileReasonCode.TOO_LARGE)


def test_a_compressed_tar_stops_where_it_gets_too_large(
    dataset: Path, discovered: Callable[..., Any], make_tar: Any
) -> None:
    (dataset / "x.tar.gz").write_bytes(make_tar({"a.csv": CSV, "zeros.csv": bytes(80 << 20)}, "gz"))
    (item,) = discovered().distributions
    assert outcome(item) == (FAILED, FileReasonCode.TOO_LARGE)
    (dataset / "x.tar.gz").write_bytes(make_tar({"a.csv": CSV * 1000}, "gz"))
    (item,) = discovered(reading=ReadingOptions(max_decompressed_bytes=5000)).distributions
    assert outcome(item) == (FAILED, FileReasonCode.TOO_LARGE)
    assert "reading.max_decompressed_bytes" in item.reason.message


def test_entries_that_share_bytes_are_refused(dataset: Path, discovered: Callable[..., Any], make_zip: Any) -> None:
    raw = make_zip({"a.csv": CSV, "b.csv": CSV})
    second = raw.index(b"PK\x01\x02", raw.index(b"PK\x01\x02") + 4)
    overlapping = bytearray(raw)
    overlapping[second + 42 : second + 46] = struct.pack("<L", 0)  # both entries lie where the first one does
    (dataset / "x.zip").write_bytes(overlapping)
    (item,) = discovered().distributions
    assert outcome(item) == (FAILED, FileReasonCode.TOO_LARGE)
    assert "overlaps" in item.reason.message


@pytest.mark.parametrize("form", ["zip", "tar"])
def test_too_many_entries(
    form: str, dataset: Path, discovered: Callable[..., Any], make_zip: Any, make_tar: Any
) -> None:
    files = {f"{number}.csv": CSV for number in range(6)}
    (dataset / f"x.{form}").write_bytes(make_zip(files) if form == "zip" else make_tar(files))
    (item,) = discovered(max_archive_entries=5).distributions
    assert outcome(item) == (FAILED, FileReasonCode.TOO_LARGE)
    assert "discovery.max_archive_entries" in item.reason.message
    assert len(discovered(max_archive_entries=6).distributions) == 7


def test_a_directory_that_tells_fewer_entries_than_it_has(
    dataset: Path, discovered: Callable[..., Any], make_zip: Any
) -> None:
    raw = bytearray(make_zip({f"{number}.csv": CSV for number in range(6)}))
    end = raw.rindex(b"PK\x05\x06")
    raw[end + 8 : end + 12] = struct.pack("<HH", 1, 1)
    (dataset / "x.zip").write_bytes(raw)
    (item,) = discovered(max_archive_entries=5).distributions
    assert outcome(item) == (FAILED, FileReasonCode.TOO_LARGE)


def test_a_header_that_would_not_fit_into_memory(dataset: Path, discovered: Callable[..., Any]) -> None:
    huge = tarfile.TarInfo("././@PaxHeader")
    huge.type, huge.size = tarfile.XHDTYPE, 60 << 20
    raw = huge.tobuf(tarfile.GNU_FORMAT) + bytes(60 << 20)
    (dataset / "x.tar.gz").write_bytes(gzip.compress(raw, 1))
    (item,) = discovered(reading=ReadingOptions(max_compression_ratio=10_000)).distributions
    assert outcome(item) == (FAILED, FileReasonCode.TOO_LARGE)


@pytest.mark.parametrize("compression", ["", "gz", "xz"])
def test_what_stands_before_the_damage_is_kept(
    compression: str, dataset: Path, discovered: Callable[..., Any], make_tar: Any
) -> None:
    noise = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(256)) * 40
    raw = make_tar({"a.csv": CSV, "b.csv": CSV, "c.bin": noise}, compression)
    (dataset / "x.tar").write_bytes(raw[: len(raw) // 2])
    discovery = discovered()
    found = by_path(discovery)
    assert FAILED in {item.status for path, item in found.items() if path in ("x.tar", "x.tar/c.bin")}
    if compression != "xz":  # which is one block of all of it
        assert contents(discovery) == {"x.tar/a.csv": CSV, "x.tar/b.csv": CSV}


@pytest.mark.parametrize("raw", [b"PK\x03\x04", b"PK\x03\x04" + bytes(500), b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_archive_although_it_begins_as_one(
    raw: bytes, dataset: Path, discovered: Callable[..., Any]
) -> None:
    (dataset / "x.zip").write_bytes(raw)
    (item,) = discovered().distributions
    assert outcome(item) == (FAILED, FileReasonCode.MALFORMED)


def test_an_archive_that_is_replaced_between_listing_and_reading(
    dataset: Path, discovered: Callable[..., Any], make_zip: Any
) -> None:
    (dataset / "x.zip").write_bytes(make_zip({"a.csv": CSV}))
    (source,) = discovered().inventory.sources
    (dataset / "x.zip").write_bytes(make_zip({"a.csv": CSV, "b.csv": CSV}))
    with pytest.raises(Exception, match=r"x\.zip: was replaced or written to"):
        source.open()


def lying(packed: bytes, method: int, size: int) -> bytes:
    """A ZIP file of one entry, whose directory claims a size and no checksum."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", packed)
    raw = bytearray(buffer.getvalue())
    for signature, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = raw.index(signature) + at
        raw[place : place + 2] = struct.pack("<H", method)
        raw[place + 14 : place + 18] = struct.pack("<L", size)
    return bytes(raw)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_no_more_is_unpacked_at_once_than_is_asked_for(
    method: int, dataset: Path, discovered: Callable[..., Any]
) -> None:
    with zipfile.ZipFile(buffer := io.BytesIO(), "w", method) as archive:
        archive.writestr("a.csv", bytes(64 << 20))
        info = archive.infolist()[0]
    start = info.header_offset + 30 + len(info.filename)
    (dataset / "x.zip").write_bytes(lying(buffer.getvalue()[start : start + info.compress_size], method, 1000))
    tracemalloc.start()
    try:
        item = by_path(discovered())["x.zip/a.csv"]
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert outcome(item) == (FAILED, FileReasonCode.MALFORMED)
    assert most < 16 << 20


def test_an_entry_that_asks_for_too_large_a_dictionary(dataset: Path, discovered: Callable[..., Any]) -> None:
    packed = struct.pack("<2sHBL", b"\x09\x04", 5, 0x5D, 0xFFFFFFFF) + bytes(4 << 20)
    (dataset / "x.zip").write_bytes(lying(packed, zipfile.ZIP_LZMA, 1 << 30))
    item = by_path(discovered())["x.zip/a.csv"]
    assert outcome(item) == (FAILED, FileReasonCode.TOO_LARGE)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_entries_of_every_method_come_back(
    method: int, dataset: Path, discovered: Callable[..., Any], make_zip: Any
) -> None:
    large = b"".join(b"%d,%d\n" % (number, number * number) for number in range(30_000))
    (dataset / "x.zip").write_bytes(make_zip({"a.csv": CSV, "b.csv": large, "c.csv": b""}, method))
    found = contents(discovered())
    assert (found["x.zip/a.csv"], found["x.zip/b.csv"]) == (CSV, large)


@pytest.mark.parametrize("size", ["-1", "-512", "-1024"])
def test_an_entry_of_less_than_nothing_ends_its_archive(
    size: str, dataset: Path, discovered: Callable[..., Any]
) -> None:
    with tarfile.open(fileobj=(buffer := io.BytesIO()), mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, headers in (("a.csv", {}), ("b.csv", {"size": size}), ("c.csv", {})):
            info = tarfile.TarInfo(name)
            info.size, info.pax_headers = len(CSV), headers
            archive.addfile(info, io.BytesIO(CSV))
    (dataset / "x.tar").write_bytes(buffer.getvalue())
    found = by_path(discovered())
    assert set(found) == {"x.tar", "x.tar/a.csv"}
    assert outcome(found["x.tar"]) == (FAILED, FileReasonCode.MALFORMED)


def test_headers_without_end(dataset: Path, discovered: Callable[..., Any]) -> None:
    sparse = tarfile.TarInfo("a.csv")
    sparse.type = tarfile.GNUTYPE_SPARSE
    head = bytearray(sparse.tobuf(tarfile.GNU_FORMAT))
    head[482] = 1  # more holes follow
    head[148:156] = b"%06o\0 " % (sum(head[:148]) + sum(head[156:]) + 8 * 32)
    more = bytearray(512)
    more[504] = 1
    (dataset / "x.tar").write_bytes(bytes(head) + bytes(more) * (9 << 11))
    (item,) = discovered().distributions
    assert outcome(item) == (FAILED, FileReasonCode.TOO_LARGE)
    (dataset / "x.tar").write_bytes(bytes(head) + bytes(more) * 3)
    (item,) = discovered().distributions
    assert outcome(item) == (FAILED, FileReasonCode.MALFORMED)


def test_a_name_that_is_the_path_of_a_file_in_an_archive_beside_it(
    dataset: Path, discovered: Callable[..., Any], make_zip: Any
) -> None:
    inner = make_zip({"b.csv": b"a\n1\n"})
    (dataset / "x.zip").write_bytes(make_zip({"a.zip": inner, "a.zip/b.csv": CSV}))
    discovery = discovered()
    assert len({item.id for item in discovery.distributions}) == 4
    assert contents(discovery) == {"x.zip/a.zip/b.csv": CSV, "x.zip/a.zip/b.csv~2": b"a\n1\n"}
