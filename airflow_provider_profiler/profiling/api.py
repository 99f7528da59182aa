"""The engine as a library: a path or a table in, a profile out."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow_provider_profiler.config.settings import source_date_epoch
from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.options import ProfileOptions, read_options
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    DistributionStatus,
)
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling.discovery.discovering import Inventory
from airflow_provider_profiler.profiling.engine import GENERATOR, LightResult, ProfilingEngine
from airflow_provider_profiler.profiling.executor import ThreadExecutor
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.profiling.readers.memory import TableSource
from airflow_provider_profiler.profiling.result import Profile
from airflow_provider_profiler.profiling.small_work import SmallWorkHere
from airflow_provider_profiler.profiling.tabular import arrow_table, is_tabular
from airflow_provider_profiler.storage.locating import locate

#: What a table in memory is called that nobody named.
UNNAMED = "table"


def profile(
    data: Any,
    options: ProfileOptions | Mapping[str, Any] | None = None,
    *,
    light: bool = False,
    dataset_id: str | None = None,
    name: str | None = None,
    workers: int | None = None,
    states: str | Path | None = None,
) -> Profile:
    """Profile a dataset or a table in this process.

    Columns of a table in memory keep the types they have; texts are taken for numbers or dates only where the option
    ``statistics.infer_types`` is set to true.

    :param data: path of a folder or a file; or a pandas or Polars DataFrame, or an Arrow table, record batch or stream.
    :param options: by section, for example ``{"selection": {"where": "price > 10"}}``.
    :param light: only what files there are, not what is in them.
    :param dataset_id: the dataset's UUID, or a name that one is derived from; the name or path otherwise.
    :param name: what the dataset is called; the path's last part, or ``table``, otherwise.
    :param workers: threads; the processors that this process may use where it is None.
    :param states: a file to save the states of the tables in, from which profiles are merged later.
    :raises DatasetNotFound: when there is nothing at the path.
    :raises InvalidRequest: for options that do not fit, or that apply to no table.
    :raises TypeError: for data of any other kind.
    """
    chosen = read_options(options)
    if workers is not None and (not isinstance(workers, int) or workers < 1):
        raise ValueError(f"workers must be a number of threads from 1 on, not {workers!r}")
    engine = ProfilingEngine(SmallWorkHere(ThreadExecutor(workers)))
    epoch = source_date_epoch()
    moment = datetime.now(UTC).replace(microsecond=0) if epoch is None else datetime.fromtimestamp(epoch, UTC)
    observer = NullObserver()
    if isinstance(data, str | os.PathLike):
        dataset = locate(os.fspath(data))
        metadata = {} if name is None else {"name": name}
        specification = ProfileSpecification.for_path(dataset.dataset_path, dataset_id=dataset_id or "", **metadata)
        found = engine.light(specification, [dataset], chosen, generated_at=moment, observer=observer)
    elif is_tabular(data):
        found = _table_in_memory(data, chosen, dataset_id or "", name or UNNAMED, moment)
    else:
        raise TypeError(
            f"Cannot profile a value of the type {type(data).__name__}; give the path of a folder or a file, a pandas "
            "or Polars DataFrame, or an Arrow table, record batch or stream."
        )
    if light:
        return Profile(found.profile)
    target = None if states is None else Path(states)
    return Profile(engine.heavy(found, observer=observer, states=target), found.profile)


def _table_in_memory(
    data: Any, options: ProfileOptions, dataset_id: str, name: str, generated_at: datetime
) -> LightResult:
    """The light profile of a dataset that is one table in memory."""
    table, warnings = arrow_table(data)
    # A path has no slashes of its own; what the table is called may.
    path = name.replace("/", "_")
    specification = ProfileSpecification.for_path(UNNAMED, dataset_id=dataset_id or name, name=name)
    source = TableSource(path, table)
    asked = "infer_types" in options.statistics.model_fields_set and options.statistics.infer_types
    statistics = options.statistics.model_copy(update={"infer_types": asked})
    profile = DatasetProfile(
        kind=Target.LIGHT,
        generated_at=generated_at,
        generator=GENERATOR,
        specification=specification,
        options=options.model_copy(update={"statistics": statistics}),
        distributions=(
            Distribution(
                id=part_uuid(specification.id, "distribution", path),
                kind=DistributionKind.FILE,
                status=DistributionStatus.LISTED,
                path=path,
                name=name,
                description="A table that lay in memory",
                media_type=source.media_type,
                content_url=path,
                content_size=source.size,
            ),
        ),
        warnings=tuple(warnings),
    )
    return LightResult(profile, Inventory((source,)))
