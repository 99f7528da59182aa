"""Sends events to an address as they happen: each at least once, in order, signed."""

import hmac
import logging
import random
import time
from collections.abc import Callable
from hashlib import sha256

import requests

from airflow_provider_profiler import __version__
from airflow_provider_profiler.config.webhooks import WebhookTarget
from airflow_provider_profiler.contract.job import FeedEvent
from airflow_provider_profiler.jobs.duties import Duty
from airflow_provider_profiler.jobs.request_deadline import DeadlineAdapter

logger = logging.getLogger(__name__)

#: Seconds for a connection to be made, and between two pieces of the answer.
CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 10.0
#: Seconds that one delivery may take altogether, so that the duty is kept meanwhile.
DELIVERY_SECONDS = 20.0
#: Seconds until the first repetition, which doubles, and the longest that it grows to.
FIRST_DELAY, LAST_DELAY = 1.0, 300.0
#: Seconds between two looks into the feed.
LOOK_SECONDS = 1.0
_PAGE = 100

EVENT_ID, EVENT_TYPE = "X-Profiler-Event-Id", "X-Profiler-Event-Type"
TIMESTAMP, SIGNATURE = "X-Profiler-Timestamp", "X-Profiler-Signature"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What the receiver computes as well, to know that the event comes from here and is not an old one.

    :param timestamp: the header of that name: seconds since 1970.
    :return: ``sha256=`` and the HMAC of ``<timestamp>.<body>`` in hexadecimal digits.
    """
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


class Webhook:
    """Delivers the feed to one target; a turn of :class:`~airflow_provider_profiler.jobs.duties.Duty`.

    The cursor is written down after each event, so an event is sent again only where the process died between the
    answer and that. A target that does not take an event gets it again, ever later, and the events behind it wait.
    A new target gets the events from its first turn on.

    :param target: with its secret.
    :param delay: seconds until an event is sent again, from the number of failures in a row.
    """

    def __init__(self, target: WebhookTarget, *, delay: Callable[[int], float] | None = None) -> None:
        self._target = target
        self._delay = delay or growing_delay
        self._failures = 0
        self.taken = 0
        """Events that the target took from this process."""
        self.refused = 0
        """Tries of this process that it did not take."""
        self._not_before = 0.0

    def turn(self, duty: Duty) -> None:
        """Send what is in the feed, until it is empty or something is not taken."""
        if time.monotonic() < self._not_before:
            return
        cursor = duty.cursor
        if cursor is None:
            duty.advance(duty.store.feed_end())
            return
        with requests.Session() as session:
            # The environment could name a proxy, or a password for the host.
            session.trust_env = False
            for scheme in ("http://", "https://"):
                session.mount(scheme, DeadlineAdapter(DELIVERY_SECONDS))
            while events := duty.store.feed(cursor, limit=_PAGE):
                self._tell_of_gap(cursor, events[0])
                for event in events:
                    if not self._pass_on(session, duty, event):
                        return
                cursor = events[-1].cursor
                # Those that were not to be sent are not looked at again either.
                if not self._wants(events[-1]) and not duty.advance(cursor):
                    return

    def _pass_on(self, session: requests.Session, duty: Duty, event: FeedEvent) -> bool:
        if not duty.keep():
            return False
        if not self._wants(event):
            return True
        problem = self._send(session, event)
        if problem is None:
            self._failures = 0
            self.taken += 1
            return duty.advance(event.cursor)
        self._failures += 1
        self.refused += 1
        pause = self._delay(self._failures)
        self._not_before = time.monotonic() + pause
        logger.warning(
            "The webhook %s did not take event %d (%s), for the %d. time; it is sent again in %.0f seconds.",
            self._target.label,
            event.cursor,
            problem,
            self._failures,
            pause,
        )
        return False

    def _wants(self, event: FeedEvent) -> bool:
        return not self._target.types or event.kind in self._target.types

    def _send(self, session: requests.Session, event: FeedEvent) -> str | None:
        """Send one event; None where it was taken, or why it was not, in words that tell no address."""
        body = event.model_dump_json().encode()
        timestamp = str(int(time.time()))
        secret = self._target.secret
        if secret is None:
            raise ValueError("the target's secret was not read")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"dataset-profiler/{__version__}",
            EVENT_ID: f"{event.job_id}:{event.sequence}",
            EVENT_TYPE: event.kind.value,
            TIMESTAMP: timestamp,
            SIGNATURE: signature(secret.get_secret_value(), timestamp, body),
        }
        try:
            # Streamed and left unread: what it says is of no interest, however long it is.
            with session.post(
                self._target.url.get_secret_value(),
                data=body,
                headers=headers,
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
                verify=True if self._target.ca_file is None else str(self._target.ca_file),
                stream=True,
            ) as answer:
                status = answer.status_code
        except (requests.RequestException, OSError) as error:
            # Its text holds the address.
            return type(error).__name__
        if 200 <= status < 300:
            return None
        return f"it answered {status}" + (", and redirects are not followed" if 300 <= status < 400 else "")

    def _tell_of_gap(self, cursor: int, first: FeedEvent) -> None:
        """Cursors have no gaps: where one is missing, its event was removed from the feed before it was taken."""
        if first.cursor > cursor + 1:
            logger.error(
                "The webhook %s missed %d events: they were removed from the feed before it took them. Keep events for "
                "longer (PROFILER_KEEP_EVENTS_DAYS).",
                self._target.label,
                first.cursor - cursor - 1,
            )


def growing_delay(failures: int) -> float:
    """Seconds until an event is sent again: doubled each time up to a few minutes, and never the same for everybody.

    :param failures: how often it was not taken, from 1 on.
    """
    longest = min(LAST_DELAY, FIRST_DELAY * 2.0 ** min(failures - 1, 30))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311
