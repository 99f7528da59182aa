"""Numbers as people write them: marks between thousands, a decimal comma, a unit, brackets around what is negative."""

import numpy as np
import pyarrow as pa

from airflow_provider_profiler.profiling.semantics.calendar_forms import NO_VOTE
from airflow_provider_profiler.profiling.semantics.calendar_words import different_words
from airflow_provider_profiler.profiling.semantics.layouts import LayoutGroup
from airflow_provider_profiler.profiling.semantics.number_layouts import NumberPlan
from airflow_provider_profiler.profiling.semantics.recognised import Recognised
from airflow_provider_profiler.profiling.semantics.text_bytes import Bytes, Mask
from airflow_provider_profiler.profiling.semantics.units import UNITS_BEFORE, UNITS_BEHIND_A_BLANK, UNITS_CLOSE_BEHIND
from airflow_provider_profiler.profiling.semantics.votes import Vote
from airflow_provider_profiler.profiling.statistics.encoding import Floats, Integers

#: Between the unit and the writing in the name of a form. No unit has it.
SEPARATOR = "|"
_ZERO = ord("0")


def read_written_numbers(plan: NumberPlan, group: LayoutGroup, found: Recognised) -> None:
    """Vote for the numbers among texts of one layout; the others keep their vote."""
    matrix, rows = group.matrix, group.rows
    units, names = _units(plan, matrix)
    votes = np.full(len(matrix), plan.vote.code, np.int8)
    zero = matrix[:, plan.whole[0]] == _ZERO
    if zero.any():
        votes[zero] = _of_zeros(plan)
    known = np.array([name is not None for name in names])
    if not known.all():
        votes[~known[units]] = NO_VOTE
    kept = np.flatnonzero(votes != NO_VOTE)
    if not len(kept):
        return
    if len(kept) < len(votes):
        matrix, votes, units = matrix[kept], votes[kept], units[kept]
        rows = kept if rows is None else rows[kept]
        zero = zero[kept]
    sign = -1 if plan.negative else 1
    decimal = plan.fraction is not None
    if plan.vote in (Vote.FLOAT_OR_GROUPED, Vote.GROUPED_OR_DECIMAL):
        found.set_values("integers", rows, sign * _whole(matrix, plan.whole))
        found.set_values("floats", rows, sign * _fraction(matrix, plan.whole[:-3], plan.fraction))
    elif decimal:
        found.set_values("floats", rows, sign * _fraction(matrix, plan.whole, plan.fraction))
    elif plan.fits:
        found.set_values("integers", rows, sign * _whole(matrix, plan.whole))
    else:
        votes[:] = Vote.BIG_INTEGER.code
    found.set_votes(rows, votes)
    notations = (plan.notation, plan.zero_notation)
    forms = [f"{notation}{SEPARATOR}{name or ''}" for notation in notations for name in names]
    codes = units + len(names) * zero if zero.any() else units
    found.set_formats(rows, codes, forms, [()] * len(forms))


def _of_zeros(plan: NumberPlan) -> int:
    if plan.zero_vote is not None:
        return plan.zero_vote.code
    # "007 EUR" is as strange as "0 800 123": nobody writes a number like that.
    return NO_VOTE


def _units(plan: NumberPlan, matrix: Bytes) -> tuple[Integers, list[str | None]]:
    """The unit of each text, as a position in a list: its name, empty for none, None for a word that is no unit."""
    if plan.before is not None:
        start, stop = plan.before
        codes, words = different_words(matrix[:, start:stop])
        return codes, [word if word in UNITS_BEFORE else None for word in words]
    if plan.behind is not None:
        start, stop = plan.behind
        codes, words = different_words(matrix[:, start:stop])
        units = UNITS_BEHIND_A_BLANK if plan.blank else UNITS_CLOSE_BEHIND
        return codes, [word if word in units else None for word in words]
    return np.zeros(len(matrix), np.int64), [""]


def _whole(matrix: Bytes, places: tuple[int, ...]) -> Integers:
    found = np.zeros(len(matrix), np.int64)
    for place in places:
        found *= 10
        found += matrix[:, place]
        found -= _ZERO
    return found


def _fraction(matrix: Bytes, whole: tuple[int, ...], fraction: tuple[int, int] | None) -> Floats:
    """The nearest double of a decimal number, which is not what sums of rounded parts would be."""
    start, stop = fraction or (0, 0)
    digits = len(whole) + stop - start
    if digits <= 15 and stop - start <= 22:
        # Both are exact as doubles, so that their quotient is rounded once.
        return _whole(matrix, (*whole, *range(start, stop))) / 10.0 ** (stop - start)
    columns = [*whole, start, *range(start, stop)]
    content = matrix[:, columns]
    content[:, len(whole)] = ord(".")
    offsets = np.arange(len(matrix) + 1, dtype=np.int64) * len(columns)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(content.tobytes())]
    texts = pa.Array.from_buffers(pa.large_string(), len(matrix), buffers)
    return texts.cast(pa.float64()).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def addresses(matrix: Bytes, layout: str) -> Mask:
    """Which texts are addresses of IP version 4: four numbers up to 255.

    :param layout: digits in four parts.
    """
    valid = np.ones(len(matrix), np.bool_)
    start = 0
    for part in layout.split("."):
        valid &= _whole(matrix, tuple(range(start, start + len(part)))) <= 255
        start += len(part) + 1
    return valid
