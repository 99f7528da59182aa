"""What the readers of a column should know: oddities with the rows they affect, and notes on how it was understood."""

from dataclasses import dataclass

from airflow_provider_profiler.contract.profile import DataType, QualityErrorType
from airflow_provider_profiler.profiling.semantics.decision import Decision, losing
from airflow_provider_profiler.profiling.semantics.evidence import Evidence
from airflow_provider_profiler.profiling.semantics.votes import NEUTRAL, Vote
from airflow_provider_profiler.profiling.statistics.display import show_text

_WORDS = {
    DataType.INTEGER: "integers",
    DataType.FLOAT: "numbers",
    DataType.BOOLEAN: "booleans",
    DataType.DATE: "dates",
    DataType.DATE_TIME: "dates with a time",
    DataType.TIME: "times",
}


@dataclass(frozen=True)
class Finding:
    """Something odd about a column's values."""

    error_type: QualityErrorType
    description: str
    affected_rows: int
    examples: tuple[str, ...] = ()


def find(evidence: Evidence, decision: Decision) -> tuple[Finding, ...]:
    """The oddities of a column whose type was inferred."""
    found = []
    total = int(evidence.votes.sum()) - evidence.rows(*NEUTRAL)
    lost = losing(evidence, decision)
    if decision.data_type is not DataType.TEXT and lost:
        rows = evidence.rows(*lost)
        found.append(
            Finding(
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
        found.append(Finding(QualityErrorType.FORMAT_INCONSISTENCY, description, rows))
    if decision.ambiguous:
        votes = tuple(vote for vote in evidence.examples if vote.endswith(("ambiguous", "_first")))
        found.append(
            Finding(
                QualityErrorType.FORMAT_INCONSISTENCY,
                "Day and month of the dates cannot be told apart, as no rule fits the values that leave no choice; "
                "kept as text",
                decision.ambiguous,
                _examples(evidence, tuple(Vote(vote) for vote in votes)),
            )
        )
    if decision.almost:
        rows = total - evidence.rows(*decision.almost)
        others = tuple(vote for vote in lost if vote not in decision.almost)
        found.append(
            Finding(
                QualityErrorType.FORMAT_INCONSISTENCY,
                f"{total - rows:,} of {total:,} values look like {_looks(decision.almost)}, {rows:,} do not; "
                "kept as text",
                rows,
                _examples(evidence, others),
            )
        )
    return tuple(found)


def notes(evidence: Evidence, decision: Decision) -> tuple[str, ...]:
    """Why a column that looks like numbers is text."""
    if decision.data_type is not DataType.TEXT:
        return ()
    reasons = (
        (Vote.LEADING_ZERO, "values with a leading zero, which a number would lose"),
        (Vote.BIG_INTEGER, "integers beyond 64 bits, which a float would round"),
        (Vote.PHONE_NUMBER, "values that look like telephone numbers"),
    )
    return tuple(f"Kept as text: {what} ({evidence.rows(vote):,})" for vote, what in reasons if evidence.rows(vote))


def _looks(votes: frozenset[Vote]) -> str:
    if Vote.INTEGER in votes:
        return "numbers"
    if Vote.BOOLEAN in votes:
        return "booleans"
    if Vote.TIME in votes:
        return "times"
    return "dates" if Vote.DATE in votes else "dates with a time"


def _examples(evidence: Evidence, votes: tuple[Vote, ...]) -> tuple[str, ...]:
    texts = [text for vote in votes for text in evidence.examples.get(vote, ())]
    return tuple(show_text(text) for text in texts[:5])
