"""From votes to a type: what the column is, which votes won, and how sure that is."""

from dataclasses import dataclass

from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.profiling.semantics.calendar_forms import swap_day_and_month
from airflow_provider_profiler.profiling.semantics.evidence import Evidence
from airflow_provider_profiler.profiling.semantics.vocabulary import BOOLEAN_PAIRS, BOOLEAN_WORDS
from airflow_provider_profiler.profiling.semantics.votes import NEUTRAL, NUMERIC, VOTES, Vote

#: Share of the values that must vote for a type. Values that say "no value" or "not a number" do not vote.
WINNING_SHARE = 0.95
#: From this share on a type that lost is worth a word.
_NOTABLE_SHARE = 0.5

_DAY_FIRST, _MONTH_FIRST, _AMBIGUOUS = 0, 1, 2
_SWAPPABLE = {
    "date": (Vote.DATE_DAY_FIRST, Vote.DATE_MONTH_FIRST, Vote.DATE_AMBIGUOUS),
    "date_time": (Vote.DATE_TIME_DAY_FIRST, Vote.DATE_TIME_MONTH_FIRST, Vote.DATE_TIME_AMBIGUOUS),
}
_DATA_TYPES = {"date": DataType.DATE, "date_time": DataType.DATE_TIME}


@dataclass(frozen=True)
class Decision:
    """A column's type.

    ``readings`` names the readings of dates whose values belong to the column; ``formats`` the forms they are written
    in with their rows, the most frequent first.
    """

    data_type: DataType = DataType.TEXT
    winning: frozenset[Vote] = frozenset()
    readings: tuple[str, ...] = ()
    formats: tuple[tuple[str, int], ...] = ()
    ambiguous: int = 0
    """Dates whose day and month could be swapped, where nothing in the column tells which is which."""
    almost: frozenset[Vote] = frozenset()
    """The votes of most values where no type won."""

    @property
    def format(self) -> str | None:
        """The most frequent form of the dates."""
        return self.formats[0][0] if self.formats else None


def decide(evidence: Evidence) -> Decision:
    """The type that at least :data:`WINNING_SHARE` of the votes are for; text where there is none.

    Integers and floats together are floats. One leading zero, and one integer beyond 64 bits, make a column of
    numbers a column of identifiers, hence text. Day and month are told apart by the values that leave no choice.
    """
    total = int(evidence.votes.sum()) - evidence.rows(*NEUTRAL)
    if not total:
        return Decision()
    candidates = (
        _numeric(evidence),
        _boolean(evidence),
        *(_dates(evidence, name) for name in _SWAPPABLE),
        Decision(DataType.DATE_TIME, frozenset({Vote.DATE_TIME_ZONED}), ("date_time_with_zone",)),
        Decision(DataType.TIME, frozenset({Vote.TIME}), ("time",)),
    )
    best = max(candidates, key=lambda decision: evidence.rows(*decision.winning))
    rows = evidence.rows(*best.winning)
    if rows >= WINNING_SHARE * total and best.data_type is not DataType.TEXT:
        return _with_formats(best, evidence)
    ambiguous = best.ambiguous if rows >= WINNING_SHARE * total else 0
    almost = rows >= _NOTABLE_SHARE * total and rows < WINNING_SHARE * total
    return Decision(ambiguous=ambiguous, almost=best.winning if almost else frozenset())


def _numeric(evidence: Evidence) -> Decision:
    identifiers = evidence.rows(Vote.LEADING_ZERO, Vote.BIG_INTEGER)
    data_type = DataType.FLOAT if evidence.rows(Vote.FLOAT, Vote.INFINITY) else DataType.INTEGER
    return Decision(DataType.TEXT if identifiers else data_type, NUMERIC)


def _boolean(evidence: Evidence) -> Decision:
    rows = dict(zip(BOOLEAN_WORDS, evidence.words.tolist(), strict=True))
    first, *others = BOOLEAN_PAIRS
    # Both words of a pair must occur, but for true and false, which mean nothing else.
    sure = any(rows[word] for word in first) or any(rows[yes] and rows[no] for yes, no in others)
    return Decision(DataType.BOOLEAN if sure else DataType.TEXT, frozenset({Vote.BOOLEAN}))


def _dates(evidence: Evidence, name: str) -> Decision:
    plain = Vote(name)
    votes = _SWAPPABLE[name]
    rows = [evidence.rows(vote) for vote in votes]
    if not sum(rows):
        return Decision(_DATA_TYPES[name], frozenset({plain}), (name,))
    telling = rows[_DAY_FIRST] + rows[_MONTH_FIRST]
    order = _DAY_FIRST if rows[_DAY_FIRST] >= rows[_MONTH_FIRST] else _MONTH_FIRST
    if not telling or rows[order] < WINNING_SHARE * telling:
        return Decision(winning=frozenset({plain, *votes}), ambiguous=sum(rows))
    reading = f"{name}_day_first" if order == _DAY_FIRST else f"{name}_month_first"
    winning = frozenset({plain, votes[order], votes[_AMBIGUOUS]})
    return Decision(_DATA_TYPES[name], winning, (name, reading))


def _with_formats(decision: Decision, evidence: Evidence) -> Decision:
    month_first = any(reading.endswith("month_first") for reading in decision.readings)
    rows: dict[str, int] = {}
    for name, amount in evidence.formats.items():
        vote, _, form = name.partition(":")
        if Vote(vote) in decision.winning:
            if month_first and vote.endswith("ambiguous"):
                form = swap_day_and_month(form)
            rows[form] = rows.get(form, 0) + amount
    formats = tuple(sorted(rows.items(), key=lambda item: (-item[1], item[0])))
    return Decision(decision.data_type, decision.winning, decision.readings, formats)


def losing(evidence: Evidence, decision: Decision) -> tuple[Vote, ...]:
    """The votes that were cast for something else, the most frequent first."""
    lost = [vote for vote in VOTES if evidence.rows(vote) and vote not in decision.winning | NEUTRAL]
    return tuple(sorted(lost, key=lambda vote: -evidence.rows(vote)))
