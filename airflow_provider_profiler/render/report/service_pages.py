"""The pages of a running service: its datasets and jobs, one job with its log, and where people sign in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airflow_provider_profiler.contract.job import DatasetEntry, JobDetail
from airflow_provider_profiler.contract.job_log import JobLogLine
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.render.report.page import page_chunks

#: Seconds between two looks of a page at jobs that are on their way.
LOOK_SECONDS = 3
#: States as people say them, with the colour of their label.
STATE_WORDS = {
    JobState.SUBMITTING: ("waiting", "listed"),
    JobState.STARTING: ("running", "changed"),
    JobState.LIGHT_PROFILE_READY: ("running", "changed"),
    JobState.HEAVY_PROFILES_READY: ("ready", "profiled"),
    JobState.FAILED: ("failed", "failed"),
}


@dataclass(frozen=True)
class JobLine:
    """A job in a list."""

    name: str
    """Of its dataset."""
    detail: JobDetail

    @property
    def word(self) -> str:
        """How it is, in a word."""
        ready_light = self.detail.terminal and self.detail.state is JobState.LIGHT_PROFILE_READY
        return "ready" if ready_light else STATE_WORDS[self.detail.state][0]

    @property
    def colour(self) -> str:
        """The class of its label."""
        return "profiled" if self.word == "ready" else STATE_WORDS[self.detail.state][1]

    @property
    def percent(self) -> str:
        """How far it is, 0 to 100."""
        return f"{self.detail.progress.percent:.1f}"

    @property
    def seconds(self) -> str:
        """How long it took, or empty."""
        detail = self.detail
        if detail.started is None or detail.finished is None:
            return ""
        return duration((detail.finished - detail.started).total_seconds())

    @property
    def has_report(self) -> bool:
        """Whether there is something to look at."""
        return bool(self.detail.profiles_available)


@dataclass(frozen=True)
class Place:
    """Where a page stands in the service."""

    base_url: str
    """Put before each path."""
    signed_in: bool = False
    """Whether there is a session to end."""


@dataclass(frozen=True)
class Index:
    """What the index shows."""

    place: Place
    jobs: Sequence[JobLine]
    jobs_in_all: int
    datasets: Sequence[DatasetEntry]
    datasets_in_all: int
    queue: int
    filters: dict[str, str] = field(default_factory=dict)
    """The values of the form, by name."""
    offset: int = 0
    limit: int = 25


def index_chunks(index: Index) -> Iterator[bytes]:
    """Datasets and jobs, with filters; it looks again by itself while a job is on its way."""
    moving = any(not line.detail.terminal for line in index.jobs)
    yield from _page("index.html.j2", index.place, title="Datasets and jobs", index=index, moving=moving)


def job_chunks(
    place: Place, line: JobLine, log: Sequence[JobLogLine], files: Sequence[tuple[str, str]]
) -> Iterator[bytes]:
    """One job: its stages, what it warns of, why it failed, and its log's last lines.

    :param files: names of the revision's files, and their sizes for people.
    """
    yield from _page(
        "job.html.j2",
        place,
        title=f"Job of {line.name}",
        line=line,
        log=log,
        files=files,
        moving=not line.detail.terminal,
    )


def sign_in_chunks(place: Place, following: str, problem: str = "") -> Iterator[bytes]:
    """The page that asks for a token.

    :param following: the path of the page that was wanted.
    :param problem: why the token that was sent is not taken.
    """
    yield from _page("sign_in.html.j2", place, title="Sign in", following=following, problem=problem, moving=False)


def error_chunks(place: Place, title: str, text: str, *, moving: bool) -> Iterator[bytes]:
    """The page that tells why there is no other.

    :param moving: whether looking again may help; then it does so by itself.
    """
    yield from _page("error.html.j2", place, title=title, text=text, moving=moving)


def _page(template: str, place: Place, **values: Any) -> Iterator[bytes]:
    # Forms are for this service alone, and so is looking again.
    rules = "connect-src 'self'; form-action 'self'"
    yield from page_chunks(
        template, {"place": place, "look_seconds": LOOK_SECONDS, "moment": moment, **values}, rules=rules
    )


def moment(value: datetime | None) -> str:
    """A moment for people, to the second, in UTC."""
    return "" if value is None else value.strftime("%Y-%m-%d %H:%M:%S")


def duration(seconds: float) -> str:
    """How long something took."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
