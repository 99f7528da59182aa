"""What the texts of a column are evidence for: votes, and the values read by each vote.

Everything here is computed from distinct texts and their counts, merges, and is kept only where the table of texts
itself overflowed; otherwise it is derived from that table when the column is described.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from airflow_provider_profiler.profiling.semantics.recognition import Recognised, recognise
from airflow_provider_profiler.profiling.semantics.vocabulary import BLANK, BOOLEAN_WORDS
from airflow_provider_profiler.profiling.semantics.votes import TEXTUAL, VOTES, Vote
from airflow_provider_profiler.profiling.statistics.encoding import Integers, count, pack, part, unpack_counts
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys
from airflow_provider_profiler.profiling.statistics.numbers import NumberState
from airflow_provider_profiler.profiling.statistics.temporals import Calendar, TemporalState

#: Texts shown of each vote: the smallest, so that they do not depend on the partitioning.
EXAMPLES = 3

_DATE, _MOMENT = Calendar("D"), Calendar("us")
#: The readings of dates and times: their calendar, and the votes whose values they hold.
READINGS: dict[str, tuple[Calendar, tuple[Vote, ...]]] = {
    "date": (_DATE, (Vote.DATE,)),
    "date_day_first": (_DATE, (Vote.DATE_DAY_FIRST, Vote.DATE_AMBIGUOUS)),
    "date_month_first": (_DATE, (Vote.DATE_MONTH_FIRST, Vote.DATE_AMBIGUOUS)),
    "date_time": (_MOMENT, (Vote.DATE_TIME,)),
    "date_time_day_first": (_MOMENT, (Vote.DATE_TIME_DAY_FIRST, Vote.DATE_TIME_AMBIGUOUS)),
    "date_time_month_first": (_MOMENT, (Vote.DATE_TIME_MONTH_FIRST, Vote.DATE_TIME_AMBIGUOUS)),
    "date_time_with_zone": (Calendar("us", zoned=True), (Vote.DATE_TIME_ZONED,)),
    "time": (Calendar("us", time_of_day=True), (Vote.TIME,)),
}
_SWAPPED = {Vote.DATE_AMBIGUOUS.code, Vote.DATE_TIME_AMBIGUOUS.code}
_TEXTUAL_CODES = np.array(sorted(vote.code for vote in TEXTUAL))


def reading_values(reading: str, recognised: Recognised, rows: Integers) -> Integers:
    """The values at these positions as one of the :data:`READINGS` has them."""
    if not reading.endswith("month_first"):
        return recognised.integers[rows]
    swapped = np.isin(recognised.votes[rows], sorted(_SWAPPED))
    return np.where(swapped, recognised.swapped[rows], recognised.integers[rows])


def is_textual(votes: Integers) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Where a vote's code is for nothing but text."""
    return np.isin(votes, _TEXTUAL_CODES)


@dataclass(frozen=True)
class Evidence:
    """Rows by vote, and the values that were read."""

    votes: Integers
    examples: dict[str, tuple[bytes, ...]]
    tokens: dict[str, int]
    """Null tokens as they are written."""
    words: Integers
    """Rows of each boolean word."""
    formats: dict[str, int]
    """Rows by vote and form, as ``vote:form``."""
    integers: NumberState
    floats: NumberState
    """With the numbers that are not finite."""
    readings: dict[str, TemporalState]

    @classmethod
    def of(
        cls, table: ExactTable[BytesKeys], capacity: int, seed: int, recognised: Recognised | None = None
    ) -> "Evidence":
        """The evidence of texts that occur so often.

        :param recognised: the texts' recognition where it is known already.
        """
        values, counts = table.keys.values, table.counts
        seen = recognise(values) if recognised is None else recognised
        rows = {vote: np.flatnonzero(seen.votes == vote.code) for vote in VOTES}
        votes = np.array([int(counts[rows[vote]].sum()) for vote in VOTES], np.int64)
        words = np.zeros(len(BOOLEAN_WORDS), np.int64)
        np.add.at(words, seen.integers[rows[Vote.BOOLEAN]], counts[rows[Vote.BOOLEAN]])
        readings = {}
        for name, (calendar, members) in READINGS.items():
            places = np.concatenate([rows[vote] for vote in members])
            if len(places):
                read = reading_values(name, seen, places)
                readings[name] = TemporalState.of(read, calendar, capacity, seed, counts[places])
        return cls(
            votes=votes,
            examples={vote: _smallest(values.take(pa.array(rows[vote]))) for vote in VOTES if len(rows[vote])},
            tokens=_tokens(table.select(rows[Vote.NULL_TOKEN])),
            words=words,
            formats=_formats(seen, counts),
            integers=NumberState.of(seen.integers[rows[Vote.INTEGER]], capacity, seed, counts[rows[Vote.INTEGER]]),
            floats=_floats(seen, rows, counts, capacity, seed),
            readings=readings,
        )

    def merge(self, other: "Evidence") -> "Evidence":
        """The evidence of both parts' rows."""
        readings = dict(self.readings)
        for name, state in other.readings.items():
            readings[name] = readings[name].merge(state) if name in readings else state
        return Evidence(
            votes=self.votes + other.votes,
            examples={
                vote: tuple(sorted({*self.examples.get(vote, ()), *other.examples.get(vote, ())})[:EXAMPLES])
                for vote in self.examples.keys() | other.examples.keys()
            },
            tokens=dict(Counter(self.tokens) + Counter(other.tokens)),
            words=self.words + other.words,
            formats=dict(Counter(self.formats) + Counter(other.formats)),
            integers=self.integers.merge(other.integers),
            floats=self.floats.merge(other.floats),
            readings=readings,
        )

    def rows(self, *votes: Vote) -> int:
        """Rows that gave one of these votes."""
        return int(sum(self.votes[vote.code] for vote in votes))

    def encode(self) -> dict[str, Any]:
        """All parts by name, mappings in the order of their keys."""
        return {
            "votes": pack(self.votes),
            "examples": {str(vote): list(self.examples[vote]) for vote in sorted(self.examples)},
            "tokens": {token: self.tokens[token] for token in sorted(self.tokens)},
            "words": pack(self.words),
            "formats": {name: self.formats[name] for name in sorted(self.formats)},
            "integers": self.integers.encode(),
            "floats": self.floats.encode(),
            "readings": {name: self.readings[name].encode() for name in sorted(self.readings)},
        }

    @classmethod
    def decode(cls, encoded: Any) -> "Evidence":
        """Rebuild the evidence.

        :raises ValueError: when a part is damaged.
        """
        examples = {str(Vote(vote)): tuple(texts) for vote, texts in part(encoded, "examples", dict).items()}
        if any(not isinstance(text, bytes) for texts in examples.values() for text in texts):
            raise ValueError("A stored state is damaged: an example is not text.")
        tokens, formats = part(encoded, "tokens", dict), part(encoded, "formats", dict)
        readings = part(encoded, "readings", dict)
        if not readings.keys() <= READINGS.keys():
            raise ValueError("A stored state is damaged: it holds a reading of dates that is not known.")
        return cls(
            votes=unpack_counts(part(encoded, "votes", bytes), len(VOTES)),
            examples=examples,
            tokens={str(token): count(tokens, token) for token in tokens},
            words=unpack_counts(part(encoded, "words", bytes), len(BOOLEAN_WORDS)),
            formats={str(name): count(formats, name) for name in formats},
            integers=NumberState.decode(part(encoded, "integers", dict)),
            floats=NumberState.decode(part(encoded, "floats", dict)),
            readings={name: TemporalState.decode(part(readings, name, dict)) for name in readings},
        )


def _smallest(values: pa.Array) -> tuple[bytes, ...]:
    """The smallest distinct texts; one that stands in several rows counts once."""
    if len(values) > EXAMPLES:
        smallest = values.take(pa.compute.select_k_unstable(values, EXAMPLES, [("", "ascending")]))
        if len(smallest.unique()) < EXAMPLES:
            distinct = values.unique()
            count = min(EXAMPLES, len(distinct))
            smallest = distinct.take(pa.compute.select_k_unstable(distinct, count, [("", "ascending")]))
        values = smallest
    return tuple(sorted(set(values.to_pylist())))


def _tokens(table: ExactTable[BytesKeys]) -> dict[str, int]:
    tokens: Counter[str] = Counter()
    for text, rows in zip(table.keys.items(), table.counts.tolist(), strict=True):
        tokens[text.decode().strip() or BLANK] += rows
    return dict(tokens)


def _formats(seen: Recognised, counts: Integers) -> dict[str, int]:
    dated = np.flatnonzero(seen.votes >= 0)
    dated = dated[np.isin(seen.votes[dated], [vote.code for _, votes in READINGS.values() for vote in votes])]
    found: Counter[str] = Counter()
    if len(dated):
        width = len(seen.format_names)
        pairs, places = np.unique(seen.votes[dated] * width + seen.formats[dated], return_inverse=True)
        rows = np.zeros(len(pairs), np.int64)
        np.add.at(rows, places, counts[dated])
        for pair, amount in zip(pairs.tolist(), rows.tolist(), strict=True):
            found[f"{VOTES[pair // width]}:{seen.format_names[pair % width]}"] += amount
    return dict(found)


def _floats(seen: Recognised, rows: dict[Vote, Integers], counts: Integers, capacity: int, seed: int) -> NumberState:
    places = np.concatenate((rows[Vote.FLOAT], rows[Vote.INFINITY], rows[Vote.NOT_A_NUMBER]))
    numbers = seen.floats[places]
    numbers[len(places) - len(rows[Vote.NOT_A_NUMBER]) :] = np.nan
    return NumberState.of(numbers, capacity, seed, counts[places])
