"""From votes to a type: what the column is, which votes won, and how sure that is."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.profiling.semantics.amounts import unit_of
from airflow_provider_profiler.profiling.semantics.evidence import Evidence
from airflow_provider_profiler.profiling.semantics.month_names import LANGUAGES
from airflow_provider_profiler.profiling.semantics.number_decision import NumberReading, grouping_mark, read_numbers
from airflow_provider_profiler.profiling.semantics.readings import ORDERS, READINGS, SHORT_YEARS, form_of, order_of
from airflow_provider_profiler.profiling.semantics.recognised import Recognised
from airflow_provider_profiler.profiling.semantics.vocabulary import BOOLEAN_PAIRS, BOOLEAN_WORDS
from airflow_provider_profiler.profiling.semantics.votes import NEUTRAL, VOTES, WINNING_SHARE, WRITTEN_NUMBERS, Vote

#: From this share on a type that lost is worth a word.
_NOTABLE_SHARE = 0.5

_DAY_FIRST, _MONTH_FIRST, _AMBIGUOUS = 0, 1, 2
_SWAPPABLE = {
    "date": (Vote.DATE_DAY_FIRST, Vote.DATE_MONTH_FIRST, Vote.DATE_AMBIGUOUS),
    "date_time": (Vote.DATE_TIME_DAY_FIRST, Vote.DATE_TIME_MONTH_FIRST, Vote.DATE_TIME_AMBIGUOUS),
}
_SHORT = {"date": Vote.DATE_SHORT_YEAR, "date_time": Vote.DATE_TIME_SHORT_YEAR}
_DATA_TYPES = {"date": DataType.DATE, "date_time": DataType.DATE_TIME}


@dataclass(frozen=True)
class Decision:
    """A column's type.

    ``rows`` is how many rows won; ``readings`` names the readings of dates whose values belong to the column;
    ``formats`` the forms they are written in with their rows, the most frequent first.
    """

    data_type: DataType = DataType.TEXT
    winning: frozenset[Vote] = frozenset()
    rows: int = 0
    readings: tuple[str, ...] = ()
    formats: tuple[tuple[str, int], ...] = ()
    language: str | None = None
    """Of the names of months and days; None where they are not of one language alone."""
    numbers: NumberReading | None = None
    group_mark: str = ""
    words: tuple[str, ...] = ()
    """The words for true and false that occur."""
    ambiguous: int = 0
    """Dates whose numbers could be swapped, where nothing in the column tells which is which."""
    almost: frozenset[Vote] = frozenset()
    """The votes of most values where no type won."""
    almost_rows: int = 0

    @property
    def format(self) -> str | None:
        """The most frequent form of the dates."""
        return self.formats[0][0] if self.formats else None

    @property
    def numeric(self) -> bool:
        """Whether the column holds numbers."""
        return self.data_type in (DataType.INTEGER, DataType.FLOAT)

    @property
    def decimal_mark(self) -> str:
        """The decimal mark of the column's numbers."""
        return "." if self.numbers is None else self.numbers.decimal_mark

    @property
    def unit(self) -> str:
        """The unit of the column's numbers; empty where they have none."""
        return self.numbers.unit if self.numeric and self.numbers is not None else ""

    def wins(self, seen: Recognised) -> npt.NDArray[np.bool_]:
        """Which of some texts are of the column's type."""
        table = np.array([vote in self.winning for vote in VOTES])
        found: npt.NDArray[np.bool_] = table.take(seen.votes)
        if self.words:
            allowed = np.array([word in self.words for word in BOOLEAN_WORDS])
            found &= (seen.votes != Vote.BOOLEAN.code) | allowed[seen.values("integers", slice(None))]
        if self.numeric and self.numbers is not None and seen.formats is not None:
            units = np.array([unit_of(form) in self.numbers.units for form in seen.format_names])
            written = np.array([vote in WRITTEN_NUMBERS or vote is Vote.FLOAT_OR_GROUPED for vote in VOTES])
            found &= units[seen.formats] | ~written.take(seen.votes)
        order = next((order_of(reading) for reading in self.readings if "short" in reading), None)
        if order is not None:
            short = np.array([vote in SHORT_YEARS for vote in VOTES]).take(seen.votes)
            found &= ~short | (seen.values("orders", slice(None)) & ORDERS[order] > 0)
        return found


def decide(evidence: Evidence) -> Decision:
    """The type that at least :data:`WINNING_SHARE` of the votes are for; text where there is none.

    Integers and floats together are floats. One leading zero, and one integer beyond 64 bits, make a column of
    numbers a column of identifiers, hence text; one time beyond midnight makes a column of times one of durations.
    Day and month are told apart by the values that leave no choice, and so is the decimal mark.
    """
    total = votes_cast(evidence)
    if not total:
        return Decision()
    numeric = _numeric(evidence)
    candidates = (
        numeric,
        _boolean(evidence),
        *(_dates(evidence, name) for name in _SWAPPABLE),
        *(_short_dates(evidence, name) for name in _SHORT),
        _months(evidence),
        _simple(evidence, DataType.DATE_TIME, Vote.DATE_TIME_ZONED, "date_time_with_zone"),
        _times(evidence),
    )
    best = max(candidates, key=lambda decision: decision.rows)
    if best.rows >= WINNING_SHARE * total:
        if best.data_type is not DataType.TEXT:
            return _with_forms(best, evidence)
        return Decision(ambiguous=best.ambiguous, numbers=numeric.numbers)
    if best.rows >= _NOTABLE_SHARE * total:
        return Decision(almost=best.winning, almost_rows=best.rows, numbers=numeric.numbers)
    return Decision(numbers=numeric.numbers)


def votes_cast(evidence: Evidence) -> int:
    """Rows whose values speak for a type."""
    return int(evidence.votes.sum()) - evidence.rows(*NEUTRAL)


def _simple(evidence: Evidence, data_type: DataType, vote: Vote, reading: str) -> Decision:
    return Decision(data_type, frozenset({vote}), evidence.rows(vote), (reading,))


def _numeric(evidence: Evidence) -> Decision:
    reading = read_numbers(evidence)
    data_type = DataType.FLOAT if reading.fractional else DataType.INTEGER
    if evidence.rows(Vote.LEADING_ZERO, Vote.BIG_INTEGER):
        data_type = DataType.TEXT
    return Decision(data_type, reading.winning, reading.rows, numbers=reading)


def _boolean(evidence: Evidence) -> Decision:
    votes = frozenset({Vote.BOOLEAN})
    rows = dict(zip(BOOLEAN_WORDS, evidence.words.tolist(), strict=True))
    if not any(rows.values()):  # as in most columns
        return Decision(winning=votes, rows=evidence.rows(Vote.BOOLEAN))
    first, *others = BOOLEAN_PAIRS
    # Both words of a pair must occur, but for true and false, which mean nothing else.
    pairs = [pair for pair in others if all(rows[word] for word in pair)]
    if any(rows[word] for word in first):
        pairs.insert(0, first)
    words = tuple(word for word in BOOLEAN_WORDS if rows[word] and any(word in pair for pair in pairs))
    if not words:
        return Decision(DataType.TEXT, votes, evidence.rows(Vote.BOOLEAN))
    return Decision(DataType.BOOLEAN, votes, sum(rows[word] for word in words), words=words)


def _dates(evidence: Evidence, name: str) -> Decision:
    plain = Vote(name)
    votes = _SWAPPABLE[name]
    rows = [evidence.rows(vote) for vote in votes]
    if not sum(rows):
        return _simple(evidence, _DATA_TYPES[name], plain, name)
    telling = rows[_DAY_FIRST] + rows[_MONTH_FIRST]
    order = _DAY_FIRST if rows[_DAY_FIRST] >= rows[_MONTH_FIRST] else _MONTH_FIRST
    if not telling or rows[order] < WINNING_SHARE * telling:
        winning = frozenset({plain, *votes})
        return Decision(winning=winning, rows=evidence.rows(*winning), ambiguous=sum(rows))
    reading = f"{name}_day_first" if order == _DAY_FIRST else f"{name}_month_first"
    winning = frozenset({plain, votes[order], votes[_AMBIGUOUS]})
    return Decision(_DATA_TYPES[name], winning, evidence.rows(*winning), (name, reading))


def _short_dates(evidence: Evidence, name: str) -> Decision:
    """Dates whose year has two digits: the order that most can be read in, if each other one is excluded."""
    plain, vote = Vote(name), _SHORT[name]
    rows = evidence.orders_of(vote)
    winning = frozenset({plain, vote})
    if not any(rows):
        return Decision()

    def readable(order: str, but_not: str | None = None) -> int:
        excluded = 0 if but_not is None else ORDERS[but_not]
        return sum(count for bits, count in enumerate(rows) if bits & ORDERS[order] and not bits & excluded)

    best = max(ORDERS, key=readable)
    for other in ORDERS.keys() - {best}:
        telling, against = readable(best, other), readable(other, best)
        if not telling or telling < WINNING_SHARE * (telling + against):
            return Decision(winning=winning, rows=evidence.rows(*winning), ambiguous=sum(rows))
    reading = f"{name}_short_{best}"
    won = evidence.rows(plain) + readable(best)
    return Decision(_DATA_TYPES[name], winning, won, (name, reading))


def _months(evidence: Evidence) -> Decision:
    votes = frozenset({Vote.MONTH, Vote.MONTH_OR_YEARS})
    # "2011-12" alone may be the time from one year to the next.
    data_type = DataType.DATE if evidence.rows(Vote.MONTH) else DataType.TEXT
    return Decision(data_type, votes, evidence.rows(*votes), ("month",))


def _times(evidence: Evidence) -> Decision:
    decision = _simple(evidence, DataType.TIME, Vote.TIME, "time")
    long = evidence.rows(Vote.LONG_TIME)
    if not long:
        return decision
    return Decision(winning=frozenset({Vote.TIME, Vote.LONG_TIME}), rows=decision.rows + long)


def _with_forms(decision: Decision, evidence: Evidence) -> Decision:
    if decision.numbers is not None:
        return replace(decision, group_mark=grouping_mark(evidence, decision.numbers))
    rows: dict[str, int] = {}
    members = {vote: reading for reading in decision.readings for vote in READINGS[reading][1]}
    for name, amount in evidence.formats.items():
        vote, _, form = name.partition(":")
        if Vote(vote) in members:
            form = form_of(members[Vote(vote)], Vote(vote), form)
            rows[form] = rows.get(form, 0) + amount
    # Whole names and short ones are read alike, and "May" is both.
    for form in [form for form in rows if "%b" in form and form.replace("%b", "%B") in rows]:
        whole = form.replace("%b", "%B")
        kept, lost = (form, whole) if rows[form] > rows[whole] else (whole, form)
        rows[kept] += rows.pop(lost)
    formats = tuple(sorted(rows.items(), key=lambda item: (-item[1], item[0])))
    return replace(decision, formats=formats, language=_language(evidence.languages))


def _language(rows: dict[str, int]) -> str | None:
    """The language that has all or most of the words; English where it is one of several."""
    if not rows:
        return None
    most = max(rows.values())
    best = [language for language in LANGUAGES if rows.get(language) == most]
    return "en" if "en" in best else best[0] if len(best) == 1 else None


def losing(evidence: Evidence, decision: Decision) -> tuple[Vote, ...]:
    """The votes that were cast for something else, the most frequent first."""
    return _ordered(evidence, (vote for vote in VOTES if vote not in decision.winning | NEUTRAL))


def _ordered(evidence: Evidence, votes: Iterable[Vote]) -> tuple[Vote, ...]:
    lost = [vote for vote in votes if evidence.rows(vote)]
    return tuple(sorted(lost, key=lambda vote: -evidence.rows(vote)))
