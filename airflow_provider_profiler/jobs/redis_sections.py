"""Exclusive sections across processes: one at a time per job and per dataset, by holds that run out.

A hold is prolonged while its section runs, so a slow disk does not lose it; a process that died loses it by itself.
A process that was stalled for longer loses it too, and is found out three times: its documents are refused right
before they are put in place (see :mod:`~airflow_provider_profiler.storage.fencing`), its record is refused at the
end, and a publisher begins again, finds the newer revision, and reports that its own was not published.

What remains is a stall of more than :data:`HOLD_SECONDS` between that last look and the rename, some microseconds of
code. The publisher then learns at the end that it came too late, and whoever called it writes the published
revision's copy again (:func:`~airflow_provider_profiler.jobs.publication.restore_published`). Only where it is killed
before that does the older file stay, until the dataset is published the next time. A document of the revision itself
that lands so late stays as it is: it is that of an earlier attempt at the same job.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from airflow_provider_profiler.contract.errors import ProfilerError, ServiceUnavailable
from airflow_provider_profiler.jobs.redis_connections import WORKER_OUTAGE_SECONDS, RedisConnections
from airflow_provider_profiler.jobs.redis_refusals import refuse
from airflow_provider_profiler.storage.fencing import fenced

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds after which the hold of a dead or stalled process runs out; shorter than a lease, so that a job whose
#: process died inside a section does not wait for longer than others.
HOLD_SECONDS = 10.0
#: How long somebody waits to get in, as long as a writer waits for another one in SQLite.
BUSY_SECONDS = 30.0
_FIRST_PAUSE, _LAST_PAUSE = 0.005, 0.1


class _Lost(Exception):
    """Somebody else was in the section meanwhile: what was done in it does not count."""


class _Newer(Exception):
    """A newer revision is published."""


@dataclass(frozen=True)
class Section:
    """What to exclude others from.

    :param job_id: a job, which must be held by ``attempt`` from beginning to end; or None.
    :param dataset_id: a dataset, or None.
    :param publishes: at the end the job's revision becomes the published one of its dataset, which is excluded too.
    """

    job_id: UUID | None = None
    attempt: int = 0
    dataset_id: UUID | None = None
    publishes: bool = False


@dataclass
class _Entered:
    connections: RedisConnections
    section: Section
    milliseconds: int
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    number: str = ""
    published: int = 0

    def enter(self) -> str:
        word, self.number, found = self._run("enter")
        if word == "ok":
            self.published = int(found[0])
        elif word == "newer":
            raise _Newer
        elif word != "busy":
            self._refuse(word, self.number)
        return str(word)

    def keep(self) -> None:
        word, extra, _ = self._run("keep")
        if word != "ok":
            self._refuse(word, extra)

    def leave(self) -> None:
        word, extra, _ = self._run("leave", secrets.token_hex(8))
        if word != "ok":
            self._refuse(word, extra)

    def abandon(self) -> None:
        self._run("abandon")

    def _run(self, name: str, *more: str) -> Any:
        section = self.section
        return self.connections.script(
            name,
            self.token,
            section.job_id or "",
            section.attempt,
            section.dataset_id or "",
            self.milliseconds,
            self.number,
            int(section.publishes),
            *more,
            patience=WORKER_OUTAGE_SECONDS,
        )

    def _refuse(self, word: str, extra: str) -> None:
        if word == "lost" or self.section.job_id is None:
            raise _Lost
        refuse(word, extra, self.section.job_id, self.section.attempt)


class RedisSections:
    """Runs functions in exclusive sections.

    :param connections: the server that knows who is inside.
    :param hold_seconds: after which the hold of a dead or stalled process runs out.
    """

    def __init__(self, connections: RedisConnections, hold_seconds: float = HOLD_SECONDS) -> None:
        self._connections = connections
        self._hold_seconds = hold_seconds

    def run(self, section: Section, action: Callable[[int], T]) -> tuple[bool, T | None]:
        """Run ``action`` in the section; again where somebody else got in meanwhile.

        :param action: gets the revision that the dataset's file stands for, 0 for none.
        :return: whether it counts, and what it returned; False where a newer revision is published.
        :raises StaleAttempt: when the attempt does not hold the job, at the beginning or at the end.
        :raises JobNotFound: for an unknown job.
        :raises ServiceUnavailable: when others do not leave for too long, or the server is not there.
        """
        until = time.monotonic() + BUSY_SECONDS
        while True:
            with suppress(_Lost):
                try:
                    return True, self._run_once(section, action)
                except _Newer:
                    return False, None
            logger.warning("A hold ran out while its process was stalled; what it did is done again.")
            if time.monotonic() > until:
                raise ServiceUnavailable("An exclusive section was lost again and again; the machine is too slow.")

    def _run_once(self, section: Section, action: Callable[[int], T]) -> T:
        entered = _Entered(self._connections, section, int(self._hold_seconds * 1000))
        until_free(entered.enter)
        try:
            with self._prolonged(entered), fenced(entered.keep):
                result = action(entered.published)
        except BaseException:
            # Where the server is away it runs out by itself.
            with suppress(ProfilerError):
                entered.abandon()
            raise
        entered.leave()
        return result

    @contextmanager
    def _prolonged(self, entered: _Entered) -> Iterator[None]:
        ended = threading.Event()

        def prolong() -> None:
            while not ended.wait(self._hold_seconds / 3):
                try:
                    entered.keep()
                except ServiceUnavailable:
                    # It may be back before the hold has run out; the end tells.
                    logger.warning("A hold could not be prolonged; trying again.")
                except (ProfilerError, _Lost):
                    return

        thread = threading.Thread(target=prolong, name="hold", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            # A beat under way would take the hold again after it was let go.
            thread.join()


def until_free(attempt: Callable[[], str]) -> None:
    """Try until nobody is in the way.

    :param attempt: answers ``busy`` while somebody is.
    :raises ServiceUnavailable: when it takes too long.
    """
    until = time.monotonic() + BUSY_SECONDS
    pause = _FIRST_PAUSE
    while attempt() == "busy":
        if time.monotonic() > until:
            raise ServiceUnavailable(
                f"Another process wrote documents for more than {BUSY_SECONDS:g} seconds; try again later."
            )
        time.sleep(pause)
        pause = min(pause * 2, _LAST_PAUSE)
