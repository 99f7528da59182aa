"""What a task's log tells of a job while it is waited for: its states, how far it is, and the lines of its own log."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from airflow_provider_profiler.contract.job import EventKind, JobDetail, JobEvent
from airflow_provider_profiler.contract.job_log import JobLogLine, JobLogPage, LogLevel
from airflow_provider_profiler.contract.states import JobState

#: Lines of a job's log below ``WARNING`` that are told while one task waits for it.
MOST_LINES = 200
#: Lines that a failure ends with.
LAST_LINES = 10
#: Characters of one of them.
_LONGEST_LAST, _LONGEST = 300, 1000
#: Per cent by which a job must have gone on to be told of again.
_STEP = 10.0


@dataclass
class Telling:
    """Tells what happens to a job, each thing once.

    Where it stands is in three numbers, from which another process goes on.

    :param report: takes the lines for the log.
    :param warn: takes those that are warnings; ``report`` by default.
    :param events_after: sequence number of the last event that was told.
    :param log_after: the place in the job's log up to which it was told; None leaves the job's log out.
    :param log_lines_left: lines below ``WARNING`` that may still be told. Warnings and errors always are.
    """

    job_id: str
    report: Callable[[str], None]
    warn: Callable[[str], None] | None = None
    events_after: int = 0
    log_after: int | None = None
    log_lines_left: int = MOST_LINES
    _state: JobState | None = field(default=None, init=False)
    _percent: float = field(default=0.0, init=False)
    _warnings: set[str] = field(default_factory=set, init=False)
    _messages: list[str] = field(default_factory=list, init=False)

    def events(self, events: Iterable[JobEvent]) -> None:
        """Tell of events, where they are for people."""
        for event in events:
            self.events_after = max(self.events_after, event.sequence)
            if event.kind is EventKind.STATE:
                word = str(event.data.get("state", ""))
                if word in JobState.__members__:
                    self.state(JobState(word))
            elif event.kind is EventKind.WARNING:
                self._warning(str(event.data.get("message") or event.data))

    def state(self, state: JobState | None) -> None:
        """Tell of a state, if it was not told last."""
        if state is not None and state is not self._state:
            self._state = state
            self.report(f"Profiling job {self.job_id} is {state.value}.")

    def progress(self, detail: JobDetail | None) -> None:
        """Tell how far a running job is, if it has gone on by much."""
        if detail is None or detail.terminal or detail.progress.percent < self._percent + _STEP:
            return
        progress = detail.progress
        self._percent = progress.percent
        stage = f" in stage {progress.stage.value}" if progress.stage else ""
        self.report(
            f"Profiling job {self.job_id}: {progress.percent:.0f} %{stage}, {progress.rows:,} rows and "
            f"{progress.bytes:,} bytes read."
        )

    def follows_log(self, detail: JobDetail | None) -> bool:
        """Whether the job's log is to be read: it is wanted, and the service says that it has one."""
        return self.log_after is not None and detail is not None and bool(detail.links.log)

    @property
    def log_level(self) -> str | None:
        """The least level of the lines that are still told; None for all."""
        return None if self.log_lines_left > 0 else LogLevel.WARNING.value

    def log_page(self, page: JobLogPage) -> bool:
        """Tell the lines of one page of the job's log.

        :return: whether there may be more at once.
        """
        for line in page.data:
            self._log_line(line)
        went_on = page.next > (self.log_after or 0)
        self.log_after = max(page.next, self.log_after or 0)
        return went_on and bool(page.data) and not page.ended

    def log_lost(self, error: Exception) -> None:
        """The job's log cannot be read, and is not asked for again; the job is none the worse for it."""
        self.log_after = None
        self.report(f"The log of profiling job {self.job_id} cannot be read, it is waited for without: {error}")

    def _log_line(self, line: JobLogLine) -> None:
        severe = line.level not in (LogLevel.DEBUG, LogLevel.INFO)
        if any(line.message.endswith(text) for text in self._warnings):
            return  # an event has told it already
        if not severe and self.log_lines_left <= 0:
            return
        told = f"Job log {text_of(line, _LONGEST)}"
        if severe:
            (self.warn or self.report)(told)
            return
        self.report(told)
        self._messages.append(line.message)
        self.log_lines_left -= 1
        if self.log_lines_left == 0:
            self.report(
                f"The log of profiling job {self.job_id} goes on; from here on only its warnings and errors are told."
            )

    def _warning(self, text: str) -> None:
        # The service writes each into the job's log too: whichever comes first is told.
        if text in self._warnings or any(message.endswith(text) for message in self._messages):
            return
        self._warnings.add(text)
        (self.warn or self.report)(f"Profiling job {self.job_id}: {flat(text, _LONGEST)}")


def text_of(line: JobLogLine, longest: int) -> str:
    """A line of a job's log for people, on one line.

    :param longest: characters of its message.
    """
    stage = f" [{flat(line.stage, longest)}]" if line.stage else ""
    return f"{line.at:%H:%M:%S} {line.level}{stage} {flat(line.message, longest)}"


def flat(text: str, longest: int) -> str:
    """Text of somebody else on one line, without what would steer a terminal."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return plain if len(plain) <= longest else f"{plain[:longest]}..."


def last_words(lines: Iterable[JobLogLine]) -> str:
    """The last lines of a failed job's log, below the reason; empty where there are none."""
    told = [f"\n  {text_of(line, _LONGEST_LAST)}" for line in lines]
    return "\nThe last lines of its log:" + "".join(told[-LAST_LINES:]) if told else ""
