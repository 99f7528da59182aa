"""Cutting a text into partitions that begin and end with whole lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from airflow_provider_profiler.profiling.stopping import check_wanted

#: Small enough to stay in the processor's cache from one look at a block to the next.
BLOCK = 512 * 1024


def blocks(stream: BinaryIO, size: int = BLOCK) -> Iterator[bytes]:
    """The rest of a stream in blocks of at most ``size`` bytes."""
    while block := stream.read(size):
        check_wanted()
        yield block


@dataclass(frozen=True)
class Cuts:
    """Where the partitions of a text begin and end, in bytes."""

    partitions: tuple[tuple[int, int], ...]


def cut_lines(
    content: Iterator[bytes], *, start: int, unit_type: str, partition_bytes: int, splittable: bool = True
) -> Cuts:
    """Plan partitions of at least ``partition_bytes`` (but for the last) that end with the first line feed behind.

    :param content: the bytes from ``start`` on, in blocks of any size.
    :param start: offset of the first line in the file, in bytes.
    :param unit_type: numpy type of one code unit.
    :param splittable: False for encodings in which bytes mean something else from place to place.
    """
    width = np.dtype(unit_type).itemsize
    partitions: list[tuple[int, int]] = []
    position = begin = start
    rest = b""
    for block in content:
        data = rest + block if rest else block
        whole = len(data) - len(data) % width
        while splittable and (end := _line_end(data, whole, begin + partition_bytes - position, unit_type)):
            partitions.append((begin, position + end))
            begin = position + end
        position += whole
        rest = data[whole:]
    position += len(rest)
    if begin < position:
        partitions.append((begin, position))
    return Cuts(tuple(partitions))


def _line_end(data: bytes, stop: int, least: int, unit_type: str) -> int:
    """The first place behind a line feed that is not before ``least``; 0 where there is none before ``stop``."""
    if least > stop:
        return 0
    width = np.dtype(unit_type).itemsize
    if width == 1:
        return data.find(b"\n", max(least - 1, 0), stop) + 1
    first = max(-(-least // width) - 1, 0)
    ends = np.frombuffer(data, unit_type, stop // width)[first:] == ord("\n")
    found = int(np.argmax(ends)) if len(ends) else 0
    return (first + found + 1) * width if len(ends) and ends[found] else 0
