"""64-bit hashes that never change: the registers of stored sketches depend on them.

Numbers go through the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). Texts of up to
:data:`LONGEST_VECTORISED` bytes are sums over their length and their words, each word times a factor of its own
(multilinear hashing, Lemire and Kaser 2014), and finished by it: sums are computed over whole arrays. Longer ones go
through XXH64. Whoever changes anything here must raise the version of stored states.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers

Hashes = npt.NDArray[np.uint64]

#: Bytes. Up to here one pass a word over all values is faster than one call a value.
LONGEST_VECTORISED = 256
#: Values hashed at a time, so that what is between two steps stays in the processor's cache.
_BLOCK = 1 << 14
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


#: One odd factor a word, of the words that the longest text can have.
_FACTORS = mix(np.arange(1, LONGEST_VECTORISED // 8 + 1, dtype=np.uint64) * _GOLDEN) | np.uint64(1)


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
    for start in range(0, len(values), _BLOCK):
        block = values.slice(start, _BLOCK)
        offsets = np.frombuffer(block.buffers()[1], np.int64)[block.offset : block.offset + len(block) + 1]
        hashes[start : start + _BLOCK] = _hash_block(block, np.diff(offsets))
    return hashes


def _hash_block(texts: pa.Array, lengths: Integers) -> Hashes:
    if int(lengths.min()) > LONGEST_VECTORISED:
        return np.array([xxhash.xxh64_intdigest(text) for text in texts.to_pylist()], np.uint64)
    # All texts are filled up to the longest of them; few that are much longer than the others go apart.
    limit = min(2 * int(lengths.mean()) + 16, LONGEST_VECTORISED)
    longest = int(lengths.max())
    if longest <= limit:
        return mix(_folded(texts, lengths, longest))
    hashes = np.zeros(len(texts), np.uint64)
    for places in (np.flatnonzero(lengths <= limit), np.flatnonzero(lengths > limit)):
        if len(places):
            hashes[places] = _hash_block(texts.take(pa.array(places)), lengths[places])
    return hashes


def _folded(texts: pa.Array, lengths: Integers, longest: int) -> Hashes:
    """A sum over the length and the words of each text, where words behind its end add nothing."""
    state = lengths.view(np.uint64) * _GOLDEN
    words = -(-longest // 8)
    if not words:
        return state
    if int(lengths.min()) == longest and longest % 8:
        return state + _folded_strides(texts, longest)
    filled = texts if int(lengths.min()) == 8 * words else _filled(texts, 8 * words)
    start = int(np.frombuffer(filled.buffers()[1], np.int64)[filled.offset])
    table = np.ndarray((len(texts), words), np.uint64, filled.buffers()[2], start)
    folded = table >> np.uint64(32)
    folded ^= table
    return state + folded @ _FACTORS[:words]


def _folded_strides(texts: pa.Array, length: int) -> Hashes:
    """The sum over the words of texts of one length, which lie one word of every text as far apart as the texts do."""
    rows, words = len(texts), -(-length // 8)
    start, raw = int(np.frombuffer(texts.buffers()[1], np.int64)[texts.offset]), texts.buffers()[2]
    if start + (rows - 1) * length + 8 * words > raw.size:
        # The last text's last word would reach beyond the end.
        raw, start = np.append(np.frombuffer(raw, np.uint8)[start:], np.zeros(8, np.uint8)), 0
    state = np.zeros(rows, np.uint64)
    for place in range(words):
        word = np.ndarray((rows,), np.uint64, raw, start + 8 * place, (length,))
        if length - 8 * place < 8:
            word = word & _LOW_BYTES[length - 8 * place]
        folded = word >> np.uint64(32)
        folded ^= word
        folded *= _FACTORS[place]
        state += folded
    return state


def _filled(texts: pa.Array, length: int) -> pa.Array:
    """The texts with zero bytes behind them, all of one length."""
    buffers = [None, *texts.buffers()[1:]]
    # Arrow pads what it calls ASCII byte by byte, whatever the bytes are.
    plain = pa.Array.from_buffers(pa.large_string(), len(texts), buffers, null_count=0, offset=texts.offset)
    return pc.ascii_rpad(plain, length, "\0")
