"""The values of numbers as people write them, by what was written and by what they may mean."""

from typing import NamedTuple

import numpy as np

from airflow_provider_profiler.profiling.semantics.counted_texts import CountedTexts
from airflow_provider_profiler.profiling.semantics.recognised import Recognised
from airflow_provider_profiler.profiling.semantics.votes import VOTES, WRITTEN_NUMBERS, Vote
from airflow_provider_profiler.profiling.semantics.written_numbers import SEPARATOR
from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers
from airflow_provider_profiler.profiling.statistics.numbers import NumberState

#: Numbers that can be read as whole ones, or as fractions.
AMBIGUOUS = (Vote.FLOAT_OR_GROUPED, Vote.GROUPED_OR_DECIMAL)
_NUMBERS = tuple(vote for vote in VOTES if vote in WRITTEN_NUMBERS or vote is Vote.FLOAT_OR_GROUPED)


class Amount(NamedTuple):
    """Numbers of one kind: their vote, whether they are read as whole numbers or as fractions, and their unit."""

    vote: Vote
    whole: bool
    unit: str

    @property
    def key(self) -> str:
        """The name of the numbers in stored states."""
        return f"{self.vote}:{'whole' if self.whole else 'decimal'}:{self.unit}"

    @classmethod
    def of_key(cls, key: str) -> "Amount":
        """The kind that a key names.

        :raises ValueError: when there is no such kind.
        """
        vote, _, rest = key.partition(":")
        kind, _, unit = rest.partition(":")
        if vote not in _NUMBERS or kind not in ("whole", "decimal"):
            raise ValueError(f"A stored state is damaged: {key!r} is not a kind of numbers.")
        return cls(Vote(vote), kind == "whole", unit)


def unit_of(form: str) -> str:
    """The unit in the name of a form; empty where there is none."""
    return form.rpartition(SEPARATOR)[2]


def is_decimal(form: str) -> bool:
    """Whether numbers of this form have digits behind a mark for sure."""
    number = form.partition(SEPARATOR)[0].strip("()-")
    return number[-2:] in (".0", ",0")


def group_mark(form: str) -> str:
    """What stands between the thousands in numbers of this form; empty where nothing does."""
    number = form.partition(SEPARATOR)[0].strip("()-")
    return number[1] if number.startswith("#") else ""


def amounts(texts: CountedTexts, capacity: int, seed: int) -> dict[str, NumberState]:
    """The states of the numbers that are not written as programs do, by :attr:`Amount.key`.

    :param capacity: distinct ones that a table may hold.
    :param seed: of the draws of sketches.
    """
    found: dict[str, NumberState] = {}
    seen = texts.seen
    for vote in _NUMBERS:
        if vote not in texts.by_vote:
            continue
        places = texts.by_vote[vote]
        codes = np.zeros(1, np.int32) if seen.formats is None else seen.formats[places]
        for code_group, decimal, unit in _kinds(seen, codes):
            chosen = places
            if code_group is not None:
                chosen = np.arange(len(seen.votes))[places][np.isin(codes, code_group)]
            for whole in (True, False) if vote in AMBIGUOUS else (not decimal,):
                values = seen.values("integers" if whole else "floats", chosen)
                state = texts.numbers_at(values, chosen, capacity, seed)
                key = Amount(vote, whole, unit).key
                found[key] = found[key].merge(state) if key in found else state
    return found


def _kinds(seen: Recognised, codes: Array) -> list[tuple[list[int] | None, bool, str]]:
    """Groups of the forms that occur: their codes, None for all; whether they are decimal; their unit."""
    present = np.flatnonzero(np.bincount(codes, minlength=len(seen.format_names))).tolist()
    kinds: dict[tuple[bool, str], list[int]] = {}
    for code in present:
        form = seen.format_names[code]
        kinds.setdefault((is_decimal(form), unit_of(form)), []).append(code)
    if len(kinds) == 1:
        ((decimal, unit),) = kinds
        return [(None, decimal, unit)]
    return [(members, decimal, unit) for (decimal, unit), members in kinds.items()]


def amount_values(seen: Recognised, rows: Integers, decimal_mark: str) -> tuple[Array, Array]:
    """Numbers of any vote at these positions, as fractions, and whether they are whole.

    :param decimal_mark: what the column's decimal mark is.
    """
    votes = seen.votes[rows]
    whole = (votes == Vote.INTEGER.code) | (votes == Vote.WRITTEN_NUMBER.code)
    whole |= votes == (Vote.GROUPED_OR_DECIMAL if decimal_mark == "." else Vote.FLOAT_OR_GROUPED).code
    if seen.formats is not None:
        decimals = np.array([is_decimal(form) for form in seen.format_names])
        marked = (votes == Vote.POINT_NUMBER.code) | (votes == Vote.COMMA_NUMBER.code)
        whole |= marked & ~decimals[seen.formats[rows]]
    return np.where(whole, seen.values("integers", rows), seen.values("floats", rows)), whole
