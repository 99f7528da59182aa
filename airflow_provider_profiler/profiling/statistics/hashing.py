"""64-bit hashes that never change: the registers of stored sketches depend on them.

Numbers and texts of up to :data:`LONGEST_VECTORISED` bytes go through the finaliser of SplitMix64 (Steele, Lea and
Flood, OOPSLA 2014), word by word over whole arrays; longer texts through XXH64. Whoever changes anything here must
raise the version of stored states.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers

Hashes = npt.NDArray[np.uint64]

#: Bytes. Up to here one pass a word over all values is faster than one call a value.
LONGEST_VECTORISED = 256
#: Values hashed at a time, so that what is between two steps stays in the processor's cache.
_BLOCK = 1 << 15
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
#: The low r bytes of a word, for r = 0 to 8.
_LOW_BYTES = np.array([(1 << (8 * size)) - 1 for size in range(9)], np.uint64)


def mix(words: Hashes) -> Hashes:
    """The finaliser of SplitMix64: a bijection in which every input bit reaches every output bit."""
    mixed = words ^ (words >> np.uint64(30))
    mixed *= _FIRST
    mixed ^= mixed >> np.uint64(27)
    mixed *= _SECOND
    mixed ^= mixed >> np.uint64(31)
    return mixed


def draw(seed: int, turn: int) -> int:
    """The ``turn``-th 64-bit pseudo-random number of a seed."""
    word = (seed * 0xD1342543DE82EF95 + (turn + 1) * int(_GOLDEN)) & (2**64 - 1)
    return int(mix(np.array([word], np.uint64))[0])


def hash_numbers(values: Array) -> Hashes:
    """Hash int64, uint64 or finite float64 values; equal numbers hash alike whatever their type."""
    if values.dtype.kind == "f":
        bits = (values + 0.0).view(np.uint64).copy()
        whole = (np.abs(values) < 2.0**63) & (np.floor(values) == values)
        bits[whole] = values[whole].astype(np.int64).view(np.uint64)
    else:
        bits = values.view(np.uint64)
    return mix(bits + _GOLDEN)


def hash_bytes(values: pa.Array) -> Hashes:
    """Hash the byte strings of a ``large_binary`` array without nulls."""
    hashes = np.zeros(len(values), np.uint64)
    offsets = np.frombuffer(values.buffers()[1], np.int64)[values.offset :] if len(values) else np.zeros(1, np.int64)
    raw = memoryview(values.buffers()[2] or b"")
    for start in range(0, len(values), _BLOCK):
        stop = min(start + _BLOCK, len(values))
        hashes[start:stop] = _hash_block(offsets[start : stop + 1], raw)
    return hashes


def _hash_block(offsets: Integers, raw: memoryview) -> Hashes:
    lengths = np.diff(offsets)
    hashes = mix(lengths.view(np.uint64) + _GOLDEN)
    short = lengths <= LONGEST_VECTORISED
    size = int(offsets[-1] - offsets[0])
    # Two more words, so that a value at the very end can be read like any other.
    words = np.zeros(size // 8 + 3, np.uint64)
    words.view(np.uint8)[:size] = np.frombuffer(raw, np.uint8)[offsets[0] : offsets[-1]]
    active = np.flatnonzero(short & (lengths > 0))
    position, left = (offsets[:-1] - offsets[0])[active], lengths[active]
    while len(active):
        shift = ((position & 7) << 3).view(np.uint64)
        index = position >> 3
        # Two aligned words make one unaligned one; shifting by 64 is undefined, hence the step by one before.
        word = (words[index] >> shift) | ((words[index + 1] << np.uint64(1)) << (np.uint64(63) - shift))
        word &= _LOW_BYTES[np.minimum(left, 8)]
        hashes[active] = mix((hashes[active] ^ word) + _GOLDEN)
        more = left > 8
        active, position, left = active[more], position[more] + 8, left[more] - 8
    for row in np.flatnonzero(~short).tolist():
        hashes[row] = xxhash.xxh64_intdigest(raw[offsets[row] : offsets[row + 1]])
    return hashes
