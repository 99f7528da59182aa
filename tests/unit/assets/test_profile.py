"""The asset of a profile: one way to write its URI, known to Airflow."""

from typing import Any

import pytest
from airflow.sdk import Asset
from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime

from airflow_provider_profiler.assets import profile_asset
from airflow_provider_profiler.assets.profile import convert_asset_to_openlineage, dataset_of
from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.triggers.profile_events import ProfileEventTrigger

SALES = str(dataset_uuid("sales"))
URI = f"profile://profiler_default/{SALES}"


@pytest.mark.parametrize(
    "written",
    [
        URI,
        f"PROFILE://Profiler_Default/{SALES.upper()}/",
        "profile://profiler_default/sales",
        f"profile://user:secret@profiler_default/{SALES}?x=1#y",
        f"profile://profiler_default/{SALES.replace('-', '')}",
    ],
)
@pytest.mark.filterwarnings("ignore:An Asset URI should not contain a password")
def test_airflow_writes_the_uri_in_one_way(written: str) -> None:
    assert Asset(uri=written).uri == URI
    assert Asset(uri=Asset(uri=written).uri).uri == URI


def test_paths_and_spaces() -> None:
    expected = f"profile://other/{dataset_uuid('sea ports/2026')}"
    assert Asset(uri="profile://other/sea%20ports/2026").uri == expected
    assert profile_asset("sea ports/2026", profiler_conn_id="Other").uri == expected


@pytest.mark.parametrize("written", ["profile:///sales", "profile://profiler_default", "profile://profiler_default/"])
def test_a_uri_without_a_part_is_told(written: str) -> None:
    with pytest.raises(ValueError, match=r"profile://<connection id>/<dataset>"):
        Asset(uri=written)


def test_all_who_mean_a_dataset_name_one_asset() -> None:
    assets = [profile_asset("sales"), profile_asset(SALES), Asset(uri=URI, group="profile")]
    assert {(asset.name, asset.uri, asset.group) for asset in assets} == {(URI, URI, "profile")}
    named = profile_asset("sales", name="Sales", group="g", extra={"owner": "analytics"})
    assert (named.name, named.uri, named.group, named.extra) == ("Sales", URI, "g", {"owner": "analytics"})
    assert profile_asset("sales").watchers == []


@pytest.mark.parametrize("unknown", ["", " ", "{{ params.dataset }}"])
def test_a_dataset_that_is_not_known_yet_is_for_an_alias(unknown: str) -> None:
    with pytest.raises(ValueError, match="AssetAlias"):
        profile_asset(unknown)


def test_an_asset_may_watch() -> None:
    asset = profile_asset("sales", watch=["heavy", "failed"], profiler_conn_id="other")
    (watcher,) = asset.watchers
    trigger: Any = watcher.trigger
    assert isinstance(trigger, ProfileEventTrigger)
    assert (trigger.dataset_id, trigger.on, trigger.profiler_conn_id) == (SALES, ("failed", "heavy"), "other")
    assert asset.uri == f"profile://other/{SALES}"


def test_airflow_knows_the_factory_and_the_converter() -> None:
    manager = ProvidersManagerTaskRuntime()
    assert manager.asset_factories["profile"](dataset_id="sales", extra={"a": 1}) == profile_asset(
        "sales", extra={"a": 1}
    )
    assert manager.asset_to_openlineage_converters["profile"] is convert_asset_to_openlineage


def test_the_profile_in_lineage() -> None:
    told: Any = convert_asset_to_openlineage(profile_asset("sales"), None)
    assert (told.namespace, told.name) == ("profile://profiler_default", SALES)
    assert convert_asset_to_openlineage(Asset(uri="s3://bucket/key"), None) is None


def test_other_assets_are_none_of_ours() -> None:
    assert dataset_of(URI) == SALES
    assert dataset_of("s3://bucket/key") is None
    assert dataset_of("sales") is None
    assert dataset_of("profile://") is None
