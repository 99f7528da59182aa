"""A root with one dataset, and discovery of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_provider_profiler.contract.options import DiscoveryOptions
from airflow_provider_profiler.contract.profile import Distribution
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.discovery.discovering import Discovery, discover, find
from airflow_provider_profiler.profiling.executor import ThreadExecutor
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.storage.roots import DataRoot


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """The dataset's folder, two levels below what the root's neighbours are."""
    folder = tmp_path / "root" / "dataset"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def discovered(dataset: Path) -> Callable[..., Discovery]:
    def run(*paths: str, **options: object) -> Discovery:
        names = paths or (dataset.name,)
        specification = ProfileSpecification.for_path(
            names[0], data_connectors=[{"type": "RawDataPath", "dataset_id": name} for name in names]
        )
        choice = DiscoveryOptions(**options)
        found, warnings = find([DataRoot(dataset.parent).resolve(name) for name in names], choice)
        result = discover(specification, found, choice, ThreadExecutor(2), NullObserver())
        return Discovery(result.distributions, result.inventory, (*warnings, *result.warnings))

    return run


@pytest.fixture
def by_path(discovered: Callable[..., Discovery]) -> Callable[..., dict[str, Distribution]]:
    return lambda *paths, **options: {item.path: item for item in discovered(*paths, **options).distributions}
