"""How the numbers of a column are to be read: what the decimal mark is, and in which unit they are."""

from dataclasses import dataclass

from airflow_provider_profiler.profiling.semantics.amounts import Amount, group_mark
from airflow_provider_profiler.profiling.semantics.evidence import Evidence
from airflow_provider_profiler.profiling.semantics.votes import WINNING_SHARE, Vote
from airflow_provider_profiler.profiling.statistics.numbers import NumberState

#: Whole numbers of so many digits, all of one length and with blanks between groups, are telephone numbers.
_PHONE_DIGITS = 9


@dataclass(frozen=True)
class NumberReading:
    """What the numbers of a column mean.

    Some votes for numbers may be left out: numbers in another unit, or with another decimal mark.
    """

    decimal_mark: str
    units: frozenset[str]
    """The units whose numbers belong to the column; an empty one for numbers without."""
    unit: str
    plain: frozenset[Vote]
    """Votes for numbers as programs write them that belong to the column."""
    parts: tuple[Amount, ...]
    """The other numbers that belong to it."""
    rows: int
    fractional: bool
    ambiguous: int
    """Rows of which nothing tells whether a mark separates thousands or decimals."""
    by_unit: tuple[tuple[str, int], ...]
    """Rows of each unit, the most frequent first."""

    @property
    def written(self) -> bool:
        """Whether some numbers are not written as programs do."""
        return any(part.vote is not Vote.FLOAT_OR_GROUPED or self.decimal_mark == "," for part in self.parts)

    @property
    def winning(self) -> frozenset[Vote]:
        """The votes whose numbers belong to the column, but for those in other units."""
        return self.plain | {part.vote for part in self.parts}


def read_numbers(evidence: Evidence) -> NumberReading:
    """Find out how the numbers of a column are to be read, from all of them.

    A number such as ``1.234,56`` tells that the comma is the decimal mark, one such as ``1,234.56`` or ``12.5`` that it
    is the point. ``1,234`` tells nothing and is read as the others say; where none says anything it is not read.
    ``1.234`` tells nothing either, but is a number as programs write it, and read like that if none says otherwise.
    """
    rows = {Amount.of_key(key): state.counts.rows for key, state in evidence.amounts.items()}
    # What may be read in two ways is there in both.
    once = {amount: count for amount, count in rows.items() if amount.whole or not _twice(amount, rows)}
    by_unit: dict[str, int] = {}
    for amount, count in once.items():
        by_unit[amount.unit] = by_unit.get(amount.unit, 0) + count
    without = by_unit.pop("", 0) + evidence.rows(Vote.INTEGER, Vote.FLOAT, Vote.INFINITY)
    ordered = tuple(sorted(by_unit.items(), key=lambda item: (-item[1], item[0])))
    unit = ordered[0][0] if ordered and ordered[0][1] >= without else ""
    units = frozenset({"", unit})
    known = {amount: count for amount, count in once.items() if amount.unit in units}

    def count_of(vote: Vote, unit: str | None = None) -> int:
        return sum(count for amount, count in known.items() if amount.vote is vote and unit in (None, amount.unit))

    point, comma = evidence.rows(Vote.FLOAT) + count_of(Vote.POINT_NUMBER), count_of(Vote.COMMA_NUMBER)
    # One slip does not turn a column of fractions into thousands.
    enough = comma >= (1 - WINNING_SHARE) * count_of(Vote.FLOAT_OR_GROUPED, "")
    mark = "," if comma > point and enough else "."
    plain, parts, ambiguous = {Vote.INTEGER, Vote.INFINITY}, [], 0
    if mark == ".":
        plain.add(Vote.FLOAT)
    for amount in (amount for amount in rows if amount.unit in units):
        if amount.vote in (Vote.WRITTEN_NUMBER, Vote.POINT_NUMBER if mark == "." else Vote.COMMA_NUMBER):
            parts.append(amount)
        elif amount.vote is Vote.FLOAT_OR_GROUPED and amount.whole is (mark == ","):
            told = mark == "," or point or not amount.unit
            parts, ambiguous = ([*parts, amount], ambiguous) if told else (parts, ambiguous + rows[amount])
        elif amount.vote is Vote.GROUPED_OR_DECIMAL and amount.whole is (mark == "."):
            told = mark == "," or point
            parts, ambiguous = ([*parts, amount], ambiguous) if told else (parts, ambiguous + rows[amount])
    parts.sort()
    if _phones(evidence, parts):
        parts = []
    return NumberReading(
        decimal_mark=mark,
        units=units,
        unit=unit,
        plain=frozenset(plain),
        parts=tuple(parts),
        rows=evidence.rows(*plain) + sum(rows[part] for part in parts),
        fractional=bool(
            (mark == "." and evidence.rows(Vote.FLOAT))
            or evidence.rows(Vote.INFINITY)
            or any(not part.whole and rows[part] for part in parts)
        ),
        ambiguous=ambiguous,
        by_unit=ordered,
    )


def numbers_of(evidence: Evidence, reading: NumberReading) -> NumberState:
    """The numbers that belong to the column, in one state."""
    found = evidence.integers.merge(evidence.special)
    if Vote.FLOAT in reading.plain:
        found = found.merge(evidence.floats)
    for part in reading.parts:
        found = found.merge(evidence.amounts[part.key])
    return found


def grouping_mark(evidence: Evidence, reading: NumberReading) -> str:
    """What mostly stands between thousands; empty where nothing does."""
    marks: dict[str, int] = {}
    for name, rows in evidence.formats.items():
        vote, _, form = name.partition(":")
        if any(part.vote == vote for part in reading.parts) and group_mark(form) not in ("", reading.decimal_mark):
            marks[group_mark(form)] = marks.get(group_mark(form), 0) + rows
    return max(sorted(marks), key=lambda mark: marks[mark]) if marks else ""


def _twice(amount: Amount, rows: dict[Amount, int]) -> bool:
    return amount.vote in (Vote.FLOAT_OR_GROUPED, Vote.GROUPED_OR_DECIMAL) and amount._replace(whole=True) in rows


def _phones(evidence: Evidence, parts: list[Amount]) -> bool:
    """Whether all numbers have blanks between groups and one and the same large number of digits."""
    if [(part.vote, part.unit) for part in parts] != [(Vote.WRITTEN_NUMBER, "")] or evidence.rows(
        Vote.INTEGER, Vote.FLOAT
    ):
        return False
    if any(group_mark(name.partition(":")[2]) != " " for name in evidence.formats):
        return False
    values = evidence.amounts[parts[0].key].values
    if values.sketch is not None:
        low, high = values.sketch.extremes.minimum, values.sketch.extremes.maximum
    elif values.table is not None and len(values.table):
        numbers = values.table.keys.values
        low, high = int(numbers.min()), int(numbers.max())
    else:
        return False
    return low > 0 and len(str(low)) == len(str(high)) >= _PHONE_DIGITS
