"""MoMa: the documented JSON-LD profile of a dataset, light (files) and heavy (files, tables and columns).

The keys are those that the catalogue of the DataGEMS platform reads; additions stand under the prefix ``dg:``.
"""

from typing import Any, Final

from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.render.context import MOMA
from airflow_provider_profiler.render.moma.dataset import dataset_properties, profiling_properties
from airflow_provider_profiler.render.moma.distribution import distribution_node
from airflow_provider_profiler.render.moma.record_set import record_set_node
from airflow_provider_profiler.render.renderer import JsonRenderer, timestamp, whole
from airflow_provider_profiler.storage.results import MOMA_HEAVY, MOMA_LIGHT


def light_parts(profile: DatasetProfile) -> dict[str, Any]:
    """The light profile, its long lists as generators: the dataset and its distributions; a heavy one has it too."""
    return {
        "@context": dict(MOMA),
        **dataset_properties(profile.specification),
        **profiling_properties(profile),
        "distribution": (distribution_node(item) for item in profile.distributions),
    }


def heavy_parts(profile: DatasetProfile) -> dict[str, Any]:
    """The heavy profile, its long lists as generators: the light one, and a record set for every table."""
    distributions = {item.id: item for item in profile.distributions}
    generated_at = timestamp(profile)
    return light_parts(profile) | {
        "recordSet": (
            record_set_node(item, distributions.get(item.distribution_id), profile.dataset_id, generated_at)
            for item in profile.record_sets
        )
    }


def light_document(profile: DatasetProfile) -> dict[str, Any]:
    """The light profile as JSON-ready values."""
    document: dict[str, Any] = whole(light_parts(profile))
    return document


def heavy_document(profile: DatasetProfile) -> dict[str, Any]:
    """The heavy profile as JSON-ready values."""
    document: dict[str, Any] = whole(heavy_parts(profile))
    return document


LIGHT: Final = JsonRenderer("moma_profile_light", lambda _: MOMA_LIGHT, light_parts)
HEAVY: Final = JsonRenderer("moma_profile_heavy", lambda _: MOMA_HEAVY, heavy_parts)
