"""The file that is kept of what is logged in the context of a job."""

import json
import logging
import threading
from pathlib import Path

import pytest

from airflow_provider_profiler.storage.atomic import open_appending
from airflow_provider_profiler.telemetry.context import JobContext, carried, entered, stage_context
from airflow_provider_profiler.telemetry.job_log import LAST_WORDS, JobLog, logged

log = logging.getLogger("airflow_provider_profiler.tests.job_log")
JOB = JobContext("0a", "0b", 1)


@pytest.fixture(autouse=True)
def informed(caplog):
    caplog.set_level(logging.INFO)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "log.jsonl"


def job_log(path: Path, context: JobContext = JOB, max_bytes: int = 1_000_000) -> JobLog:
    return JobLog(open_appending(path), context, max_bytes=max_bytes)


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_lines_of_the_job_and_no_others(path):
    with logged(job_log(path)):
        log.info("outside of any job")
        with entered(JobContext("other", "0b", 1)):
            log.info("another job")
        with entered(JobContext("0a", "0b", 2)):
            log.info("another attempt")
        with entered(JOB), stage_context("heavy"):
            log.info("%d rows of\n%s", 3, "a.csv")
            log.warning("odd", extra={"stage": "heavy/a.csv"})
            log.debug("too quiet")
            thread = threading.Thread(target=carried(lambda: log.info("elsewhere")))
            thread.start()
            thread.join(20)
    with entered(JOB):
        log.info("too late")
    first, second, third = lines(path)
    assert first["message"] == "3 rows of\na.csv"
    assert {name: first[name] for name in ("level", "stage", "logger", "job_id", "dataset_id", "attempt")} == {
        "level": "INFO",
        "stage": "heavy",
        "logger": log.name,
        "job_id": "0a",
        "dataset_id": "0b",
        "attempt": 1,
    }
    assert first["node"]
    assert first["process"]
    assert first["at"].endswith("+00:00")
    assert (second["level"], second["stage"]) == ("WARNING", "heavy/a.csv")
    assert third["message"] == "elsewhere"


def test_nothing_stays_behind_among_the_handlers(path):
    before = list(logging.getLogger().handlers)
    with logged(job_log(path)), logged(job_log(path, JobContext("0a", "0b", 2))):
        assert len(logging.getLogger().handlers) == len(before) + 1
    assert logging.getLogger().handlers == before


def test_two_attempts_append_to_one_file_and_are_told_apart(path):
    stalled, successor = job_log(path), job_log(path, JobContext("0a", "0b", 2))
    with logged(stalled), logged(successor):
        for number in range(20):
            with entered(JobContext("0a", "0b", 1 + number % 2)):
                log.info("%d", number)
    assert [(line["attempt"], int(line["message"])) for line in lines(path)] == [
        (1 + number % 2, number) for number in range(20)
    ]


def test_secrets_and_what_errors_say_are_not_written(path, caplog):
    def fail():
        raise ValueError("cell 'cell of Naxos' of password=hunter2")

    def fail_again():
        try:
            fail()
        except ValueError as cause:
            raise KeyError("cell of Naxos") from cause

    with logged(job_log(path)), entered(JOB):
        log.info("to postgresql://u:hunter2@db/x with %s", "token=hunter2hunter2")
        try:
            fail_again()
        except KeyError:
            log.exception("Reading failed")
    kept = path.read_text("utf-8")
    assert "hunter2" not in kept
    assert "Naxos" not in kept
    details = lines(path)[1]["details"]
    assert details.startswith("KeyError at\n")
    assert "\nafter ValueError at\n" in details
    assert "in fail" in details
    assert any("cell of Naxos" in (record.exc_text or str(record.exc_info)) for record in caplog.records), (
        "the service's own log says more"
    )


def test_any_text_is_a_line_of_its_own(path, monkeypatch):
    # What pytest captures of it travels between its processes, which cannot take every text.
    for handler in logging.getLogger().handlers:
        if type(handler).__module__.startswith("_pytest"):
            monkeypatch.setattr(handler, "level", logging.CRITICAL)
    with logged(job_log(path)), entered(JOB):
        log.info("odd \udcff name\u2028and\r\nmore")
        log.info("x" * 100_000)
    first, second = lines(path)
    assert first["message"] == "odd ? name\u2028and\r\nmore"
    assert len(second["message"]) == 8192


def test_a_full_log_says_so_and_still_tells_the_end(path):
    with logged(job_log(path, max_bytes=2000)), entered(JOB):
        for number in range(100):
            log.info("line %d", number)
        log.error("The job fails.", extra=LAST_WORDS)
    found = lines(path)
    assert path.stat().st_size < 3500
    assert "PROFILER_MAX_JOB_LOG_BYTES" in found[-3]["message"]
    assert "2,000" in found[-3]["message"]
    left_out = 100 - (len(found) - 3)
    assert found[-2]["message"] == f"{left_out} lines were left out here, for the log is full."
    assert found[-1]["message"] == "The job fails."
    with logged(job_log(path, JobContext("0a", "0b", 2), max_bytes=2000)), entered(JobContext("0a", "0b", 2)):
        log.info("once more")
        log.info("it ends", extra=LAST_WORDS)
    assert [line["attempt"] for line in lines(path)[-3:]] == [2, 2, 2]
    assert lines(path)[-1]["message"] == "it ends"


def test_a_disk_that_is_full_is_told_once_and_ends_nothing(caplog):
    with Path("/dev/full").open("r+b", buffering=0) as full:
        written = JobLog(full, JOB, max_bytes=1000)
        with logged(written), entered(JOB):
            log.info("one")
            log.info("two")
    told = [record.getMessage() for record in caplog.records if "cannot be written" in record.getMessage()]
    assert told == ["The log of job 0a cannot be written any more: No space left on device."]


def test_half_a_line_takes_none_with_it(path):
    class Narrow:
        """A file with room for a few bytes at first."""

        def __init__(self, file):
            self.file = file
            self.room = 10

        def seek(self, *place):
            return self.file.seek(*place)

        def write(self, data):
            room, self.room = self.room, len(data) + 1000
            return self.file.write(data[:room])

        def close(self):
            self.file.close()

    with logged(JobLog(Narrow(open_appending(path)), JOB, max_bytes=10_000)), entered(JOB):
        log.info("torn")
        log.info("whole")
    torn, whole = path.read_bytes().splitlines()
    assert len(torn) == 10
    assert json.loads(whole)["message"] == "whole"
