"""From what a rule found out about a target to a result."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from airflow_provider_profiler.checks.interval import Decision
from airflow_provider_profiler.checks.outcome import CheckResult, Outcome
from airflow_provider_profiler.checks.rules import Rule, Severity
from airflow_provider_profiler.checks.selection import Target, visible
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.statistics import Number, Scalar

_UNDECIDED: Final = "It cannot be decided whether that is so"


@dataclass(frozen=True)
class Subject:
    """What is checked."""

    profile: DatasetProfile
    last: DatasetProfile | None
    """The profile of the last revision, where there is one."""
    now: datetime.datetime
    """The moment from which ages are counted."""


@dataclass(frozen=True)
class Verdict:
    """What a rule says of a target."""

    decision: Decision
    fact: str
    """What is so, as the end of a sentence that begins with the target."""
    expected: Scalar
    observed: Scalar | None = None
    doubt: str = ""
    """Why it cannot be decided, where it cannot."""

    def of(self, rule: Rule, target: Target) -> CheckResult:
        """The result."""
        message = f"{target.words} {self.fact}; expected: {_words(self.expected)}."
        outcome = Outcome.OK
        if self.decision is Decision.OPEN:
            outcome = Outcome.WARNING
            message += f" {_UNDECIDED}{f': {self.doubt}' if self.doubt else ''}."
        elif self.decision is Decision.BROKEN:
            outcome = Outcome.ERROR if rule.severity is Severity.ERROR else Outcome.WARNING
        return _result(rule, target, outcome, message, expected=self.expected, observed=self.observed)


def nothing(rule: Rule, target: Target, fact: str) -> CheckResult:
    """The result where there is a target without anything to check."""
    return _result(rule, target, Outcome.EMPTY, f"{target.words} {fact}; nothing was checked.")


def unmatched(rule: Rule, sentences: Iterator[str]) -> Iterator[CheckResult]:
    """The results where a rule selects nothing, one for each pattern."""
    for sentence in sentences:
        yield _result(rule, Target(), Outcome.EMPTY, f"{sentence} Nothing was checked.")


def number_words(value: Number) -> str:
    """A number for people."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def share_words(value: float) -> str:
    """A share as a percentage."""
    return f"{100 * value:.4g} %"


def count_words(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def _words(value: Scalar) -> str:
    return value if isinstance(value, str) else number_words(value)


def _result(
    rule: Rule,
    target: Target,
    outcome: Outcome,
    message: str,
    *,
    expected: Scalar | None = None,
    observed: Scalar | None = None,
) -> CheckResult:
    return CheckResult(
        rule=rule.label,
        kind=rule.kind,
        target=str(target),
        outcome=outcome,
        message=visible(message),
        expected=expected,
        observed=observed,
        path=target.path,
        table=target.table,
        column=target.column,
    )
