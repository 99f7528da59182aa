"""What the texts of a column are evidence for: votes, and the values read by each vote.

Everything here is computed from texts and how many rows each stands for, merges, and is kept only where the table of
texts itself overflowed; otherwise it is derived from that table when the column is described.
"""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from airflow_provider_profiler.profiling.semantics.amounts import Amount, amounts
from airflow_provider_profiler.profiling.semantics.counted_texts import EXAMPLES, ORDER_BITS, CountedTexts
from airflow_provider_profiler.profiling.semantics.month_names import LANGUAGES
from airflow_provider_profiler.profiling.semantics.readings import READINGS, SHORT_YEARS
from airflow_provider_profiler.profiling.semantics.recognition import Recognised, recognise
from airflow_provider_profiler.profiling.semantics.vocabulary import BOOLEAN_WORDS
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
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering, earlier_by_key
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys
from airflow_provider_profiler.profiling.statistics.numbers import NumberState
from airflow_provider_profiler.profiling.statistics.temporals import TemporalState

_TEXTUAL = np.array([vote in TEXTUAL for vote in VOTES])


def is_textual(votes: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Where a vote's code is for nothing but text."""
    return _TEXTUAL.take(votes)


FormRows = dict[str, tuple[int, bytes]]


@dataclass(frozen=True)
class Evidence:
    """Rows by vote, and the values that were read."""

    votes: Integers
    examples: dict[str, tuple[bytes, ...]]
    example_rows: dict[str, tuple[int, ...]]
    """The first row of each example; 0 where it is not known."""
    tokens: dict[str, int]
    """Null tokens as they are written."""
    token_rows: dict[str, int]
    """The first row of each token."""
    words: Integers
    """Rows of each boolean word."""
    formats: dict[str, int]
    """Rows by vote and form, as ``vote:form``."""
    form_rows: FormRows
    """The first row of each form, and the text that stands there."""
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
        values = table.keys.values
        seen = recognise(values) if recognised is None else recognised
        first_rows = np.zeros(len(values), np.int64) if table.first_rows is None else table.first_rows
        texts = CountedTexts(values, seen, table.counts, first_rows)
        examples, tokens = texts.examples(), texts.tokens()
        no_floats = NumberState.identity(capacity, seed, "float64")
        return cls(
            votes=texts.rows_of_votes(),
            examples={vote: tuple(found) for vote, found in examples.items()},
            example_rows={vote: tuple(found.values()) for vote, found in examples.items()},
            tokens={token: amount for token, (amount, _) in tokens.items()},
            token_rows={token: row for token, (_, row) in tokens.items()},
            words=texts.words(),
            formats=texts.formats(),
            form_rows=texts.form_rows(),
            languages=texts.languages(),
            orders=texts.orders(),
            integers=texts.plain_numbers(Vote.INTEGER, NumberState.identity(capacity, seed)),
            floats=texts.plain_numbers(Vote.FLOAT, no_floats),
            special=texts.special_numbers(no_floats),
            amounts=amounts(texts, capacity, seed),
            readings=texts.readings(capacity, seed),
        )

    def merge(self, other: "Evidence") -> "Evidence":
        """The evidence of both parts' rows."""
        examples = {
            vote: dict(sorted(earlier_by_key(self.located(vote), other.located(vote)).items())[:EXAMPLES])
            for vote in sorted(self.examples.keys() | other.examples.keys())
        }
        return Evidence(
            votes=self.votes + other.votes,
            examples={vote: tuple(found) for vote, found in examples.items()},
            example_rows={vote: tuple(found.values()) for vote, found in examples.items()},
            token_rows=earlier_by_key(self.token_rows, other.token_rows),
            form_rows=_first_forms(self.form_rows, other.form_rows),
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
                for key in sorted(self.amounts.keys() | other.amounts.keys())
            },
            readings={
                name: self.readings[name].merge(other.readings[name])
                if name in self.readings and name in other.readings
                else self.readings.get(name) or other.readings[name]
                for name in sorted(self.readings.keys() | other.readings.keys())
            },
        )

    def renumbered(self, numbering: Numbering) -> "Evidence":
        """The evidence of the same rows with other numbers."""
        return replace(
            self,
            example_rows={vote: tuple(map(numbering.of_one, found)) for vote, found in self.example_rows.items()},
            token_rows={token: numbering.of_one(row) for token, row in self.token_rows.items()},
            form_rows={form: (numbering.of_one(row), text) for form, (row, text) in self.form_rows.items()},
            integers=self.integers.renumbered(numbering),
            floats=self.floats.renumbered(numbering),
            special=self.special.renumbered(numbering),
            amounts={key: state.renumbered(numbering) for key, state in self.amounts.items()},
            readings={name: state.renumbered(numbering) for name, state in self.readings.items()},
        )

    def located(self, vote: str) -> dict[bytes, int]:
        """The examples of a vote, each with its first row."""
        return dict(zip(self.examples.get(vote, ()), self.example_rows.get(vote, ()), strict=True))

    def rows(self, *votes: Vote) -> int:
        """Rows that gave one of these votes."""
        return sum(map(self._rows.__getitem__, votes))

    @cached_property
    def _rows(self) -> dict[Vote, int]:
        """The rows of each vote: they are asked for hundreds of times."""
        return dict(zip(VOTES, self.votes.tolist(), strict=True))

    def encode(self) -> dict[str, Any]:
        """All parts by name, mappings in the order of their keys."""
        return {
            "votes": pack(self.votes),
            "examples": {str(vote): list(self.examples[vote]) for vote in sorted(self.examples)},
            "example_rows": {str(vote): list(self.example_rows[vote]) for vote in sorted(self.example_rows)},
            "tokens": {token: self.tokens[token] for token in sorted(self.tokens)},
            "token_rows": {token: self.token_rows[token] for token in sorted(self.token_rows)},
            "words": pack(self.words),
            "formats": {name: self.formats[name] for name in sorted(self.formats)},
            "form_rows": {name: list(self.form_rows[name]) for name in sorted(self.form_rows)},
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
        rows = {str(Vote(vote)): tuple(found) for vote, found in part(encoded, "example_rows", dict).items()}
        if {vote: len(found) for vote, found in rows.items()} != {vote: len(texts) for vote, texts in examples.items()}:
            raise ValueError("A stored state is damaged: its examples do not stand in as many rows.")
        tokens, formats = part(encoded, "tokens", dict), part(encoded, "formats", dict)
        token_rows, form_rows = part(encoded, "token_rows", dict), part(encoded, "form_rows", dict)
        if token_rows.keys() != tokens.keys() or not form_rows.keys() <= formats.keys():
            raise ValueError("A stored state is damaged: it tells the rows of something that it does not count.")
        languages = part(encoded, "languages", dict)
        if not languages.keys() <= set(LANGUAGES):
            raise ValueError("A stored state is damaged: it counts words of a language that is not known.")
        readings, numbers = part(encoded, "readings", dict), part(encoded, "amounts", dict)
        if not readings.keys() <= READINGS.keys():
            raise ValueError("A stored state is damaged: it holds a reading of dates that is not known.")
        return cls(
            votes=unpack_counts(part(encoded, "votes", bytes), len(VOTES)),
            examples=examples,
            example_rows={vote: tuple(map(_known_row, found)) for vote, found in rows.items()},
            tokens={str(token): count(tokens, token) for token in tokens},
            token_rows={str(token): count(token_rows, token) for token in token_rows},
            words=unpack_counts(part(encoded, "words", bytes), len(BOOLEAN_WORDS)),
            formats={_known_form(str(name)): count(formats, name) for name in formats},
            form_rows={str(name): _known_place(place) for name, place in form_rows.items()},
            languages={str(name): count(languages, name) for name in languages},
            orders=unpack_counts(part(encoded, "orders", bytes), len(SHORT_YEARS) * ORDER_BITS),
            integers=NumberState.decode(part(encoded, "integers", dict)),
            floats=NumberState.decode(part(encoded, "floats", dict)),
            special=NumberState.decode(part(encoded, "special", dict)),
            amounts={Amount.of_key(str(key)).key: NumberState.decode(part(numbers, key, dict)) for key in numbers},
            readings={name: TemporalState.decode(part(readings, name, dict)) for name in readings},
        )

    def orders_of(self, vote: Vote) -> list[int]:
        """Rows of dates with a year of two digits, by the bits of the orders in which they can be read."""
        start = SHORT_YEARS.index(vote) * ORDER_BITS
        return [int(rows) for rows in self.orders[start : start + ORDER_BITS]]


def _known_form(name: str) -> str:
    Vote(name.partition(":")[0])
    return name


def _known_row(row: Any) -> int:
    if type(row) is not int or row < 0:
        raise ValueError("A stored state is damaged: an example stands in no row.")
    return row


def _known_place(place: Any) -> tuple[int, bytes]:
    row, text = place
    if not isinstance(text, bytes):
        raise ValueError("A stored state is damaged: an example is not text.")
    return _known_row(row), text


def _first_forms(one: FormRows, other: FormRows) -> FormRows:
    """The first row of each form, and its text; a text whose row is not known stands back."""
    both = {form: [rows[form] for rows in (one, other) if form in rows] for form in (*one, *other)}
    return {form: min(found, key=lambda place: (not place[0], *place)) for form, found in both.items()}
