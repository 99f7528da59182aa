"""Texts with what they were recognised as and the rows that they stand in, and what can be read from that."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.semantics.readings import READINGS, SHORT_YEARS, belonging, reading_values
from airflow_provider_profiler.profiling.semantics.recognised import Recognised
from airflow_provider_profiler.profiling.semantics.vocabulary import BLANK, BOOLEAN_WORDS
from airflow_provider_profiler.profiling.semantics.votes import VOTES, Vote
from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers
from airflow_provider_profiler.profiling.statistics.first_rows import earlier, earliest
from airflow_provider_profiler.profiling.statistics.numbers import NumberState
from airflow_provider_profiler.profiling.statistics.temporals import TemporalState

#: Texts shown of each vote: the smallest, so that they do not depend on the partitioning.
EXAMPLES = 3
#: Bits of the orders in which a date with a year of two digits can be read.
ORDER_BITS = 8
#: Up to so many texts the smallest are found by putting all of them in order.
_MANY = 256
#: Texts by which it is found out which of many can be the smallest.
_SOME = 1024

Places = Integers | slice


@dataclass(frozen=True)
class CountedTexts:
    """Texts that stand for so many rows; a text may be there several times, in the order of its rows."""

    values: pa.Array
    seen: Recognised
    counts: Integers
    first_rows: Integers
    """The first row of each; 0 where it is not known."""

    @cached_property
    def weights(self) -> Integers | None:
        """The counts; None where each text stands for one row."""
        return self.counts if len(self.counts) and self.counts.max() > 1 else None

    @cached_property
    def by_vote(self) -> dict[Vote, Places]:
        """The positions of each vote that was given; a slice where there is but one."""
        votes = self.seen.votes
        if not len(votes):
            return {}
        first = votes[0]
        if not (votes != first).any():
            return {VOTES[first]: slice(None)}
        present = np.flatnonzero(np.bincount(votes, minlength=len(VOTES))).tolist()
        return {VOTES[code]: np.flatnonzero(votes == code) for code in present}

    def numbers_at(self, values: Array, places: Places, capacity: int, seed: int) -> NumberState:
        """The state of the numbers that the texts at these positions are read as.

        :param capacity: distinct ones that a table may hold.
        :param seed: of the draws of sketches.
        """
        weights = None if self.weights is None else self.weights[places]
        return NumberState.of(values, capacity, seed, weights, self.first_rows[places])

    def rows_of_votes(self) -> Integers:
        """Rows by vote."""
        found = np.zeros(len(VOTES), np.int64)
        for vote, places in self.by_vote.items():
            found[vote.code] = self.counts[places].sum()
        return found

    def examples(self) -> dict[Vote, dict[bytes, int]]:
        """The smallest texts of each vote, each with its first row."""
        return {vote: self._smallest(places) for vote, places in self.by_vote.items()}

    def _smallest(self, places: Places) -> dict[bytes, int]:
        texts = self.values if isinstance(places, slice) else self.values.take(pa.array(places))
        rows = self.first_rows[places]
        if len(texts) <= _MANY:
            found: dict[bytes, int] = {}
            for text, row in zip(texts.to_pylist(), rows.tolist(), strict=True):
                found[text] = earlier(row, found.get(text, 0))
            return {text: found[text] for text in sorted(found)[:EXAMPLES]}
        # None of the smallest of all is larger than the last one of the smallest of some.
        some = texts.take(pa.array(np.arange(0, len(texts), max(1, len(texts) // _SOME)))).unique()
        if len(some) >= EXAMPLES:
            last = max(some.take(_smallest_places(some)).to_pylist())
            small = pc.less_equal(texts, pa.scalar(last, texts.type))
            texts, rows = texts.filter(small), rows[small.to_numpy(zero_copy_only=False)]
        distinct = texts.unique()
        smallest = sorted(distinct.take(_smallest_places(distinct)).to_pylist())
        return {text: int(rows[pc.index(texts, pa.scalar(text, texts.type)).as_py()]) for text in smallest}

    def tokens(self) -> dict[str, tuple[int, int]]:
        """The rows of each null token as it is written, and the first of them."""
        if Vote.NULL_TOKEN not in self.by_vote:
            return {}
        places = self.by_vote[Vote.NULL_TOKEN]
        chosen = self.values if isinstance(places, slice) else self.values.take(pa.array(places))
        encoded = chosen.dictionary_encode()
        codes, rows = encoded.indices.to_numpy(zero_copy_only=False), self.first_rows[places]
        amounts = np.bincount(codes, self.counts[places])
        rows = rows[earliest(codes, rows, len(encoded.dictionary))]
        tokens: dict[str, tuple[int, int]] = {}
        for text, amount, row in zip(encoded.dictionary.to_pylist(), amounts.tolist(), rows.tolist(), strict=True):
            token = text.decode().strip() or BLANK
            known, first = tokens.get(token, (0, 0))
            tokens[token] = known + int(amount), earlier(first, row)
        return tokens

    def words(self) -> Integers:
        """Rows of each boolean word."""
        if Vote.BOOLEAN not in self.by_vote:
            return np.zeros(len(BOOLEAN_WORDS), np.int64)
        places = self.by_vote[Vote.BOOLEAN]
        return _sums(self.seen.values("integers", places), self.counts[places], len(BOOLEAN_WORDS))

    def formats(self) -> dict[str, int]:
        """Rows by vote and form, as ``vote:form``."""
        seen = self.seen
        if seen.formats is None:
            return {}
        found: Counter[str] = Counter()
        for vote, places in self.by_vote.items():
            amounts = _sums(seen.formats[places], self.counts[places], len(seen.format_names))
            for code in np.flatnonzero(amounts).tolist():
                if code:
                    found[f"{vote}:{seen.format_names[code]}"] += int(amounts[code])
        return dict(found)

    def form_rows(self) -> dict[str, tuple[int, bytes]]:
        """The first row of each vote and form, and the text that stands there, where the rows are known."""
        seen = self.seen
        if seen.formats is None:
            return {}
        found = {}
        for vote, places in self.by_vote.items():
            first_rows = self.first_rows[places]
            first = earliest(seen.formats[places], first_rows, len(seen.format_names))
            for code in np.flatnonzero(first >= 0).tolist():
                if code and first_rows[first[code]]:
                    place = int(first[code] if isinstance(places, slice) else places[first[code]])
                    text = self.values[place].as_py()
                    found[f"{vote}:{seen.format_names[code]}"] = int(self.first_rows[place]), text
        return found

    def languages(self) -> dict[str, int]:
        """Rows whose names of months and days belong to a language; some belong to several."""
        seen = self.seen
        if seen.formats is None or not any(seen.languages):
            return {}
        found: Counter[str] = Counter()
        amounts = _sums(seen.formats, self.counts, len(seen.languages))
        for spoken, amount in zip(seen.languages, amounts.tolist(), strict=True):
            for language in spoken if amount else ():
                found[language] += int(amount)
        return dict(found)

    def orders(self) -> Integers:
        """Rows of dates with a year of two digits, by the orders in which they can be read: shape (2, 8)."""
        found = np.zeros(len(SHORT_YEARS) * ORDER_BITS, np.int64)
        for place, vote in enumerate(SHORT_YEARS):
            if vote in self.by_vote:
                places = self.by_vote[vote]
                orders = self.seen.values("orders", places)
                found[place * ORDER_BITS : (place + 1) * ORDER_BITS] = _sums(orders, self.counts[places], ORDER_BITS)
        return found

    def plain_numbers(self, vote: Vote, nothing: NumberState) -> NumberState:
        """The numbers of a vote for numbers as programs write them.

        :param nothing: what there is where no text gave it.
        """
        if vote not in self.by_vote:
            return nothing
        places = self.by_vote[vote]
        values = self.seen.values("integers" if vote is Vote.INTEGER else "floats", places)
        return self.numbers_at(values, places, nothing.values.capacity, nothing.values.seed)

    def special_numbers(self, nothing: NumberState) -> NumberState:
        """The numbers that are not finite."""
        found, values = nothing, nothing.values
        for vote in (Vote.INFINITY, Vote.NOT_A_NUMBER):
            if vote in self.by_vote:
                places = self.by_vote[vote]
                numbers = self.seen.values("floats", places)
                if vote is Vote.NOT_A_NUMBER:
                    numbers = np.full(len(numbers), np.nan)
                found = found.merge(self.numbers_at(numbers, places, values.capacity, values.seed))
        return found

    def readings(self, capacity: int, seed: int) -> dict[str, TemporalState]:
        """The dates and times by how they may be read.

        :param capacity: distinct ones that a table may hold.
        :param seed: of the draws of sketches.
        """
        found = {}
        for name, (calendar, members) in READINGS.items():
            present = [self.by_vote[vote] for vote in members if vote in self.by_vote]
            if not present:
                continue
            places = present[0]
            if len(present) > 1:
                places = np.concatenate([np.arange(len(self.seen.votes))[item] for item in present])
            places = belonging(name, self.seen, places)
            values = reading_values(name, self.seen, places)
            if len(values):
                counts = None if self.weights is None else self.weights[places]
                found[name] = TemporalState.of(
                    values, calendar, capacity, seed, weights=counts, places=self.first_rows[places]
                )
        return found


def _smallest_places(texts: pa.Array) -> pa.Array:
    return pc.select_k_unstable(texts, min(EXAMPLES, len(texts)), [("", "ascending")])


def _sums(codes: Array, counts: Integers, size: int) -> Integers:
    """The rows of each code below ``size``."""
    found = np.zeros(size, np.int64)
    if len(codes) and codes.min() == codes.max():
        found[codes[0]] = counts.sum()
    else:
        # Sums of counts are exact as doubles up to 2^53.
        found += np.bincount(codes, counts, minlength=size).astype(np.int64)
    return found
