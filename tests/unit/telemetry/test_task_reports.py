"""Log lines of a unit of work on their way from another process."""

import json
import logging
import pickle

import pytest

from airflow_provider_profiler.storage.atomic import open_appending
from airflow_provider_profiler.telemetry.context import JobContext, entered, part_context
from airflow_provider_profiler.telemetry.job_log import JobLog, logged
from airflow_provider_profiler.telemetry.task_reports import MOST_LINES, TaskContext, deliver, reporting

log = logging.getLogger("airflow_provider_profiler.tests.task_reports")
JOB = JobContext("0a", "0b", 1, "heavy")


@pytest.fixture(autouse=True)
def quiet():
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    root.setLevel(logging.WARNING)
    yield
    assert root.handlers == handlers
    root.setLevel(level)


def travelled(work, context=None):
    """What work in another process has to say, pickled both ways."""
    context = pickle.loads(pickle.dumps(context or TaskContext(JOB, logging.INFO)))
    with reporting(context) as reporter:
        work()
    return pickle.loads(pickle.dumps(reporter.report()))


def test_lines_arrive_in_the_jobs_log_as_they_were_logged(tmp_path):
    def work():
        with part_context("a.csv"):
            log.info("%s, password=%s", "read", "hunter2")
            log.debug("too quiet")
            try:
                int("cell of Naxos")
            except ValueError:
                log.exception("failed")

    report = travelled(work)
    assert "hunter2" not in repr(report)
    with logged(JobLog(open_appending(tmp_path / "log"), JOB, max_bytes=10_000)), entered(JOB):
        deliver(report)
    first, second = [json.loads(line) for line in (tmp_path / "log").read_bytes().splitlines()]
    assert (first["message"], first["level"], first["stage"]) == ("read, password=********", "INFO", "heavy/a.csv")
    assert first["logger"] == log.name
    assert (first["job_id"], first["dataset_id"], first["attempt"]) == ("0a", "0b", 1)
    assert second["details"].startswith("ValueError at\n")
    assert "Naxos" not in second["details"]


def test_the_services_own_log_gets_the_traceback(caplog):
    def work():
        try:
            int("cell of Naxos")
        except ValueError:
            log.exception("failed")

    report = travelled(work)
    caplog.clear()
    deliver(report)
    (record,) = caplog.records
    assert "cell of Naxos" in record.exc_text
    assert record.created == report.lines[0].created


def test_the_level_is_that_of_the_place_the_work_comes_from():
    assert not travelled(lambda: log.info("quiet"), TaskContext(JOB, logging.WARNING)).lines
    assert travelled(lambda: log.debug("loud"), TaskContext(JOB, logging.DEBUG)).lines
    assert logging.getLogger().level == logging.WARNING


def test_lines_that_are_too_many_are_counted(caplog):
    report = travelled(lambda: [log.info("%d", number) for number in range(MOST_LINES + 7)])
    assert (len(report.lines), report.left_out) == (MOST_LINES, 7)
    caplog.clear()
    deliver(report)
    assert caplog.messages[-1] == "7 more lines that a task logged were left out."


def test_lines_of_no_job_or_another_one_do_not_travel():
    def work():
        with entered(JobContext("other")):
            log.warning("not ours")

    assert not travelled(work).lines
    assert not travelled(lambda: log.warning("of no job"), TaskContext(JobContext(), logging.INFO)).lines
