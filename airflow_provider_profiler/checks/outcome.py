"""What checking a profile comes to."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from airflow_provider_profiler.contract.model import Model
from airflow_provider_profiler.contract.statistics import Scalar

#: Results that a small report names, and signs of a message in it.
_NAMED = 50
_LONGEST_MESSAGE = 500


class Outcome(StrEnum):
    """How a rule, or all of them, came out; the later the worse."""

    OK = "OK"
    WARNING = "WARNING"
    """A rule of the severity ``warning`` is broken, or it cannot be decided whether a rule is."""
    EMPTY = "EMPTY"
    """A rule found nothing to check: what it watches over is not there."""
    ERROR = "ERROR"
    """A rule of the severity ``error`` is broken."""


_BY_BADNESS = tuple(Outcome)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The worst of some outcomes; ``EMPTY`` of none."""
    return max(outcomes, key=_BY_BADNESS.index, default=Outcome.EMPTY)


class CheckResult(Model):
    """What one rule says of one target: a file, a table, a column or the dataset."""

    rule: str
    """The rule's own name, else its kind."""
    kind: str = ""
    """The rule's kind, such as ``completeness``."""
    target: str
    """For people: ``sales/orders.csv: orders.amount``."""
    outcome: Outcome
    message: str
    """A sentence for people: names, numbers and dates, and texts of cells only where the rule asks for them."""
    expected: Scalar | None = None
    observed: Scalar | None = None
    path: str = ""
    """The file's path, where the target is a file or lies in one."""
    table: str = ""
    column: str = ""


class CheckReport(Model):
    """The results of all rules, in the order of the rules and of the profile."""

    outcome: Outcome
    """The worst of the results."""
    results: tuple[CheckResult, ...]

    @classmethod
    def of(cls, results: Iterable[CheckResult]) -> "CheckReport":
        """The report of some results."""
        kept = tuple(results)
        return cls(outcome=worst(result.outcome for result in kept), results=kept)

    def count(self, outcome: Outcome) -> int:
        """How many results have this outcome."""
        return sum(result.outcome is outcome for result in self.results)

    def passes(self, *, strict: bool = False) -> bool:
        """Whether a gate lets the dataset through.

        What nobody looked at does not pass: ``EMPTY`` counts as little as ``ERROR``.

        :param strict: a ``WARNING`` does not pass either.
        """
        return self.outcome is Outcome.OK or (self.outcome is Outcome.WARNING and not strict)

    def worst_first(self) -> tuple[CheckResult, ...]:
        """The results that are not ``OK``, the worst first, each kind in its order."""
        bad = (result for result in self.results if result.outcome is not Outcome.OK)
        return tuple(sorted(bad, key=lambda result: -_BY_BADNESS.index(result.outcome)))

    def small(self, limit: int = _NAMED) -> dict[str, Any]:
        """The report as JSON-ready values of bounded size, for XCom.

        :param limit: results that are named at most, the worst first; ``left_out`` counts the others that are not OK.
        """
        bad = self.worst_first()
        return {
            "outcome": self.outcome.value,
            "counts": {outcome.value: self.count(outcome) for outcome in Outcome},
            "results": [_small(result) for result in bad[:limit]],
            "left_out": max(0, len(bad) - limit),
        }


def _small(result: CheckResult) -> dict[str, Any]:
    values = result.model_dump(mode="json", include={"rule", "target", "outcome", "message", "expected", "observed"})
    return {
        name: value[: _LONGEST_MESSAGE - 1] + "…" if isinstance(value, str) and len(value) > _LONGEST_MESSAGE else value
        for name, value in values.items()
    }
