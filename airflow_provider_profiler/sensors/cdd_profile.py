"""The sensor for consumers: waits until a dataset's profile for Cross-Dataset Discovery is there."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import PokeReturnValue

from airflow_provider_profiler.sensors.waiting import ServiceSensor

if TYPE_CHECKING:
    from airflow_provider_profiler.hooks.dataset_wait import WantedCdd
    from airflow_provider_profiler.hooks.profiler import ProfilerHook
    from airflow_provider_profiler.triggers.cdd_profile import CddProfileTrigger


class CddProfileSensor(ServiceSensor):
    """Wait until a dataset has a CDD file, whoever profiles it; returns the file's path.

    It knows the dataset only, not the job: a job that fails is not seen, the sensor waits on until its time-out.

    :param dataset_id: the dataset's UUID, or the name or path that one is derived from. (templated)
    :param newer_than: the file's job must have ended after this moment; text is ISO 8601, UTC where it names no time
        zone. Needs more than the documented routes. (templated)
    :param revision: the lowest revision that will do. Needs more than the documented routes. (templated)
    :param deferrable: wait in the triggerer; ``[operators] default_deferrable`` by default.
    :param start_from_trigger: begin in the triggerer, too.
    :param max_consecutive_failures: looks in a row that may fail because the service is away or in trouble.
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
        self.begin_in_triggerer(
            "airflow_provider_profiler.triggers.cdd_profile.CddProfileTrigger",
            dataset_id=dataset_id,
            newer_than=newer_than,
            revision=revision,
            profiler_conn_id=self.profiler_conn_id,
            poll_interval=self.poke_interval,
            max_consecutive_failures=self.max_consecutive_failures,
        )

    def look(self, hook: "ProfilerHook") -> PokeReturnValue:
        """Look once."""
        wanted = self._wanted()
        self.log.info("Waiting for %s.", wanted)
        if wanted.any_will_do:
            path = hook.cdd_profile_path(wanted.dataset_id)
        else:
            path = wanted.path_in(hook.dataset(wanted.dataset_id))
        return PokeReturnValue(is_done=path is not None, xcom_value=path)

    def trigger(self) -> "CddProfileTrigger":
        """What waits in the triggerer."""
        from airflow_provider_profiler.triggers.cdd_profile import (  # noqa: PLC0415 - DAG files are parsed often
            CddProfileTrigger,
        )

        wanted = self._wanted()
        return CddProfileTrigger(
            dataset_id=wanted.dataset_id,
            profiler_conn_id=self.profiler_conn_id,
            newer_than=wanted.newer_than.isoformat() if wanted.newer_than else None,
            revision=wanted.revision,
            poll_interval=self.poke_interval,
            max_consecutive_failures=self.max_consecutive_failures,
        )

    def _wanted(self) -> "WantedCdd":
        from airflow_provider_profiler.hooks.dataset_wait import (  # noqa: PLC0415 - DAG files are parsed often
            WantedCdd,
        )

        return WantedCdd.given(self.dataset_id, self.newer_than, self.revision)
