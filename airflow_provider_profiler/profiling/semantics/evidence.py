"""What the texts of a column are evidence for: votes, and the values read by each vote.

Everything here is computed from texts and how many rows each stands for, merges, and is kept only where the table of
texts itself overflowed; otherwise it is derived from that table when the column is described.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.semantics.amounts import Amount, amounts
from airflow_provider_profiler.profiling.semantics.month_names import LANGUAGES
from airflow_provider_profiler.profiling.semantics.readings import READINGS, SHORT_YEARS, belonging, reading_values
from airflow_provider_profiler.profiling.semantics.recognition import Recognised, recognise
from airflow_provider_profiler.profiling.semantics.vocabulary import BLANK, BOOLEAN_WORDS
from airflow_provider_profiler.profiling.semantics.votes import TEXTUAL, VOTES, Vote
from airflow_provider_profiler.profiling.statistics.encoding import (
    Array,
    Integers,
    count,
    pack,
    part,
    unpack_counts,
)
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys
from airflow_provider_profiler.profiling.statistics.numbers import NumberState
from airflow_provider_profiler.profiling.statistics.temporals import TemporalState

#: Texts shown of each vote: the smallest, so that they do not depend on the partitioning.
EXAMPLES = 3
#: Up to so many texts the smallest are found by putting all of them in order.
_MANY = 256
#: Texts by which it is found out which of many can be the smallest.
_SOME = 1024
_TEXTUAL = np.array([vote in TEXTUAL for vote in VOTES])
_ORDER_BITS = 8


def is_textual(votes: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Where a vote's code is for nothing but text."""
    return _TEXTUAL.take(votes)


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
    languages: dict[str, int]
    """Rows whose names of months and days belong to a language; some belong to several."""
    orders: Integers
    """Rows of dates with a year of two digits, by the orders in which they can be read: shape (2, 8)."""
    integers: NumberState
    floats: NumberState
    special: NumberState
    """The numbers that are not finite."""
    amounts: dict[str, NumberState]
    """Numbers that are not written as programs do, by :attr:`Amount.key`."""
    readings: dict[str, TemporalState]

    @classmethod
    def of(
        cls, table: ExactTable[BytesKeys], capacity: int, seed: int, recognised: Recognised | None = None
    ) -> "Evidence":
        """The evidence of texts that stand for so many rows; a text may be there several times.

        :param recognised: the texts' recognition where it is known already.
        """
        values, counts = table.keys.values, table.counts
        seen = recognise(values) if recognised is None else recognised
        weights = counts if len(counts) and counts.max() > 1 else None
        rows = _rows_by_vote(seen)
        nothing = NumberState.identity(capacity, seed)
        no_floats = NumberState.identity(capacity, seed, "float64")
        return cls(
            votes=_rows_of_votes(rows, counts),
            examples={vote: _smallest(values, rows[vote]) for vote in rows},
            tokens=_tokens(values, rows, counts),
            words=_words(seen, rows, counts),
            formats=_formats(seen, rows, counts),
            languages=_languages(seen, counts),
            orders=_orders(seen, rows, counts),
            integers=_numbers(seen, rows, Vote.INTEGER, weights, nothing),
            floats=_numbers(seen, rows, Vote.FLOAT, weights, no_floats),
            special=_special(seen, rows, weights, no_floats),
            amounts=amounts(seen, rows, weights, capacity, seed),
            readings=_readings(seen, rows, weights, capacity, seed),
        )

    def merge(self, other: "Evidence") -> "Evidence":
        """The evidence of both parts' rows."""
        return Evidence(
            votes=self.votes + other.votes,
            examples={
                vote: tuple(sorted({*self.examples.get(vote, ()), *other.examples.get(vote, ())})[:EXAMPLES])
                for vote in self.examples.keys() | other.examples.keys()
            },
            tokens=dict(Counter(self.tokens) + Counter(other.tokens)),
            words=self.words + other.words,
            formats=dict(Counter(self.formats) + Counter(other.formats)),
            languages=dict(Counter(self.languages) + Counter(other.languages)),
            orders=self.orders + other.orders,
            integers=self.integers.merge(other.integers),
            floats=self.floats.merge(other.floats),
            special=self.special.merge(other.special),
            amounts={
                key: self.amounts[key].merge(other.amounts[key])
                if key in self.amounts and key in other.amounts
                else self.amounts.get(key) or other.amounts[key]
                for key in self.amounts.keys() | other.amounts.keys()
            },
            readings={
                name: self.readings[name].merge(other.readings[name])
                if name in self.readings and name in other.readings
                else self.readings.get(name) or other.readings[name]
                for name in self.readings.keys() | other.readings.keys()
            },
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
            "languages": {name: self.languages[name] for name in sorted(self.languages)},
            "orders": pack(self.orders),
            "integers": self.integers.encode(),
            "floats": self.floats.encode(),
            "special": self.special.encode(),
            "amounts": {key: self.amounts[key].encode() for key in sorted(self.amounts)},
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
        languages = part(encoded, "languages", dict)
        if not languages.keys() <= set(LANGUAGES):
            raise ValueError("A stored state is damaged: it counts words of a language that is not known.")
        readings, numbers = part(encoded, "readings", dict), part(encoded, "amounts", dict)
        if not readings.keys() <= READINGS.keys():
            raise ValueError("A stored state is damaged: it holds a reading of dates that is not known.")
        return cls(
            votes=unpack_counts(part(encoded, "votes", bytes), len(VOTES)),
            examples=examples,
            tokens={str(token): count(tokens, token) for token in tokens},
            words=unpack_counts(part(encoded, "words", bytes), len(BOOLEAN_WORDS)),
            formats={_known_form(str(name)): count(formats, name) for name in formats},
            languages={str(name): count(languages, name) for name in languages},
            orders=unpack_counts(part(encoded, "orders", bytes), len(SHORT_YEARS) * _ORDER_BITS),
            integers=NumberState.decode(part(encoded, "integers", dict)),
            floats=NumberState.decode(part(encoded, "floats", dict)),
            special=NumberState.decode(part(encoded, "special", dict)),
            amounts={Amount.of_key(str(key)).key: NumberState.decode(part(numbers, key, dict)) for key in numbers},
            readings={name: TemporalState.decode(part(readings, name, dict)) for name in readings},
        )

    def orders_of(self, vote: Vote) -> list[int]:
        """Rows of dates with a year of two digits, by the bits of the orders in which they can be read."""
        start = SHORT_YEARS.index(vote) * _ORDER_BITS
        return [int(rows) for rows in self.orders[start : start + _ORDER_BITS]]


Places = Integers | slice


def _known_form(name: str) -> str:
    Vote(name.partition(":")[0])
    return name


def _rows_by_vote(seen: Recognised) -> dict[Vote, Places]:
    """The positions of each vote that was given; a slice where there is but one."""
    if not len(seen.votes):
        return {}
    first = seen.votes[0]
    others = seen.votes != first
    if not others.any():
        return {VOTES[first]: slice(None)}
    present = np.flatnonzero(np.bincount(seen.votes, minlength=len(VOTES))).tolist()
    return {VOTES[code]: np.flatnonzero(seen.votes == code) for code in present}


def _rows_of_votes(rows: dict[Vote, Places], counts: Integers) -> Integers:
    found = np.zeros(len(VOTES), np.int64)
    for vote, places in rows.items():
        found[vote.code] = counts[places].sum()
    return found


def _numbers(
    seen: Recognised, rows: dict[Vote, Places], vote: Vote, weights: Integers | None, nothing: NumberState
) -> NumberState:
    if vote not in rows:
        return nothing
    places, values = rows[vote], nothing.values
    numbers = seen.values("integers" if vote is Vote.INTEGER else "floats", places)
    return NumberState.of(numbers, values.capacity, values.seed, None if weights is None else weights[places])


def _special(seen: Recognised, rows: dict[Vote, Places], weights: Integers | None, nothing: NumberState) -> NumberState:
    found, values = nothing, nothing.values
    for vote in (Vote.INFINITY, Vote.NOT_A_NUMBER):
        if vote in rows:
            places = rows[vote]
            numbers = seen.values("floats", places)
            if vote is Vote.NOT_A_NUMBER:
                numbers = np.full(len(numbers), np.nan)
            counts = None if weights is None else weights[places]
            found = found.merge(NumberState.of(numbers, values.capacity, values.seed, counts))
    return found


def _readings(
    seen: Recognised, rows: dict[Vote, Places], weights: Integers | None, capacity: int, seed: int
) -> dict[str, TemporalState]:
    found = {}
    for name, (calendar, members) in READINGS.items():
        present = [rows[vote] for vote in members if vote in rows]
        if not present:
            continue
        one = len(present) == 1
        places = belonging(
            name, seen, present[0] if one else np.concatenate([np.arange(len(seen.votes))[item] for item in present])
        )
        values = reading_values(name, seen, places)
        if len(values):
            counts = None if weights is None else weights[places]
            found[name] = TemporalState.of(values, calendar, capacity, seed, counts)
    return found


def _smallest(values: pa.Array, places: Places) -> tuple[bytes, ...]:
    """The smallest distinct texts; one that stands in several rows counts once."""
    texts = values if isinstance(places, slice) else values.take(pa.array(places))
    if len(texts) <= _MANY:
        return tuple(sorted(set(texts.to_pylist()))[:EXAMPLES])
    # None of the smallest of all is larger than the last one of the smallest of some.
    some = texts.take(pa.array(np.arange(0, len(texts), max(1, len(texts) // _SOME)))).unique()
    if len(some) >= EXAMPLES:
        last = max(some.take(_smallest_places(some)).to_pylist())
        texts = texts.filter(pc.less_equal(texts, pa.scalar(last, texts.type)))
    distinct = texts.unique()
    return tuple(sorted(distinct.take(_smallest_places(distinct)).to_pylist()))


def _smallest_places(texts: pa.Array) -> pa.Array:
    return pc.select_k_unstable(texts, min(EXAMPLES, len(texts)), [("", "ascending")])


def _tokens(values: pa.Array, rows: dict[Vote, Places], counts: Integers) -> dict[str, int]:
    if Vote.NULL_TOKEN not in rows:
        return {}
    places = rows[Vote.NULL_TOKEN]
    chosen = values if isinstance(places, slice) else values.take(pa.array(places))
    encoded = chosen.dictionary_encode()
    amounts = np.bincount(encoded.indices.to_numpy(zero_copy_only=False), counts[places])
    tokens: Counter[str] = Counter()
    for text, amount in zip(encoded.dictionary.to_pylist(), amounts.tolist(), strict=True):
        tokens[text.decode().strip() or BLANK] += int(amount)
    return dict(tokens)


def _words(seen: Recognised, rows: dict[Vote, Places], counts: Integers) -> Integers:
    if Vote.BOOLEAN not in rows:
        return np.zeros(len(BOOLEAN_WORDS), np.int64)
    places = rows[Vote.BOOLEAN]
    return _sums(seen.values("integers", places), counts[places], len(BOOLEAN_WORDS))


def _sums(codes: Array, counts: Integers, size: int) -> Integers:
    """The rows of each code below ``size``."""
    found = np.zeros(size, np.int64)
    if len(codes) and codes.min() == codes.max():
        found[codes[0]] = counts.sum()
    else:
        # Sums of counts are exact as doubles up to 2^53.
        found += np.bincount(codes, counts, minlength=size).astype(np.int64)
    return found


def _formats(seen: Recognised, rows: dict[Vote, Places], counts: Integers) -> dict[str, int]:
    if seen.formats is None:
        return {}
    found: Counter[str] = Counter()
    for vote, places in rows.items():
        amounts = _sums(seen.formats[places], counts[places], len(seen.format_names))
        for code in np.flatnonzero(amounts).tolist():
            if code:
                found[f"{vote}:{seen.format_names[code]}"] += int(amounts[code])
    return dict(found)


def _languages(seen: Recognised, counts: Integers) -> dict[str, int]:
    if seen.formats is None or not any(seen.languages):
        return {}
    found: Counter[str] = Counter()
    amounts = _sums(seen.formats, counts, len(seen.languages))
    for spoken, amount in zip(seen.languages, amounts.tolist(), strict=True):
        for language in spoken if amount else ():
            found[language] += int(amount)
    return dict(found)


def _orders(seen: Recognised, rows: dict[Vote, Places], counts: Integers) -> Integers:
    found = np.zeros(len(SHORT_YEARS) * _ORDER_BITS, np.int64)
    for place, vote in enumerate(SHORT_YEARS):
        if vote in rows:
            orders = seen.values("orders", rows[vote])
            found[place * _ORDER_BITS : (place + 1) * _ORDER_BITS] = _sums(orders, counts[rows[vote]], _ORDER_BITS)
    return found
