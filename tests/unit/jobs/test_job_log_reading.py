"""Reading a job's log back: pages, the last lines, stages and levels."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from airflow_provider_profiler.contract.job_log import LogLevel
from airflow_provider_profiler.jobs import job_log_reading
from airflow_provider_profiler.jobs.job_log_reading import JobLogReader, WantedLines, as_text
from airflow_provider_profiler.storage.documents import open_document

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def line(message: str, *, level: str = "INFO", stage: str = "heavy", **more) -> bytes:
    entry = {
        "at": MOMENT.isoformat(),
        "level": level,
        "stage": stage,
        "logger": "engine",
        "message": message,
        "job_id": str(UUID(int=1)),
        "dataset_id": str(UUID(int=2)),
        "attempt": 1,
        "node": "here",
        "process": 7,
        **more,
    }
    return json.dumps(entry).encode() + b"\n"


LINES = (
    line("one", stage="discover"),
    line("two", stage="heavy"),
    line("three", stage="heavy/a.csv", level="WARNING"),
    b'{"torn": \n',
    b"[1]\n",
    line("four", stage="heavy/a.csv/b", level="ERROR", later_field=1),
    line("five", stage="heavyweight", level="DEBUG"),
    line("six", stage="", level="Level 25"),
    b'{"at": "half a li',
)


@pytest.fixture
def reader(tmp_path: Path):
    (tmp_path / "log.jsonl").write_bytes(b"".join(LINES))

    def make(stage=None, level=None) -> JobLogReader:
        document = open_document(tmp_path, "log.jsonl")
        return JobLogReader(document, WantedLines(stage, level))

    return make


def messages(lines) -> list[str]:
    return [line.message for line in lines]


def test_pages_follow_each_other_and_end_at_the_last_whole_line(reader):
    log = reader()
    first, place = log.page(0, 3)
    rest, end = log.page(place, 100)
    assert messages(first) == ["one", "two", "three"]
    assert messages(rest) == ["four", "five", "six"]
    assert end == log.end == sum(map(len, LINES[:-1]))
    assert log.page(end, 100) == ([], end)
    assert log.page(end + 1000, 100) == ([], end + 1000)
    assert messages(log.page(1, 100)[0]) == ["two", "three", "four", "five", "six"]
    assert messages(log.all(place)) == ["four", "five", "six"]


def test_a_page_looks_through_a_bounded_part_of_the_file(reader, monkeypatch):
    monkeypatch.setattr(job_log_reading, "PAGE_BYTES", len(LINES[0]) + 1)
    log = reader(stage="heavy/a.csv/b")
    found, place = log.page(0, 100)
    assert found == []
    assert place == len(LINES[0]) + len(LINES[1])
    while not found and place < log.end:
        found, place = log.page(place, 100)
    assert messages(found) == ["four"]


@pytest.mark.parametrize(
    ("stage", "level", "expected"),
    [
        ("heavy", None, ["two", "three", "four"]),
        ("heavy/a.csv", None, ["three", "four"]),
        ("discover", None, ["one"]),
        ("none", None, []),
        (None, LogLevel.WARNING, ["three", "four", "six"]),
        (None, LogLevel.INFO, ["one", "two", "three", "four", "six"]),
        ("heavy", LogLevel.ERROR, ["four"]),
    ],
)
def test_lines_of_a_stage_and_a_level(reader, stage, level, expected):
    log = reader(stage, level)
    assert messages(log.page(0, 100)[0]) == expected
    first = log.first(0)
    assert (first is None) == (not expected)
    if first is not None:
        assert messages(log.page(first, 1)[0]) == expected[:1]
    for count in (1, 2, 100):
        assert messages(log.page(log.tail(0, count), 100)[0]) == expected[-count:]


def test_lines_for_people(reader):
    (entry, *_) = reader().page(0, 1)[0]
    odd = entry.model_copy(update={"message": "a\x1b[2J\nb", "details": "ValueError at\n  x.py:1 in f"})
    assert as_text(odd) == (
        "2026-01-02T03:04:05.000+00:00 INFO engine [discover]: a\\x1b[2J\n  b\n  ValueError at\n    x.py:1 in f\n"
    )
