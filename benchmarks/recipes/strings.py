"""Texts: identifiers that never repeat, few and many categories, sentences, addresses, moments, and gaps."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

VERSION = 1
BLOCK_ROWS = 250_000
_SEED = 555
_CATEGORIES = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu")
_WORDS = (  # noqa: SIM905
    "the a of and in at by for with from quick brown lazy early late payment card cash tip toll zone street night "
    "morning passenger fare driver city bridge tunnel weather rain snow delay data profile column trip airport "
    "service request complaint noise water heating report closed open pending agency borough harbour ferry"
).split()
_SENTENCE_WORDS = 14
_HOSTS = ("example.com", "mail.example.org", "uni.example.edu", "corp.example.net", "dept.example.gov")
_USERS = 40_000
_CODES = 3_000
_YEAR = 365 * 86_400
_FIRST_SECOND = 1_546_300_800


def blocks(rows: int) -> Iterator[pa.Table]:
    """A table of texts, block by block; a longer table begins with a shorter one."""
    users = pa.array([f"user{number:05d}" for number in range(_USERS)])
    codes = pa.array([f"C{number:04d}" for number in range(_CODES)])
    for block, start in enumerate(range(0, rows, BLOCK_ROWS)):
        random = np.random.default_rng([_SEED, block])
        yield _block(random, users, codes).slice(0, min(BLOCK_ROWS, rows - start))


def _block(random: np.random.Generator, users: pa.Array, codes: pa.Array) -> pa.Table:
    size = BLOCK_ROWS
    words = pa.array(_WORDS)
    sentence = [words.take(pa.array(random.integers(0, len(_WORDS), size))) for _ in range(_SENTENCE_WORDS)]
    numbers = pa.array(random.integers(0, 100, size)).cast(pa.string())
    local = pc.binary_join_element_wise(users.take(pa.array(random.integers(0, _USERS, size))), numbers, "")
    host = pa.array(_HOSTS).take(pa.array(random.integers(0, len(_HOSTS), size)))
    moments = pa.array(_FIRST_SECOND + random.integers(0, _YEAR, size), pa.timestamp("s"))
    code = np.minimum(random.zipf(1.2, size), _CODES) - 1
    return pa.table(
        {
            "uuid": _identifiers(random, size),
            "category": pa.array(_CATEGORIES).take(pa.array(np.minimum(random.zipf(1.4, size), len(_CATEGORIES)) - 1)),
            "free_text": pc.binary_join_element_wise(*sentence, " "),
            "email": pc.binary_join_element_wise(local, host, "@"),
            "event_ts": pc.strftime(moments, "%Y-%m-%dT%H:%M:%S"),
            "code": codes.take(pa.array(code, mask=random.random(size) < 0.3)),
        }
    )


def _identifiers(random: np.random.Generator, size: int) -> pa.Array:
    """Texts in the form of a UUID, of random digits."""
    digits = pa.py_buffer(random.bytes(16 * size).hex().encode("ascii"))
    offsets = pa.py_buffer(np.arange(0, 32 * size + 1, 32, dtype=np.int32))
    plain = pa.Array.from_buffers(pa.string(), size, [None, offsets, digits])
    cuts = (0, 8, 12, 16, 20, 32)
    parts = [pc.utf8_slice_codeunits(plain, start, stop) for start, stop in pairwise(cuts)]
    return pc.binary_join_element_wise(*parts, "-")
