"""The asset that stands for a dataset's profile, and its URI: ``profile://<instance>/<dataset UUID>``.

The instance is the id of the Airflow connection that leads to the profiling service: the one thing that tells a service
from others and is known when a DAG is read, without asking anybody.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from airflow.sdk import Asset

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME

if TYPE_CHECKING:
    from airflow.providers.common.compat.openlineage.facet import Dataset as OpenLineageDataset

SCHEME = "profile"


def profile_asset(
    dataset_id: str,
    *,
    profiler_conn_id: str = DEFAULT_CONN_NAME,
    name: str | None = None,
    group: str = SCHEME,
    extra: dict[str, Any] | None = None,
    watch: str | Iterable[str] | None = None,
) -> Asset:
    """The asset of a dataset's profile.

    :param dataset_id: the dataset's UUID, or the name or path that one is derived from, as the operator derives it.
    :param profiler_conn_id: the connection to the service that profiles it; part of the URI.
    :param name: the asset's name; its URI by default, so that all who mean the same dataset name the same asset, as an
        ``AssetAlias`` does too.
    :param group: the asset's group.
    :param extra: more about the asset.
    :param watch: what happens at the service, whoever asked for it, is an event of the asset as well: ``light``,
        ``heavy`` or ``failed``, or several of them. See
        :class:`~airflow_provider_profiler.triggers.profile_events.ProfileEventTrigger`.
    :raises ValueError: when the dataset is not known while the DAG is read; an ``AssetAlias`` is for that.
    """
    given = str(dataset_id).strip()
    if not given or "{{" in given or "{%" in given:
        raise ValueError(
            f"The dataset of an asset must be known when the DAG is read, and {given[:100]!r} names none. Give the "
            "task an AssetAlias as outlet: it is told which dataset was profiled."
        )
    uri = f"{SCHEME}://{quote(profiler_conn_id.lower())}/{dataset_uuid(given)}"
    more: dict[str, Any] = {} if watch is None else {"watchers": [_watcher(given, profiler_conn_id, watch)]}
    return Asset(name=name or uri, uri=uri, group=group, extra=extra, **more)


def sanitize_uri(uri: SplitResult) -> SplitResult:
    """The one way to write the URI of a profile's asset.

    Instances have no upper case, datasets are UUIDs: names and paths (``profile://profiler_default/sales/2026``) become
    the UUID that is derived from them.

    :raises ValueError: when the instance or the dataset is missing.
    """
    instance = uri.netloc.rpartition("@")[2].lower()
    dataset = unquote(uri.path).strip("/")
    if not instance or not dataset:
        raise ValueError(
            f"The URI of a profile is {SCHEME}://<connection id>/<dataset>, not {uri.geturl()[:200]!r}: "
            "profile_asset() makes one."
        )
    return uri._replace(netloc=instance, path=f"/{dataset_uuid(dataset)}", query="", fragment="")


def dataset_of(uri: str) -> str | None:
    """The UUID of the dataset whose profile has this URI; None for another kind of asset."""
    parts = urlsplit(uri)
    if parts.scheme.lower() != SCHEME:
        return None
    try:
        return sanitize_uri(parts).path.lstrip("/")
    except ValueError:
        return None


def convert_asset_to_openlineage(asset: Asset, lineage_context: Any) -> "OpenLineageDataset | None":  # noqa: ARG001
    """The profile as a dataset of OpenLineage: the service is the namespace, the dataset's UUID the name.

    :param asset: the asset.
    :param lineage_context: what emits it: an operator or a hook.
    """
    from airflow.providers.common.compat.openlineage.facet import Dataset  # noqa: PLC0415 - only where lineage is on

    dataset = dataset_of(asset.uri)
    if dataset is None:
        return None
    return Dataset(namespace=f"{SCHEME}://{sanitize_uri(urlsplit(asset.uri)).netloc}", name=dataset)


def _watcher(dataset_id: str, profiler_conn_id: str, watch: str | Iterable[str]) -> Any:
    from airflow.sdk import AssetWatcher  # noqa: PLC0415 - DAG files are parsed often, and few watch

    from airflow_provider_profiler.triggers.profile_events import ProfileEventTrigger  # noqa: PLC0415

    trigger = ProfileEventTrigger(dataset_id=dataset_id, on=watch, profiler_conn_id=profiler_conn_id)
    return AssetWatcher(name=f"{SCHEME}_events", trigger=trigger)
