"""Many columns: integers of one to nine digits, decimals, decimals with gaps, and categories, in turn."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

VERSION = 1
BLOCK_ROWS = 2_000
COLUMNS = 2_000
_SEED = 2000


def blocks(rows: int, columns: int = COLUMNS) -> Iterator[pa.Table]:
    """A table of many columns, block by block; a longer table begins with a shorter one."""
    for block, start in enumerate(range(0, rows, BLOCK_ROWS)):
        random = np.random.default_rng([_SEED, block])
        table = pa.table({f"column_{number:04d}": _column(number, random) for number in range(columns)})
        yield table.slice(0, min(BLOCK_ROWS, rows - start))


def _column(number: int, random: np.random.Generator) -> pa.Array:
    size = BLOCK_ROWS
    kind = number % 4
    if kind == 0:
        return pa.array(random.integers(0, 10 ** (1 + number // 4 % 9), size))
    if kind == 1:
        return pa.array(np.round(random.lognormal(0, 1 + number // 4 % 5 / 2, size), 4))
    if kind == 2:
        return pa.array(np.round(random.normal(100, 15, size), 3), mask=random.random(size) < 0.1)
    values = pa.array([f"v{value}" for value in range(50 * (1 + number // 4 % 40))])
    return values.take(pa.array(random.integers(0, len(values), size)))
