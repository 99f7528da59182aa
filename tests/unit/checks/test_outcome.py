"""Reports: what they come to, who passes, and how small they get."""

import json

import pytest

from airflow_provider_profiler.checks.outcome import CheckReport, CheckResult, Outcome, worst


def result(outcome: Outcome, message: str = "m", rule: str = "r") -> CheckResult:
    return CheckResult(rule=rule, target="t", outcome=outcome, message=message)


@pytest.mark.parametrize(
    ("outcomes", "expected", "passes", "strictly"),
    [
        ("OK", "OK", True, True),
        ("OK WARNING", "WARNING", True, False),
        ("WARNING EMPTY OK", "EMPTY", False, False),
        ("EMPTY ERROR", "ERROR", False, False),
        ("", "EMPTY", False, False),
    ],
)
def test_the_worst_counts(outcomes: str, expected: str, passes: bool, strictly: bool) -> None:
    report = CheckReport.of(result(Outcome(word)) for word in outcomes.split())
    assert report.outcome == expected == worst(item.outcome for item in report.results)
    assert (report.passes(), report.passes(strict=True)) == (passes, strictly)


def test_a_small_report_is_small_and_names_the_worst() -> None:
    many = [result(Outcome.WARNING, "x" * 5000, rule=f"w{number}") for number in range(1000)]
    report = CheckReport.of([result(Outcome.OK), *many, result(Outcome.ERROR, rule="last")])
    small = report.small()
    assert small["counts"] == {"OK": 1, "WARNING": 1000, "EMPTY": 0, "ERROR": 1}
    assert [item["rule"] for item in small["results"][:2]] == ["last", "w0"]
    assert (len(small["results"]), small["left_out"]) == (50, 951)
    assert len(json.dumps(small)) < 48_000
