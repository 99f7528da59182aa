"""Reading in a process apart: whatever happens there costs one file."""

import io
import json
import os
import signal
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.contract.profile import DistributionStatus
from airflow_provider_profiler.contract.reasons import FileReasonCode
from airflow_provider_profiler.profiling.isolation import processes
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile
from airflow_provider_profiler.profiling.readers.registry import content_reader_named
from airflow_provider_profiler.render.cdd import cdd_document
from airflow_provider_profiler.render.moma import heavy_document
from airflow_provider_profiler.render.summary import summary_text

#: Runs of backticks of all lengths keep the parser busy for a long time.
SLOW = " ".join("`" * length for length in range(1, 2500))


class Held:
    """A source that lies in memory, as members of archives do, or in a file."""

    media_type = ""

    def __init__(self, content: bytes, file: Path | None = None) -> None:
        self.path, self.size, self._content, self._file = "folder/file", len(content), content, file
        if file is not None:
            file.write_bytes(content)

    def open(self) -> BinaryIO:
        return self._file.open("rb") if self._file is not None else io.BytesIO(self._content)

    def check_unchanged(self) -> None:
        pass


@pytest.fixture
def alone() -> None:
    """No process of another test is taken."""
    processes.apart.end_all()


def read(content: bytes | str, name: str = "plain_text", file: Path | None = None, **options: Any) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return content_reader_named(name).content(Held(data, file), ReadingOptions(**options))


def test_one_process_reads_many_files_wherever_they_lie(alone: None, tmp_path: Path) -> None:
    first = read("A text.")
    (child,) = processes.apart.idle
    second = read("A text.", file=tmp_path / "file")
    assert processes.apart.idle == [child]
    assert first == second
    assert (first.document.words, first.reading.reader, first.reading.encoding) == (2, "plain_text", "utf-8")
    # What the process knows of its surroundings is not ours.
    told = Path(f"/proc/{child.process.pid}/environ").read_bytes().split(b"\0")
    assert {entry.partition(b"=")[0] for entry in told if entry} == {
        *(b"OPENBLAS_NUM_THREADS", b"OMP_NUM_THREADS", b"TMPDIR")
    }


def test_what_takes_too_long_is_ended_and_the_next_file_is_read() -> None:
    read("A text.")
    before = processes.apart.idle[-1]
    with pytest.raises(TooMuchData, match=r"longer than the 1 seconds that the option reading\.max_document_seconds"):
        read(SLOW, "markdown", max_document_seconds=1)
    assert before.process.poll() == -signal.SIGALRM
    assert read("A text.").document.words == 2


def test_time_is_up_also_where_the_signal_of_it_is_held_back(alone: None) -> None:
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    try:
        read("A text.")  # starts a process
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
        signal.signal(signal.SIGALRM, before)
    (child,) = processes.apart.idle
    told = dict(line.split(":\t") for line in Path(f"/proc/{child.process.pid}/status").read_text().splitlines())
    alarm = 1 << (signal.SIGALRM - 1)
    assert not (int(told["SigBlk"], 16) | int(told["SigIgn"], 16)) & alarm


def test_processes_that_ended_are_replaced() -> None:
    read("A text.")
    child = processes.apart.idle[-1]
    os.kill(child.process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, child.process.pid, os.WEXITED | os.WNOWAIT)
    assert read("Another text.").document.words == 2


def test_a_crash_is_told_of_the_file() -> None:
    for code, kind in (
        (-signal.SIGSEGV, UnreadableFile),
        (-signal.SIGKILL, TooMuchData),
        (-signal.SIGALRM, TooMuchData),
        (1, processes.FailedApart),
    ):
        error = processes._lost(code, "folder/file", 9)
        assert isinstance(error, kind)
        assert "folder/file" in str(error)


def test_files_that_are_too_large_are_not_opened() -> None:
    with pytest.raises(TooMuchData, match=r"more than the 10 bytes that the option reading\.max_document_bytes allows"):
        read(b"x" * 11, "pdf", max_document_bytes=10)
    # Of plain text a part is looked at, however long it is.
    assert read("word " * 100, max_document_bytes=10, max_document_characters=49).document.words == 10


def test_documents_and_images_of_a_dataset(bench: Any, of_path: Any) -> None:
    (bench.dataset / "notes").write_text("# The sea\n\nIt rises. It falls.\n")
    (bench.dataset / "notes.md").write_text("# The sea\n\nIt rises. It falls.\n\n## Why\n\nThe moon.\n")
    (bench.dataset / "box.svg").write_text('<svg width="3" height="2"/>')
    (bench.dataset / "bad.pdf").write_bytes(b"%PDF-1.4")
    (bench.dataset / "bad.png").write_bytes(b"\x89PNG")
    profile = bench.heavy()
    found = {item.path: (item.status, item.reason and item.reason.code) for item in profile.distributions}
    assert found == {
        "notes": (DistributionStatus.PROFILED, None),
        "notes.md": (DistributionStatus.PROFILED, None),
        "box.svg": (DistributionStatus.PROFILED, None),
        "bad.pdf": (DistributionStatus.FAILED, FileReasonCode.MALFORMED),
        "bad.png": (DistributionStatus.FAILED, FileReasonCode.MALFORMED),
    }
    assert of_path(profile, "notes.md").document.title == "The sea"
    assert profile == bench.heavy()
    assert json.loads(profile.to_document())["distributions"]
    assert type(profile).from_document(profile.to_document()) == profile

    files = {file["source_file"]: file for file in cdd_document(profile)["files"]}
    assert files["notes.md"]["description"] == "The sea"
    assert [(entry["section"], entry["chunks"]) for entry in files["notes.md"]["chunked_content"]] == [
        ("The sea", ["The sea\n\nIt rises. It falls."]),
        ("Why", ["Why\n\nThe moon."]),
    ]
    nodes = {node["contentUrl"]: node for node in heavy_document(profile)["distribution"]}
    assert nodes["notes.md"]["dg:document"]["dg:sentences"] == 3
    assert nodes["box.svg"]["dg:image"] == {
        **{"dg:format": "SVG", "dg:width": 3, "dg:height": 2, "dg:mode": "vector", "dg:frames": 1}
    }
    lines = [" ".join(line.split()) for line in summary_text(profile).splitlines()]
    assert {"Texts 2 documents, 15 words", "Images 1 image", "box.svg SVG image of 3 x 2 pixels"} <= set(lines)
