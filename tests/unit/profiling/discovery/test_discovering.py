"""Every file at any depth is a distribution, and what cannot be read says why."""

import hashlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airflow_provider_profiler.contract.options import DiscoveryOptions
from airflow_provider_profiler.contract.profile import Distribution, DistributionKind, DistributionStatus
from airflow_provider_profiler.contract.reasons import FileReasonCode
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.discovery import walking
from airflow_provider_profiler.profiling.discovery.discovering import Discovery, discover, find
from airflow_provider_profiler.profiling.executor import ThreadExecutor
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.storage.roots import DataRoot

ByPath = Callable[..., dict[str, Distribution]]
Discovered = Callable[..., Discovery]


def reason(item: Distribution) -> tuple[DistributionStatus, FileReasonCode | None]:
    return item.status, item.reason.code if item.reason else None


def failed(code: FileReasonCode) -> tuple[DistributionStatus, FileReasonCode]:
    return DistributionStatus.FAILED, code


def test_files_at_any_depth_with_checksum_and_size(dataset: Path, by_path: ByPath) -> None:
    deep = dataset.joinpath(*"abcdefgh")
    deep.mkdir(parents=True)
    (deep / "rain.csv").write_bytes(b"a,b\n1,2\n")
    (dataset / ".hidden").write_bytes(b"x")
    (dataset / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    (dataset / "a b\tc\n é.csv").write_bytes(b"")
    found = by_path()
    assert list(found) == [".DS_Store", ".hidden", "a b\tc\n é.csv", "a/b/c/d/e/f/g/h/rain.csv"]
    item = found["a/b/c/d/e/f/g/h/rain.csv"]
    assert (item.name, item.content_url, item.content_size) == ("rain.csv", item.path, 8)
    assert item.sha256 == hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert reason(item) == (DistributionStatus.LISTED, None)
    assert found[".DS_Store"].reason.code is FileReasonCode.UNSUPPORTED_FORMAT


def test_only_what_can_be_read_is_in_the_inventory(dataset: Path, discovered: Discovered) -> None:
    for name in ("a.csv", "b.tsv", "c.mp3", "d.css"):
        (dataset / name).write_bytes(b"a,b\n1,2\n")
    (dataset / "e.parquet").write_bytes(b"PAR1" + bytes(20))
    result = discovered()
    assert [source.path for source in result.inventory.sources] == ["a.csv", "b.tsv", "e.parquet"]


def test_without_checksums(dataset: Path, by_path: ByPath) -> None:
    (dataset / "a.csv").write_bytes(b"a\n")
    assert by_path(checksum=False)["a.csv"].sha256 is None


def test_an_empty_folder_is_a_warning_and_no_error(dataset: Path, discovered: Discovered) -> None:
    (dataset / "inner").mkdir()
    result = discovered()
    assert result.distributions == ()
    assert [warning.code for warning in result.warnings] == ["empty_dataset"]


def test_links(dataset: Path, by_path: ByPath) -> None:
    outside = dataset.parents[1] / "secret.csv"
    outside.write_bytes(b"s\n")
    (dataset / "real").mkdir()
    (dataset / "real/a.csv").write_bytes(b"a\n1\n")
    (dataset.parent / "other").mkdir()
    (dataset.parent / "other/b.csv").write_bytes(b"b\n1\n")
    (dataset / "file").symlink_to("real/a.csv")
    (dataset / "folder").symlink_to("../other")
    (dataset / "out").symlink_to(outside)
    (dataset / "out_missing").symlink_to("../../missing")
    (dataset / "out_folder").symlink_to("/")
    (dataset / "broken").symlink_to("nowhere")
    (dataset / "circle1").symlink_to("circle2")
    (dataset / "circle2").symlink_to("circle1")
    (dataset / "real/up").symlink_to("..")
    found = by_path()
    assert {path: reason(item)[1] for path, item in found.items()} == {
        "broken": FileReasonCode.LINK_BROKEN,
        "circle1": FileReasonCode.LINK_LOOP,
        "circle2": FileReasonCode.LINK_LOOP,
        "file": None,
        "folder/b.csv": None,
        "out": FileReasonCode.LINK_OUTSIDE_ROOT,
        "out_folder": FileReasonCode.LINK_OUTSIDE_ROOT,
        "out_missing": FileReasonCode.LINK_OUTSIDE_ROOT,
        "real/a.csv": None,
        "real/up": FileReasonCode.LINK_LOOP,
    }
    assert found["file"].sha256 == found["real/a.csv"].sha256
    assert found["out"].status is DistributionStatus.FAILED
    assert found["out"].reason.message.startswith("out: ")
    assert found["out"].sha256 is None


def test_links_to_folders_cannot_multiply_without_end(
    dataset: Path, by_path: ByPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "MOST_FOLDER_LINKS", 20)
    for level in range(10):
        (dataset / f"f{level}").mkdir()
        (dataset / f"f{level}/left").symlink_to(f"../f{level + 1}")
        (dataset / f"f{level}/right").symlink_to(f"../f{level + 1}")
    (dataset / "f10").mkdir()
    (dataset / "f10/a.csv").write_bytes(b"a\n")
    found = by_path()
    assert len(found) < 50
    assert any("more than 20 links" in item.reason.message for item in found.values() if item.reason)


def test_what_is_no_file(dataset: Path, by_path: ByPath, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(dataset / "pipe.csv")
    monkeypatch.chdir(dataset)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        found = by_path()
    assert {path: reason(item) for path, item in found.items()} == {
        "pipe.csv": failed(FileReasonCode.NOT_A_FILE),
        "socket": failed(FileReasonCode.NOT_A_FILE),
    }
    assert found["pipe.csv"].reason.message == "pipe.csv: is a named pipe, not a file"


UNPRIVILEGED = """
import os
from pathlib import Path
import airflow_provider_profiler.profiling.readers.delimited
from airflow_provider_profiler.contract.options import DiscoveryOptions
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.discovery.discovering import discover, find
from airflow_provider_profiler.profiling.executor import ThreadExecutor
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.storage.roots import DataRoot

if os.getuid() == 0:  # after the imports: Python's own files need not be readable for others
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
found, _ = find([DataRoot(Path("root")).resolve("dataset")], DiscoveryOptions())
result = discover(
    ProfileSpecification.for_path("dataset"), found, DiscoveryOptions(), ThreadExecutor(1), NullObserver()
)
for item in result.distributions:
    print(item.path, item.status.value, item.media_type, item.reason.code.value if item.reason else "-")
    print(item.reason.message if item.reason else "-")
"""


def test_what_may_not_be_read() -> None:
    # Not below tmp_path, which pytest closes to other users.
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        dataset = top / "root" / "dataset"
        (dataset / "closed").mkdir(parents=True)
        (dataset / "good.csv").write_bytes(b"a\n1\n")
        (dataset / "secret.csv").write_bytes(b"a\n")
        for folder in (top, dataset.parent, dataset):
            folder.chmod(0o755)
        for closed in ("closed", "secret.csv"):
            (dataset / closed).chmod(0)
        done = subprocess.run(
            [sys.executable, "-c", UNPRIVILEGED], cwd=top, capture_output=True, text=True, check=False, timeout=60
        )
        (dataset / "closed").chmod(0o700)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "closed failed inode/directory unreadable",
        "closed: the folder cannot be entered: Permission denied",
        "good.csv listed text/csv -",
        "-",
        "secret.csv failed text/csv unreadable",
        "secret.csv: cannot be read: Permission denied",
    ]


def test_names_that_are_not_utf_8(dataset: Path, discovered: Discovered) -> None:
    (dataset / os.fsdecode(b"caf\xe9.csv")).write_bytes(b"a,b\n1,2\n")
    (dataset / "caf\\xe9.csv").write_bytes(b"a,b\n3,4\n")
    result = discovered()
    assert [item.path for item in result.distributions] == ["caf\\xe9.csv", "caf\\xe9.csv~2"]
    assert len({item.sha256 for item in result.distributions}) == len({item.id for item in result.distributions}) == 2
    (warning,) = result.warnings
    assert warning.code == "names_not_utf8"
    assert "1 names" in warning.message


def test_a_file_that_changes_between_listing_and_reading(dataset: Path) -> None:
    file = dataset / "a.csv"
    file.write_bytes(b"a\n1\n")
    (dataset / "b.csv").write_bytes(b"a\n1\n")
    (dataset / "c.csv").write_bytes(b"a\n1\n")

    found, _ = find([DataRoot(dataset.parent).resolve("dataset")], DiscoveryOptions())
    (dataset / "new").write_bytes(b"a\n2\n")
    (dataset / "new").rename(file)
    (dataset / "b.csv").unlink()
    result = discover(
        ProfileSpecification.for_path("dataset"), found, DiscoveryOptions(), ThreadExecutor(1), NullObserver()
    )
    assert [reason(item) for item in result.distributions] == [
        failed(FileReasonCode.CHANGED_WHILE_READ),
        failed(FileReasonCode.CHANGED_WHILE_READ),
        (DistributionStatus.LISTED, None),
    ]


def test_a_link_put_in_a_files_place_after_listing_is_not_followed(dataset: Path) -> None:

    secret = dataset.parents[1] / "secret.csv"
    secret.write_bytes(b"a\n1\n")
    (dataset / "a.csv").write_bytes(b"a\n1\n")
    found, _ = find([DataRoot(dataset.parent).resolve("dataset")], DiscoveryOptions())
    (dataset / "a.csv").unlink()
    (dataset / "a.csv").symlink_to(secret)
    result = discover(
        ProfileSpecification.for_path("dataset"), found, DiscoveryOptions(), ThreadExecutor(1), NullObserver()
    )
    assert reason(result.distributions[0]) == failed(FileReasonCode.CHANGED_WHILE_READ)
    assert result.distributions[0].sha256 is None


def test_filters_are_honoured_and_counted(dataset: Path, discovered: Discovered) -> None:
    (dataset / "sub").mkdir()
    for name in ("a.csv", "b.csv", "sub/c.csv", "d.pdf", "sub/old.csv", "big.csv"):
        (dataset / name).write_bytes(b"a,b\n1,2\n")
    (dataset / "big.csv").write_bytes(b"a,b\n" + b"1,2\n" * 100)
    os.utime(dataset / "sub/old.csv", (0, 0))
    result = discovered(
        include=("*.csv",),
        exclude=("b.*",),
        max_file_size=100,
        modified_since=datetime(2001, 1, 1, tzinfo=UTC),
    )
    assert [item.path for item in result.distributions] == ["a.csv", "big.csv", "sub/c.csv"]
    assert reason(result.distributions[1]) == (DistributionStatus.LISTED, FileReasonCode.TOO_LARGE)
    assert result.distributions[1].sha256 is not None
    assert [source.path for source in result.inventory.sources] == ["a.csv", "sub/c.csv"]
    assert [warning.message for warning in result.warnings] == [
        "3 files were left out of the profile: 1 by exclude, 1 by include, 1 by modified_since."
    ]


@pytest.mark.parametrize(
    ("extensions", "paths"),
    [
        (("csv",), ["a.csv", "b.CSV"]),
        ((".CSV.GZ",), ["c.csv.gz"]),
        (("csv", "gz"), ["a.csv", "b.CSV", "c.csv.gz"]),
        (("v",), []),
    ],
)
def test_extensions_choose_files(
    extensions: tuple[str, ...], paths: list[str], dataset: Path, discovered: Discovered
) -> None:
    for name in ("a.csv", "b.CSV", "c.csv.gz", "csv", "d.pdf"):
        (dataset / name).write_bytes(b"a,b\n1,2\n")
    result = discovered(extensions=extensions)
    assert [item.path for item in result.distributions] == paths
    assert result.warnings[0].message == (
        f"{5 - len(paths)} files were left out of the profile: {5 - len(paths)} by extensions."
    )


def test_days_are_counted_back_from_the_profiles_moment(dataset: Path) -> None:
    moment = datetime(2024, 3, 10, tzinfo=UTC)
    for name, days in (("new.csv", 1), ("edge.csv", 2.5), ("old.csv", 3)):
        (dataset / name).write_bytes(b"a\n")
        seconds = moment.timestamp() - days * 86400
        os.utime(dataset / name, (seconds, seconds))
    options = DiscoveryOptions(modified_within_days=2.5)
    found, warnings = find([DataRoot(dataset.parent).resolve("dataset")], options, generated_at=moment)
    assert [item.path for item in found] == ["edge.csv", "new.csv"]
    assert [warning.message for warning in warnings] == [
        "1 files were left out of the profile: 1 by modified_within_days."
    ]


def test_when_a_file_was_modified(dataset: Path, by_path: ByPath) -> None:
    (dataset / "a.csv").write_bytes(b"a\n")
    os.utime(dataset / "a.csv", ns=(0, 1_700_000_000_123_456_789))
    assert by_path()["a.csv"].modified == datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC)


def test_a_dataset_that_is_one_file(dataset: Path, by_path: ByPath) -> None:
    (dataset / "a.b.csv").write_bytes(b"a\n")
    found = by_path("dataset/a.b.csv")
    assert list(found) == ["a.b.csv"]
    assert found["a.b.csv"].content_url == "a.b.csv"


def test_several_datasets_keep_their_paths_apart(dataset: Path, discovered: Discovered) -> None:
    other = dataset.parent / "other"
    other.mkdir()
    (dataset / "a.csv").write_bytes(b"a\n1\n")
    (other / "a.csv").write_bytes(b"a\n2\n")
    paths = [item.path for item in discovered("dataset", "other/a.csv", "dataset").distributions]
    assert paths == ["dataset/a.csv", "other/a.csv"]


def test_sets_of_files(dataset: Path, by_path: ByPath) -> None:
    (dataset / "PDF").mkdir()
    (dataset / "images [raw]").mkdir()
    for name in ("PDF/1.pdf", "PDF/2.pdf", "a.csv", "b.csv", "images [raw]/1.png", "images [raw]/2.jpg"):
        (dataset / name).write_bytes(name.encode())
    for name in ("images [raw]/3.JPG", "one.gif", "x.json", "y.json"):
        (dataset / name).write_bytes(name.encode())
    found = by_path()
    sets = {item.path: item for item in found.values() if item.kind is DistributionKind.FILE_SET}
    assert {(item.name, item.includes, item.media_type) for item in sets.values()} == {
        ("PDF", ("PDF/*.pdf",), "application/pdf"),
        ("images [raw]", ("images [[]raw]/*.JPG", "images [[]raw]/*.jpg"), "image/jpeg"),
    }
    pdf = sets["PDF/*.pdf"]
    assert found["PDF/1.pdf"].contained_in == found["PDF/2.pdf"].contained_in == pdf.id
    assert pdf.content_size == 18
    assert found["a.csv"].contained_in is found["one.gif"].contained_in is found["x.json"].contained_in is None


def test_two_sets_in_one_folder_have_two_names(dataset: Path, by_path: ByPath) -> None:
    (dataset / "m").mkdir()
    for name in ("m/1.png", "m/2.png", "m/1.jpg", "m/2.jpg", "1.md", "2.md"):
        (dataset / name).write_bytes(b"x")
    names = {item.name for item in by_path().values() if item.kind is DistributionKind.FILE_SET}
    assert names == {"m (png)", "m (jpg)", "md files"}


def test_ids_and_order_are_the_same_every_time(dataset: Path, discovered: Discovered) -> None:
    for number in range(30):
        (dataset / f"{number}.csv").write_bytes(b"a\n%d\n" % number)
    first, second = discovered(), discovered()
    assert first.distributions == second.distributions
    assert [item.path for item in first.distributions] == sorted(item.path for item in first.distributions)


def test_nothing_of_this_machine_is_in_a_distribution(dataset: Path, discovered: Discovered) -> None:
    (dataset / "a.csv").write_bytes(b"a\n")
    (dataset / "out").symlink_to("/etc/passwd")
    (dataset / "broken").symlink_to("/nowhere")
    text = "".join(item.model_dump_json() for item in discovered().distributions)
    assert str(dataset.parent) not in text
    assert "/etc" not in text
    assert "nowhere" not in text


def test_a_long_chain_of_links_fails_alone(dataset: Path, by_path: ByPath) -> None:
    (dataset / "a.csv").write_bytes(b"a\n1\n")
    before = "a.csv"
    for number in range(1500):
        (dataset / f"link{number:04}").symlink_to(before)
        before = f"link{number:04}"
    found = by_path()
    assert found["a.csv"].reason is None
    assert reason(found["link0000"])[0] is not DistributionStatus.FAILED
    assert reason(found["link1499"]) == (DistributionStatus.FAILED, FileReasonCode.LINK_LOOP)
