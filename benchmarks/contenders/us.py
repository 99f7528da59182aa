"""The engine of this project, as a library: the light and the heavy profile with the default options."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from airflow_provider_profiler.config.ray_environment import prepare_ray_environment
from airflow_provider_profiler.contract.options import ExecutionOptions, ProfileOptions
from airflow_provider_profiler.contract.profile import DatasetProfile, DistributionStatus, Field
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.storage.roots import DataRoot, root_for
from benchmarks.contenders.contender import Outcome
from benchmarks.facts import Bin, ColumnFacts, TableFacts

_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


class Inline:
    """On threads of the process."""

    def start(self, workers: int) -> None:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        self._engine = ProfilingEngine()
        self._options = ProfileOptions(execution=ExecutionOptions(max_workers=workers))

    def profile(self, file: Path) -> Outcome:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        root, dataset_path = root_for(file.absolute(), None)
        observer = NullObserver()
        begun = perf_counter()
        light = self._engine.light(
            ProfileSpecification.for_path(dataset_path),
            [DataRoot(root).resolve(dataset_path)],
            self._options,
            generated_at=_MOMENT,
            observer=observer,
        )
        found = perf_counter()
        profile = self._engine.heavy(light, observer=observer)
        return Outcome(profile, {"light": found - begun, "heavy": perf_counter() - found})

    def facts(self, result: Any) -> TableFacts:
        """See :class:`~benchmarks.contenders.contender.Contender`.

        :raises ValueError: when the file was not profiled.
        """
        profile: DatasetProfile = result
        for distribution in profile.distributions:
            if distribution.status is not DistributionStatus.PROFILED:
                raise ValueError(f"{distribution.path} is {distribution.status}: {distribution.reason}")
        (table,) = profile.record_sets
        return TableFacts(table.row_count, tuple(_column(field) for field in table.fields))

    def stop(self) -> None:
        """Nothing is kept running."""


class OnRay(Inline):
    """As plain tasks of a Ray that runs already."""

    def start(self, workers: int) -> None:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        prepare_ray_environment()
        # Not at the top: Ray's import is no part of what the inline engine needs.
        import ray  # noqa: PLC0415

        from airflow_provider_profiler.profiling.ray_executor import RayExecutor  # noqa: PLC0415

        ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        self._engine = ProfilingEngine(RayExecutor())
        self._options = ProfileOptions()

    def stop(self) -> None:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        import ray  # noqa: PLC0415

        ray.shutdown()


def _column(field: Field) -> ColumnFacts:
    statistics = field.statistics
    numeric = statistics.numeric
    facts = ColumnFacts(field.name, missing=statistics.missing_count, distinct=statistics.distinct_count)
    if numeric is None:
        return facts
    quantiles = numeric.quantiles.model_dump() if numeric.quantiles else {}
    return ColumnFacts(
        facts.name,
        missing=facts.missing,
        distinct=facts.distinct,
        minimum=numeric.minimum,
        maximum=numeric.maximum,
        mean=numeric.mean,
        # p05 is the quantile at 0.05.
        quantiles=tuple((int(name[1:]) / 100, value) for name, value in quantiles.items()),
        histogram=tuple(Bin(each.low, each.high, each.count) for each in numeric.histogram),
    )
