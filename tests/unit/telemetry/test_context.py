import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from airflow_provider_profiler.profiling.executor import ThreadExecutor
from airflow_provider_profiler.profiling.pipeline import pipeline
from airflow_provider_profiler.telemetry.context import (
    ContextFilter,
    carried,
    current_job,
    current_request_id,
    job_context,
    part_context,
    request_context,
    set_stage,
    stage_context,
)


def test_what_is_carried_into_other_threads_belongs_to_the_job_and_to_nothing_afterwards():
    together = threading.Barrier(3)

    def look():
        together.wait(20)  # all three are in the context at one time
        return current_job(), current_request_id()

    with ThreadPoolExecutor(3) as pool:
        with request_context("r"), job_context("j", dataset_id="d", attempt=2), stage_context("heavy"):
            inside = carried(look)
        found = [future.result(20) for future in [pool.submit(inside) for _ in range(3)]]
        assert {(job.job_id, job.dataset_id, job.attempt, job.stage) for job, _ in found} == {("j", "d", 2, "heavy")}
        assert {request for _, request in found} == {"r"}
        assert pool.submit(lambda: current_job().job_id).result(20) == ""


def test_parts_stand_below_the_stage_and_nowhere_where_there_is_none():
    with part_context("a.csv"):
        assert current_job().stage == ""
    with job_context("j"):
        set_stage("read")
        with part_context("a.csv"):
            assert current_job().stage == "read/a.csv"
        assert current_job().stage == "read"
        set_stage("heavy")
        assert current_job().stage == "heavy"
    assert current_job().stage == ""


def test_work_on_threads_belongs_to_the_job():
    with job_context("j"):
        names = ThreadExecutor(2).map(lambda number: (number, current_job().job_id), range(5))
        assert list(names) == [(number, "j") for number in range(5)]

        def items():
            for _ in range(3):
                yield current_job().job_id

        with pipeline(2) as work:
            assert list(work.ahead(items())) == ["j"] * 3
            assert work.map(lambda _: current_job().job_id, range(3)) == ["j"] * 3


def test_records_keep_what_they_bear_already():
    record = logging.makeLogRecord({"stage": "heavy/b.csv"})
    with job_context("j", dataset_id="d", attempt=3), stage_context("heavy"):
        assert ContextFilter().filter(record)
    assert (record.job_id, record.dataset_id, record.attempt, record.stage) == ("j", "d", 3, "heavy/b.csv")
