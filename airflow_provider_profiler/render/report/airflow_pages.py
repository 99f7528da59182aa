"""The pages that Airflow shows beside its own: profiles of a run, the newest ones, a job on its way, and messages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow_provider_profiler.contract.job import JobDetail, JobSummary
from airflow_provider_profiler.contract.job_log import JobLogLine
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.render.report.page import page_chunks
from airflow_provider_profiler.render.report.service_pages import STATE_WORDS, JobLine, moment

#: Seconds between two looks of a page at something that is on its way: each asks Airflow's database and the service.
LOOK_SECONDS = 5
#: A list of Airflow's knows where a job was last, and not how far it goes.
_WORDS = STATE_WORDS | {JobState.LIGHT_PROFILE_READY: ("light ready", "profiled")}


@dataclass(frozen=True)
class ProfileLine:
    """A profile that a task made or makes, in a list."""

    dag_id: str
    run_id: str
    task: str
    """The task's id, with what tells a mapped instance from its like."""
    task_state: str
    """As Airflow says it; empty where it says nothing."""
    dataset: str
    """As the task was given it; empty where that is not known any more."""
    submitted: datetime
    state: JobState | None
    """Where the job was last known to be; None where nobody knows."""
    summary: JobSummary | None
    link: str
    """Where its page is."""
    run_link: str = ""
    """Where its run's page is; empty on that page itself."""

    @property
    def word(self) -> str:
        """How the job is, in a word or two."""
        return "unknown" if self.state is None else _WORDS[self.state][0]

    @property
    def colour(self) -> str:
        """The class of its label."""
        return "listed" if self.state is None else _WORDS[self.state][1]

    @property
    def has_report(self) -> bool:
        """Whether there is something to look at; a job that failed may have left its light profile."""
        return self.state in (JobState.LIGHT_PROFILE_READY, JobState.HEAVY_PROFILES_READY)


@dataclass(frozen=True)
class ListPage:
    """Profiles, the newest first."""

    title: str
    lead: str
    lines: Sequence[ProfileLine]
    nothing: str
    """What is said where there are none."""
    moving: bool = False
    """Whether a profile is on its way, so that the page looks again."""
    newer: str = ""
    older: str = ""
    """Links to the lists before and after this one; empty where there are none."""


@dataclass(frozen=True)
class Message:
    """What there is to say where there is no report."""

    title: str
    text: str
    what_to_do: str = ""
    code: str = ""
    """A reason code, where there is one."""
    log: Sequence[JobLogLine] = ()
    links: Sequence[tuple[str, str]] = ()
    """Words and where they lead."""
    moving: bool = False
    bad: bool = False
    """Whether something went wrong."""


def list_chunks(page: ListPage) -> Iterator[bytes]:
    """The list."""
    yield from _page("airflow_list.html.j2", title=page.title, page=page, moving=page.moving)


def progress_chunks(title: str, detail: JobDetail, report: str) -> Iterator[bytes]:
    """A job on its way.

    :param title: which task's job it is.
    :param report: where the light profile's report is; empty where there is none yet.
    """
    line = JobLine(title, detail)
    yield from _page("airflow_progress.html.j2", title=title, line=line, report=report, moving=True)


def message_chunks(message: Message) -> Iterator[bytes]:
    """The message."""
    yield from _page("airflow_message.html.j2", title=message.title, message=message, moving=message.moving)


def _page(template: str, **values: Any) -> Iterator[bytes]:
    yield from page_chunks(
        template,
        {"look_seconds": LOOK_SECONDS, "moment": moment, **values},
        rules="connect-src 'self'; form-action 'none'",
    )
