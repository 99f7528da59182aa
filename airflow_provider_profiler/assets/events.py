"""Tells the assets that a task updates what the profile holds."""

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetAlias

from airflow_provider_profiler.assets.facts import ProfileFacts
from airflow_provider_profiler.assets.profile import dataset_of, profile_asset
from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME

if TYPE_CHECKING:
    from airflow.sdk import Context

logger = logging.getLogger(__name__)


def emit_profile_event(
    context: "Context", facts: ProfileFacts, *, profiler_conn_id: str = DEFAULT_CONN_NAME
) -> tuple[str, ...]:
    """Give the asset events of a task the facts of the profile that it made; to be called while the task runs.

    An outlet that is the profile of this dataset gets them as the extra of its event, beside what is there. An
    ``AssetAlias`` gets an event of the dataset's asset, for datasets that are known only at run time. Others are left
    alone; the profile of another dataset gets none, and a warning.

    :param context: of the task.
    :param facts: of the profile.
    :param profiler_conn_id: the connection to the service, for the asset that an alias stands for.
    :return: the URIs that were told.
    """
    events: Any = context.get("outlet_events")
    told: list[str] = []
    for outlet in context.get("outlets") or () if events is not None else ():
        if isinstance(outlet, AssetAlias):
            asset = profile_asset(facts.dataset_id, profiler_conn_id=profiler_conn_id)
            events[outlet].add(asset, extra=facts.extra())
            told.append(asset.uri)
            continue
        # A reference by its URI is an outlet as good as the asset itself; one by name does not tell what it is.
        uri = outlet.uri if isinstance(outlet, Asset) else getattr(outlet, "uri", None)
        dataset = dataset_of(uri) if uri else None
        if uri is None or dataset is None:
            continue
        if dataset != facts.dataset_id:
            logger.warning(
                "The outlet %s is the profile of another dataset than %s, which this task has profiled: its event says "
                "nothing of it. Is the outlet's dataset the one that the task is given?",
                uri,
                facts.dataset_id,
            )
            continue
        events[outlet].extra.update(facts.extra())
        told.append(uri)
    return tuple(told)
