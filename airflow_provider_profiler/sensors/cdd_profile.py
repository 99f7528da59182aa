"""The sensor for consumers: waits until a dataset's profile for Cross-Dataset Discovery is there."""

import datetime
from collections.abc import Sequence
from typing import Any

from airflow.sdk import PokeReturnValue
from airflow.sdk.exceptions import AirflowFailException

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.hooks.dataset_wait import WantedCdd
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.sensors.waiting import ServiceSensor
from airflow_provider_profiler.triggers.cdd_profile import CddProfileTrigger

#: What a template renders to where it finds nothing.
_NOTHING = ("", "None")


class CddProfileSensor(ServiceSensor):
    """Wait until a dataset has a CDD file, whoever profiles it; returns the file's path.

    It knows the dataset only, not the job: a job that fails is not seen, the sensor waits on until its time-out.

    :param dataset_id: the dataset's UUID, or the name or path that one is derived from. (templated)
    :param newer_than: the file's job must have ended after this moment; text is ISO 8601, UTC where it names no time
        zone. Needs more than the documented routes. (templated)
    :param revision: the lowest revision that will do. Needs more than the documented routes. (templated)
    :param deferrable: wait in the triggerer; ``[operators] default_deferrable`` by default.
    :param profiler_conn_id: the connection to the service; without the default one jobs are embedded. (templated)
    """

    template_fields: Sequence[str] = ("dataset_id", "newer_than", "revision", "profiler_conn_id")

    def __init__(
        self,
        *,
        dataset_id: str,
        newer_than: datetime.datetime | str | None = None,
        revision: int | str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.dataset_id = dataset_id
        self.newer_than = newer_than
        self.revision = revision

    def look(self, hook: ProfilerHook) -> PokeReturnValue:
        """Look once."""
        wanted = self._wanted()
        self.log.info("Waiting for %s.", wanted)
        if wanted.any_will_do:
            path = hook.cdd_profile_path(wanted.dataset_id)
        else:
            path = wanted.path_in(hook.dataset(wanted.dataset_id))
        return PokeReturnValue(is_done=path is not None, xcom_value=path)

    def trigger(self) -> CddProfileTrigger:
        """What waits in the triggerer."""
        wanted = self._wanted()
        return CddProfileTrigger(
            dataset_id=wanted.dataset_id,
            profiler_conn_id=self.profiler_conn_id,
            newer_than=wanted.newer_than.isoformat() if wanted.newer_than else None,
            revision=wanted.revision,
            poll_interval=self.poke_interval,
        )

    def _wanted(self) -> WantedCdd:
        name = str(self.dataset_id or "").strip()
        if name in _NOTHING:
            raise AirflowFailException(
                f"Task {self.task_id!r} was given no dataset_id. Does its template name a value that is there?"
            )
        return WantedCdd(str(dataset_uuid(name)), self._moment(), self._number())

    def _moment(self) -> datetime.datetime | None:
        given = self.newer_than
        if given is None or str(given).strip() in _NOTHING:
            return None
        try:
            moment = given if isinstance(given, datetime.datetime) else datetime.datetime.fromisoformat(given.strip())
        except (ValueError, AttributeError):
            raise AirflowFailException(
                f"newer_than of task {self.task_id!r} is {str(given)[:100]!r}, which is not a moment such as "
                "'2026-01-31T02:00:00+00:00'."
            ) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)

    def _number(self) -> int | None:
        given = self.revision
        if given is None or str(given).strip() in _NOTHING:
            return None
        try:
            number = int(given)
        except ValueError:
            number = 0
        if number < 1:
            raise AirflowFailException(
                f"revision of task {self.task_id!r} is {str(given)[:100]!r}; revisions are whole numbers from 1."
            )
        return number
