"""The set of files that is one table, as a distribution."""

from collections.abc import Sequence
from uuid import UUID

from airflow_provider_profiler.contract.profile import Distribution, DistributionKind, DistributionStatus
from airflow_provider_profiler.profiling.partition import SourcePlan
from airflow_provider_profiler.profiling.shards.grouping import ShardSet
from airflow_provider_profiler.profiling.shards.names import common_pattern


def set_distribution(identity: UUID, shards: ShardSet, first: Distribution, read: Sequence[SourcePlan]) -> Distribution:
    """Describe the set; it lies where its files do: in the dataset, or in an archive.

    :param first: the distribution of the first file, as the light profile has it.
    :param read: the files that make the table; without those that failed.
    """
    whole = len(read) == len(shards.plans)
    includes = shards.includes if whole else tuple(common_pattern([plan.source.path]) for plan in read)
    tables = [plan.tables[0] for plan in read]
    undecodable = sum(table.reading.undecodable_bytes for table in tables)
    return Distribution(
        id=identity,
        kind=DistributionKind.FILE_SET,
        status=DistributionStatus.PROFILED,
        path=shards.path,
        name=shards.table.name,
        description=f"{len(read)} files that are one table",
        media_type=first.media_type,
        content_url=f"{shards.base}/" if shards.base else "./",
        content_size=sum(plan.source.size for plan in read),
        contained_in=first.contained_in,
        includes=includes,
        reading=tables[0].reading.model_copy(update={"undecodable_bytes": undecodable}),
    )
