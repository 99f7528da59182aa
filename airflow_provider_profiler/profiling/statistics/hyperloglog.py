"""How many distinct values there are, from the hashes of all of them.

HyperLogLog (Flajolet et al. 2007) with 64-bit hashes and the improved raw estimator of O. Ertl, "New cardinality
estimation algorithms for HyperLogLog sketches" (2017), algorithm 6, which is unbiased over the whole range.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from airflow_provider_profiler.profiling.statistics.encoding import part, unpack
from airflow_provider_profiler.profiling.statistics.hashing import Hashes

#: Bits of a hash that choose its register.
PRECISION = 14
REGISTERS = 1 << PRECISION
#: Two standard errors, 2 * 1.04 / sqrt(m).
RELATIVE_BOUND = 2 * 1.04 / math.sqrt(REGISTERS)
_RANKS = 64 - PRECISION
#: Hashes added at a time, so that what is between two steps stays in the processor's cache.
_BLOCK = 1 << 16

#: The registers of every sketch of no values: a table of thousands of columns has many of those.
_NOTHING: npt.NDArray[np.uint8] = np.zeros(REGISTERS, np.uint8)
_NOTHING.flags.writeable = False


@dataclass(frozen=True)
class HyperLogLog:
    """The highest rank seen in each register; 0 where none was."""

    registers: npt.NDArray[np.uint8]

    @classmethod
    def empty(cls) -> "HyperLogLog":
        """The sketch of no values."""
        return cls(_NOTHING)

    @classmethod
    def of(cls, hashes: Hashes) -> "HyperLogLog":
        """The sketch of the values with these hashes."""
        if not len(hashes):
            return cls.empty()
        registers = np.zeros(REGISTERS, np.uint8)
        for start in range(0, len(hashes), _BLOCK):
            cls._add(registers, hashes[start : start + _BLOCK])
        return cls(registers)

    @staticmethod
    def _add(registers: npt.NDArray[np.uint8], hashes: Hashes) -> None:
        places = (hashes >> np.uint64(_RANKS)).astype(np.int64)
        # The remaining bits moved up, with a stop bit below them. 53 of them fit a double exactly, whose exponent
        # is then the position of the first one.
        rest = (hashes << np.uint64(PRECISION)) | np.uint64(1 << (PRECISION - 1))
        exponents = (rest >> np.uint64(11)).astype(np.float64).view(np.int64) >> 52
        np.maximum.at(registers, places, (1076 - exponents).astype(np.uint8))

    def merge(self, other: "HyperLogLog") -> "HyperLogLog":
        """The sketch of both parts' values."""
        if self.registers is _NOTHING or other.registers is _NOTHING:
            return other if self.registers is _NOTHING else self
        return HyperLogLog(np.maximum(self.registers, other.registers))

    def estimate(self) -> int:
        """The number of distinct values, within :data:`RELATIVE_BOUND` in 95 of 100 cases."""
        ranks = np.bincount(self.registers, minlength=_RANKS + 2).tolist()
        total = REGISTERS * _tau(1 - ranks[_RANKS + 1] / REGISTERS)
        for rank in range(_RANKS, 0, -1):
            total = 0.5 * (total + ranks[rank])
        total += REGISTERS * _sigma(ranks[0] / REGISTERS)
        return round(REGISTERS * REGISTERS / (2 * math.log(2) * total))

    def encode(self) -> dict[str, Any]:
        """The registers, one byte each, or nothing where all are 0."""
        return {"registers": self.registers.tobytes() if self.registers.any() else b""}

    @classmethod
    def decode(cls, encoded: Any) -> "HyperLogLog":
        """Rebuild the sketch.

        :raises ValueError: when the registers are not as many, or hold impossible ranks.
        """
        data = part(encoded, "registers", bytes)
        if not data:
            return cls.empty()
        registers = unpack(data, "uint8", REGISTERS)
        if registers.max() > _RANKS + 1:
            raise ValueError("A stored state is damaged: a register holds an impossible rank.")
        return cls(registers)


def _sigma(share: float) -> float:
    """Ertl's sigma: x + sum of x^(2^k) * 2^(k-1), for the share of empty registers."""
    if share == 1.0:
        return math.inf
    weight, total, power = 1.0, share, share
    while True:
        power *= power
        previous = total
        total += power * weight
        weight += weight
        if total == previous:
            return total


def _tau(share: float) -> float:
    """Ertl's tau, for the share of registers that are not saturated."""
    if share in (0.0, 1.0):
        return 0.0
    weight, total, root = 1.0, 1 - share, share
    while True:
        root = math.sqrt(root)
        previous = total
        weight *= 0.5
        total -= (1 - root) ** 2 * weight
        if total == previous:
            return total / 3
