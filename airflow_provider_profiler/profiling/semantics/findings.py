"""What the readers of a column should know: oddities with the rows they affect, and notes on how it was understood."""

from dataclasses import dataclass

from airflow_provider_profiler.contract.profile import DataType, QualityErrorType
from airflow_provider_profiler.contract.statistics import Method
from airflow_provider_profiler.profiling.semantics.amounts import unit_of
from airflow_provider_profiler.profiling.semantics.decision import Decision, losing, votes_cast
from airflow_provider_profiler.profiling.semantics.evidence import Evidence
from airflow_provider_profiler.profiling.semantics.number_decision import NumberReading
from airflow_provider_profiler.profiling.semantics.readings import SHORT_YEARS
from airflow_provider_profiler.profiling.semantics.sentinels import Sentinel
from airflow_provider_profiler.profiling.semantics.votes import (
    PLAIN_NUMBERS,
    VOTES,
    WINNING_SHARE,
    WRITTEN_NUMBERS,
    Vote,
)
from airflow_provider_profiler.profiling.statistics.display import show_text
from airflow_provider_profiler.profiling.statistics.text_content import TextContent

#: Units that a finding names, and examples that it has.
_UNITS = _EXAMPLES = 5
_WORDS = {
    DataType.INTEGER: "integers",
    DataType.FLOAT: "numbers",
    DataType.BOOLEAN: "booleans",
    DataType.DATE: "dates",
    DataType.DATE_TIME: "dates with a time",
    DataType.TIME: "times",
}


#: Texts, each with the first row that it stands in.
Located = tuple[tuple[bytes, int], ...]


@dataclass(frozen=True)
class Finding:
    """Something odd about a column's values."""

    error_type: QualityErrorType
    description: str
    affected_rows: int
    examples: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    """The first row of each example; 0 where it is not known."""

    @classmethod
    def with_examples(
        cls, error_type: QualityErrorType, description: str, affected_rows: int, examples: Located
    ) -> "Finding":
        """A finding with its first few examples."""
        shown = examples[:_EXAMPLES]
        texts = tuple(show_text(text) for text, _ in shown)
        return cls(error_type, description, affected_rows, texts, tuple(row for _, row in shown))


def find(evidence: Evidence, decision: Decision, other_forms: Located = ()) -> tuple[Finding, ...]:
    """The oddities of a column whose type was inferred.

    :param other_forms: some of its dates that are not written in the most frequent form, with their rows.
    """
    found = []
    total = votes_cast(evidence)
    lost = losing(evidence, decision)
    rows = total - decision.rows
    if decision.data_type is not DataType.TEXT and rows:
        found.append(
            Finding.with_examples(
                QualityErrorType.VALUE_ERROR,
                f"{rows:,} of {total:,} values are not {_WORDS[decision.data_type]}, as the others are",
                rows,
                _examples(evidence, lost),
            )
        )
    if len(decision.formats) > 1:
        rows = sum(amount for _, amount in decision.formats[1:])
        forms = ", ".join(f"{form} ({amount:,})" for form, amount in decision.formats)
        description = f"{_WORDS[decision.data_type].capitalize()} are written in {len(decision.formats)} forms: {forms}"
        found.append(Finding.with_examples(QualityErrorType.FORMAT_INCONSISTENCY, description, rows, other_forms))
    if decision.ambiguous:
        votes = tuple(
            vote
            for vote in VOTES
            if vote in evidence.examples and (vote.endswith(("ambiguous", "_first")) or vote in SHORT_YEARS)
        )
        found.append(
            Finding.with_examples(
                QualityErrorType.FORMAT_INCONSISTENCY,
                "Day and month of the dates cannot be told apart, as no rule fits the values that leave no choice; "
                "kept as text",
                decision.ambiguous,
                _examples(evidence, votes),
            )
        )
    if decision.almost:
        rows = total - decision.almost_rows
        others = tuple(vote for vote in lost if vote not in decision.almost)
        found.append(
            Finding.with_examples(
                QualityErrorType.FORMAT_INCONSISTENCY,
                f"{total - rows:,} of {total:,} values look like {_looks(decision.almost)}, {rows:,} do not; "
                "kept as text",
                rows,
                _examples(evidence, others),
            )
        )
    found.extend(_find_in_numbers(evidence, decision, total))
    return tuple(found)


def _find_in_numbers(evidence: Evidence, decision: Decision, total: int) -> list[Finding]:
    reading = decision.numbers
    if reading is None:
        return []
    if decision.numeric:
        without = reading.rows - dict(reading.by_unit).get(reading.unit, 0)
        if not reading.unit or not without:
            return []
        description = f"{without:,} of {reading.rows:,} numbers are written without the unit {reading.unit}"
        examples = _examples(evidence, (Vote.INTEGER, Vote.FLOAT)) + _of_unit(evidence, reading, "")
        return [Finding.with_examples(QualityErrorType.FORMAT_INCONSISTENCY, description, without, examples)]
    found = []
    if reading.ambiguous and reading.rows + reading.ambiguous >= WINNING_SHARE * total:
        found.append(
            Finding.with_examples(
                QualityErrorType.FORMAT_INCONSISTENCY,
                "Whether the mark in the numbers separates thousands or decimals cannot be told, as no value leaves no "
                "choice; kept as text",
                reading.ambiguous,
                _examples(evidence, (Vote.GROUPED_OR_DECIMAL, Vote.FLOAT_OR_GROUPED)),
            )
        )
    numbers = sum(rows for _, rows in reading.by_unit)
    if len(reading.by_unit) > 1 and numbers >= WINNING_SHARE * total:
        units = ", ".join(f"{unit} ({rows:,})" for unit, rows in reading.by_unit[:_UNITS])
        description = f"The numbers are in {len(reading.by_unit)} units: {units}; kept as text"
        examples = tuple(place for unit, _ in reading.by_unit[:_UNITS] for place in _of_unit(evidence, None, unit)[:1])
        found.append(Finding.with_examples(QualityErrorType.CONSISTENCY_ERROR, description, numbers, examples))
    return found


def find_sentinels(sentinels: tuple[Sentinel, ...]) -> tuple[Finding, ...]:
    """Values that seem to stand for none."""
    return tuple(
        Finding(QualityErrorType.VALUE_ERROR, str(item), item.rows, (item.value,), (item.row,)) for item in sentinels
    )


def find_mixed_scripts(content: TextContent | None) -> tuple[Finding, ...]:
    """Words in which letters of several scripts look alike: nobody will find them by typing what they see."""
    if content is None or not content.mixed:
        return ()
    rows = content.characters.mixed_scripts
    looked_at = "" if content.accuracy.method is Method.EXACT else f", in a sample of {content.characters.examined:,}"
    description = f"Words mix letters of several scripts that look alike ({rows:,} values{looked_at})"
    return (Finding.with_examples(QualityErrorType.FORMAT_INCONSISTENCY, description, rows, content.mixed),)


def notes(evidence: Evidence, decision: Decision) -> tuple[str, ...]:
    """Why a column that looks like numbers is text, and how its numbers were understood."""
    if decision.numeric:
        return _notes_on_numbers(evidence, decision)
    if decision.data_type is not DataType.TEXT:
        return ()
    reasons = (
        (Vote.LEADING_ZERO, "values with a leading zero, which a number would lose"),
        (Vote.BIG_INTEGER, "integers beyond 64 bits, which a float would round"),
        (Vote.PHONE_NUMBER, "values that look like telephone numbers"),
        (Vote.NETWORK_ADDRESS, "addresses of the internet protocol"),
        (Vote.VERSION, "values that look like versions"),
        (Vote.LONG_TIME, "times beyond midnight"),
        (Vote.MONTH_OR_YEARS, "values that are a month, or the time from one year to the next"),
    )
    return tuple(f"Kept as text: {what} ({evidence.rows(vote):,})" for vote, what in reasons if evidence.rows(vote))


def _notes_on_numbers(evidence: Evidence, decision: Decision) -> tuple[str, ...]:
    found = []
    reading = decision.numbers
    written = () if reading is None else tuple(part for part in reading.parts if part.vote is not Vote.FLOAT_OR_GROUPED)
    if written or decision.decimal_mark == ",":
        mark = "comma" if decision.decimal_mark == "," else "point"
        found.append(f"Read with the {mark} as decimal mark")
    if decision.unit:
        found.append(f"Numbers in {decision.unit}")
    if decision.decimal_mark == "." and not evidence.rows(Vote.FLOAT, Vote.POINT_NUMBER):
        rows = evidence.rows(Vote.FLOAT_OR_GROUPED)
        if rows:
            found.append(f"All numbers with a point have three digits behind it ({rows:,}); read as decimals")
    return tuple(found)


def note_on_dates(rows: int) -> str:
    """What is said of integers that read as dates."""
    return f"All numbers have eight digits that could be a date, year first ({rows:,}); kept as integers"


def note_on_lists(separator: str) -> str:
    """What is said of cells that hold several numbers each."""
    return f"Kept as text: lists of numbers with {separator!r} between them"


def _looks(votes: frozenset[Vote]) -> str:
    if votes & (PLAIN_NUMBERS | WRITTEN_NUMBERS):
        return "numbers"
    if Vote.BOOLEAN in votes:
        return "booleans"
    if Vote.TIME in votes:
        return "times"
    return "dates" if votes & {Vote.DATE, Vote.MONTH} else "dates with a time"


def _examples(evidence: Evidence, votes: tuple[Vote, ...]) -> Located:
    return tuple(place for vote in votes for place in evidence.located(vote).items())


def _of_unit(evidence: Evidence, reading: NumberReading | None, unit: str) -> Located:
    """A number of each form that has a unit, with the first row that it stands in.

    :param reading: leaves out the forms that it does not read as numbers; None: all are meant.
    """
    votes = WRITTEN_NUMBERS | {Vote.FLOAT_OR_GROUPED} if reading is None else {part.vote for part in reading.parts}
    found = [
        (text, row)
        for form, (row, text) in evidence.form_rows.items()
        if form.partition(":")[0] in votes and unit_of(form.partition(":")[2]) == unit
    ]
    return tuple(sorted(found, key=lambda place: place[1]))
