import io
import json
import logging
import threading
from collections.abc import Iterator

import pytest

from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.telemetry.context import current_job_id, job_context, request_context
from airflow_provider_profiler.telemetry.logs import configure_logging


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_lines_carry_ids():
    stream = io.StringIO()
    configure_logging(log_format="json", stream=stream)
    log = logging.getLogger("some.module")
    with request_context("req-1"), job_context("job-1"):
        log.info("inside\nand on %s", "password=x1y2z3")
        with job_context("job-2"):
            log.warning("nested")
    log.info("outside")
    first, nested, outside = lines(stream)
    assert (first["job_id"], first["request_id"], first["level"]) == ("job-1", "req-1", "INFO")
    assert "x1y2z3" not in first["message"]
    assert first["message"].startswith("inside\nand on")
    assert nested["job_id"] == "job-2"
    assert "job_id" not in outside
    assert current_job_id() == ""


def test_text_cannot_be_made_to_look_like_lines_of_its_own():
    stream = io.StringIO()
    configure_logging(stream=stream)
    with job_context("job-1"):
        logging.getLogger("m").info("path %s", "a\r\n2026-01-01 ERROR root: forged")
    first, second = stream.getvalue().splitlines()
    assert "job=job-1" in first
    assert second.startswith("  ")


def test_tracebacks_are_written():
    for log_format in ("text", "json"):
        stream = io.StringIO()
        configure_logging(log_format=log_format, stream=stream)
        try:
            int("why")
        except ValueError:
            logging.getLogger("m").exception("failed")
        assert "Traceback" in stream.getvalue()
        assert "ValueError: invalid literal" in stream.getvalue()


def test_configuring_again_replaces_and_leaves_others_alone():
    theirs = logging.NullHandler()
    logging.getLogger().addHandler(theirs)
    first, second = io.StringIO(), io.StringIO()
    configure_logging(stream=first)
    configure_logging(stream=second, level="warning")
    logging.getLogger("m").info("too quiet")
    logging.getLogger("m").warning("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1
    assert "too quiet" not in second.getvalue()
    assert theirs in logging.getLogger().handlers


def test_an_unknown_level_is_refused():
    with pytest.raises(ConfigurationError, match="LOUD"):
        configure_logging(level="LOUD")


def test_each_thread_has_its_own_job():
    seen = {}
    inside = threading.Barrier(2)

    def work(job: str) -> None:
        with job_context(job):
            inside.wait(10)
            seen[job] = current_job_id()

    threads = [threading.Thread(target=work, args=(job,)) for job in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"a": "a", "b": "b"}


def test_text_cannot_steer_the_terminal_that_shows_it():
    stream = io.StringIO()
    configure_logging(stream=stream)
    logging.getLogger("m").info("path %s", "\x1b[2Jred\x9b\u2028\u202e.csv\tend")
    assert r"path \x1b[2Jred\x9b\u2028\u202e.csv" in stream.getvalue()
    assert set(stream.getvalue()) & {"\x1b", "\x9b", "\u2028", "\u202e"} == set()
