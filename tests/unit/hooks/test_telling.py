"""What a task's log tells of a job, and how often."""

import datetime
from typing import Any
from uuid import UUID

import pytest

from airflow_provider_profiler.contract.job import EventKind, JobDetail, JobEvent, JobLinks, Progress, StageName
from airflow_provider_profiler.contract.job_log import JobLogLine, JobLogPage
from airflow_provider_profiler.contract.states import JobState, Target
from airflow_provider_profiler.hooks.telling import MOST_LINES, Telling, last_words

JOB = UUID(int=7)
NOW = datetime.datetime(2026, 1, 1, 2, 3, 4, tzinfo=datetime.UTC)


class Log:
    """Where a task's lines go."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.warnings: list[str] = []

    def telling(self, **fields: Any) -> Telling:
        return Telling(str(JOB), self.lines.append, self.warnings.append, **{"log_after": 0, **fields})


@pytest.fixture
def log() -> Log:
    return Log()


def line(message: str, level: str = "INFO", stage: str = "") -> JobLogLine:
    return JobLogLine(
        at=NOW, level=level, stage=stage, logger="x", message=message, job_id=JOB, dataset_id=JOB, attempt=1, node="n"
    )


def page(*lines: JobLogLine, after: int = 0, ended: bool = False) -> JobLogPage:
    return JobLogPage(data=lines, count=len(lines), next=after + len(lines), ended=ended)


def event(number: int, kind: EventKind, **data: Any) -> JobEvent:
    return JobEvent(sequence=number, at=NOW, kind=kind, data=data)


def detail(percent: float = 0.0, *, log: str = "/log", state: JobState = JobState.STARTING) -> JobDetail:
    links = JobLinks(self="/", status="/", profile="/", model="/", events="/", cdd="/", log=log)
    return JobDetail(
        job_id=JOB,
        dataset_id=JOB,
        revision=1,
        state=state,
        terminal=state is JobState.HEAVY_PROFILES_READY,
        target=Target.HEAVY,
        progress=Progress(percent=percent, stage=StageName.HEAVY, rows=12345, bytes=6789),
        created=NOW,
        links=links,
    )


def test_lines_of_the_jobs_log_are_told_with_their_moment_and_stage(log: Log) -> None:
    telling = log.telling()
    more = telling.log_page(
        page(line("begins", stage="read"), line("odd", "WARNING", "heavy/a.csv"), line("x", "ERROR"))
    )
    assert more
    assert log.lines == ["Job log 02:03:04 INFO [read] begins"]
    assert log.warnings == ["Job log 02:03:04 WARNING [heavy/a.csv] odd", "Job log 02:03:04 ERROR x"]
    assert telling.log_after == 3


def test_the_end_of_the_log_and_an_empty_answer_ask_for_nothing_more(log: Log) -> None:
    telling = log.telling()
    assert not telling.log_page(page(line("last"), ended=True))
    assert not telling.log_page(page(after=1))
    assert telling.log_after == 1


def test_lines_are_bounded_and_warnings_are_not(log: Log) -> None:
    telling = log.telling()
    telling.log_page(page(*(line(f"line {number}") for number in range(MOST_LINES + 50))))
    assert len(log.lines) == MOST_LINES + 1
    assert "only its warnings and errors are told" in log.lines[-1]
    assert telling.log_level == "WARNING", "the others are not even asked for any more"
    telling.log_page(page(*(line(f"odd {number}", "WARNING") for number in range(500)), after=MOST_LINES + 50))
    assert len(log.warnings) == 500
    assert len(log.lines) == MOST_LINES + 1


def test_another_process_goes_on_where_this_one_stood(log: Log) -> None:
    first = log.telling()
    first.events([event(1, EventKind.STATE, state="SUBMITTING"), event(2, EventKind.WARNING, message="odd")])
    first.log_page(page(line("a"), line("b")))
    second = log.telling(
        events_after=first.events_after, log_after=first.log_after, log_lines_left=first.log_lines_left
    )
    assert (second.events_after, second.log_after, second.log_lines_left) == (2, 2, MOST_LINES - 2)


@pytest.mark.parametrize("event_first", [True, False])
def test_a_warning_that_is_an_event_and_a_line_is_told_once(log: Log, event_first: bool) -> None:
    telling = log.telling()
    steps = [
        lambda: telling.events([event(1, EventKind.WARNING, code="c", message="two files are empty")]),
        lambda: telling.log_page(page(line("To be known (c): two files are empty"))),
    ]
    for step in steps if event_first else reversed(steps):
        step()
    assert sum("two files are empty" in text for text in log.lines + log.warnings) == 1


def test_states_and_repeated_warnings_are_told_once(log: Log) -> None:
    telling = log.telling()
    for number in (1, 2):
        telling.events([event(number, EventKind.WARNING, message="odd")])
    for state in (JobState.STARTING, JobState.STARTING, None, JobState.FAILED):
        telling.state(state)
    assert log.warnings == [f"Profiling job {JOB}: odd"]
    assert log.lines == [f"Profiling job {JOB} is STARTING.", f"Profiling job {JOB} is FAILED."]


def test_progress_is_told_in_steps(log: Log) -> None:
    telling = log.telling()
    for percent in (0, 4, 12, 13, 20, 23, 99, 100):
        telling.progress(detail(percent))
    telling.progress(detail(100, state=JobState.HEAVY_PROFILES_READY))
    telling.progress(None)
    assert [text.split(": ")[1].split(" ")[0] for text in log.lines] == ["12", "23", "99"]
    assert log.lines[0].endswith("12 % in stage heavy, 12,345 rows and 6,789 bytes read.")


def test_the_log_is_followed_only_where_it_is_wanted_and_there_is_one(log: Log) -> None:
    assert log.telling().follows_log(detail())
    assert not log.telling().follows_log(detail(log=""))
    assert not log.telling().follows_log(None)
    assert not log.telling(log_after=None).follows_log(detail())
    telling = log.telling()
    telling.log_lost(ValueError("why"))
    assert not telling.follows_log(detail())
    assert "why" in log.lines[0]


def test_what_somebody_else_wrote_stays_on_its_line(log: Log) -> None:
    log.telling().log_page(page(line("a\nb\x1b[31m\u2028c" + "x" * 5000)))
    (told,) = log.lines
    assert told.isprintable()
    assert len(told) < 1100


def test_the_last_lines_are_few_and_short() -> None:
    assert last_words([]) == ""
    words = last_words([line(f"{number} " + "x" * 1000, "ERROR") for number in range(50)])
    assert words.startswith("\nThe last lines of its log:\n  02:03:04 ERROR 40 xxx")
    assert words.count("\n") == 11
    assert len(words) < 4000
