"""What a service does beside answering requests, one of all that share a store: webhooks and retention."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.config.webhooks import usable_targets
from airflow_provider_profiler.jobs.duties import Duty
from airflow_provider_profiler.jobs.retention import LOOK_SECONDS, Retention, RetentionPolicy
from airflow_provider_profiler.jobs.store import JobStore
from airflow_provider_profiler.storage.results import ResultStore

if TYPE_CHECKING:
    from airflow_provider_profiler.jobs.webhooks import Webhook

#: Seconds that an event on its way to somebody may take when the service stops.
STOP_SECONDS = 5.0


@dataclass(frozen=True)
class WebhookCounts:
    """The webhooks of a service in numbers."""

    taken: int
    """Events that their receivers took from this process."""
    refused: int
    """Tries of this process that they did not."""
    behind: int
    """Events of the feed that the slowest of them was not offered yet, by whichever process."""


class StandingDuties:
    """The duties of this process, each in a thread of its own: an address that is down holds up no other.

    :param clock: the present moment, aware.
    :raises ConfigurationError: when the webhooks cannot be used.
    """

    def __init__(
        self, settings: Settings, store: JobStore, results: ResultStore, clock: Callable[[], datetime]
    ) -> None:
        retention = Retention(store, results, policy_of(settings), clock)
        self._duties = [Duty(store, "retention", retention.turn, every=LOOK_SECONDS, clock=clock)]
        self._webhooks: list[tuple[Webhook, Duty]] = []
        targets = usable_targets(settings.listed_webhooks)
        if targets:
            # Here and not above: most services have none, and the library takes its time to load.
            from airflow_provider_profiler.jobs import webhooks  # noqa: PLC0415

            for target in targets:
                webhook = webhooks.Webhook(target)
                duty = Duty(store, f"webhook:{target.key}", webhook.turn, every=webhooks.LOOK_SECONDS, clock=clock)
                self._webhooks.append((webhook, duty))
                self._duties.append(duty)

    def webhooks(self) -> WebhookCounts | None:
        """How the webhooks are; None where there are none.

        :raises ServiceUnavailable: when the store cannot be asked.
        """
        if not self._webhooks:
            return None
        end = max(duty.store.feed_end() for _, duty in self._webhooks)
        cursors = (duty.store.duty_cursor(duty.name) for _, duty in self._webhooks)
        return WebhookCounts(
            taken=sum(webhook.taken for webhook, _ in self._webhooks),
            refused=sum(webhook.refused for webhook, _ in self._webhooks),
            behind=max((end - cursor for cursor in cursors if cursor is not None), default=0),
        )

    def start(self) -> None:
        """Begin."""
        for duty in self._duties:
            duty.start()

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """Stop, and leave the duties to the other processes.

        :param timeout: seconds for all of them together.
        """
        until = time.monotonic() + timeout
        for duty in self._duties:
            duty.ask_to_stop()
        for duty in self._duties:
            duty.stop(max(0.0, until - time.monotonic()))


def policy_of(settings: Settings) -> RetentionPolicy:
    """For how long things are kept, by the settings."""
    days = settings.keep_revisions_days
    return RetentionPolicy(
        revisions=settings.keep_revisions,
        revision_age=None if days is None else timedelta(days=days),
        event_age=timedelta(days=settings.keep_events_days),
    )
