"""Parts of a file that are too small to be units of work of their own, put together."""

from collections.abc import Sequence

from airflow_provider_profiler.profiling.readers.reader import Partition


def bundles(sizes: Sequence[int], partition_bytes: int) -> tuple[Partition, ...]:
    """Neighbouring parts together, as long as they stay within the size of a partition.

    :param sizes: bytes of each row group, stripe or record batch, in their order.
    :param partition_bytes: of a partition; one part alone may have more.
    """
    partitions: list[Partition] = []
    start = total = 0
    for number, size in enumerate(sizes):
        if number > start and total + size > partition_bytes:
            partitions.append(Partition(len(partitions), start, number))
            start, total = number, 0
        total += size
    if start < len(sizes):
        partitions.append(Partition(len(partitions), start, len(sizes)))
    return tuple(partitions)
