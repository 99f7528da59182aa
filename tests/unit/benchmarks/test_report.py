"""Medians, ratios and verdicts, as the report shows them."""

import json

from benchmarks.accuracy import Accuracy
from benchmarks.inputs import Input
from benchmarks.measuring import Measurement
from benchmarks.results import InputResult, Report, Run
from benchmarks.table import markdown
from benchmarks.targets import verdicts

MIB = 1024 * 1024


def run(contender: str, *walls: float, peak: int = 400, child: int = 0, others: float = 0.0) -> Run:
    measurements = [
        Measurement(
            start_seconds=0.5,
            wall_seconds=(wall,),
            cpu_seconds=2 * wall,
            peak_bytes=peak * MIB,
            largest_child_bytes=child * MIB,
            others_share=others,
        )
        for wall in walls
    ]
    return Run(contender, tuple(measurements))


def result(rows: int, *runs: Run, recipe: str = "taxi", ending: str = "csv") -> InputResult:
    return InputResult(Input(recipe, rows, ending), 10**9, runs)


def report(*results: InputResult, scale: str = "full", repeats: int = 3) -> Report:
    return Report(scale, 2, repeats, {"processor": "abacus"}, results)


TAXI = result(
    10_000_000,
    run("us", 5.0, 2.0, 2.5),
    run("floor-threads", 2.2, 2.2, 2.2),
    run("floor-processes", 2.0, 9.0, 2.0, child=90),
    run("duckdb", 12.5, 12.5, 12.5),
    run("us-ray", 3.5, 3.5, 3.5, child=310),
)


def test_ratios_are_of_medians_and_against_the_faster_floor() -> None:
    found = {verdict.what: verdict for verdict in verdicts(report(TAXI))}
    assert {what: (round(verdict.value, 3), verdict.met) for what, verdict in found.items()} == {
        "time by parsing alone": (1.25, True),
        "time by DuckDB SUMMARIZE": (0.2, True),
        "memory of a worker": (200.0, True),
        "time on warm Ray by inline": (1.4, False),
    }
    assert all(verdict.judged for verdict in found.values())


def test_the_table_shows_them() -> None:
    text = markdown(report(TAXI), verdicts(report(TAXI)))
    assert "3 met, 1 missed, 0 told only" in text
    assert "| taxi_10m.csv | time on warm Ray by inline | 1.40 x | <= 1.30 x | **missed** |" in text
    us, *_ = [line for line in text.splitlines() if line.startswith("| **us**, inline")]
    cells = us.strip("| ").split(" | ")
    assert cells[1:] == ["2.50", "2.00 … 5.00", "5.00", "400", "200", "0.5", "0%", "1.25", "0.20"]
    # The worker of a pool is its largest process, and the floor is the floor of the other one too.
    processes, *_ = [line for line in text.splitlines() if line.startswith("| parse only, processes")]
    assert processes.strip("| ").split(" | ")[5] == "90"


def test_limits_are_those_of_the_kind() -> None:
    runs = (run("us", 3.0), run("floor-threads", 1.0), run("duckdb", 4.0))
    kinds = {"wide": ("wide", "csv"), "strings": ("strings", "csv"), "parquet": ("taxi", "one_group.parquet")}
    found = {
        kind: [(verdict.limit, verdict.met) for verdict in verdicts(report(result(20_000, *runs, recipe=r, ending=e)))]
        for kind, (r, e) in kinds.items()
    }
    assert found == {
        "wide": [(3.5, True), (0.45, False), (450.0, True)],
        "strings": [(1.6, False), (1.0, True), (300.0, True)],
        "parquet": [(2.0, False), (0.15, False), (400.0, True)],
    }


def test_the_small_scale_is_told_and_not_judged() -> None:
    found = verdicts(report(TAXI, scale="small"))
    assert [verdict.what for verdict in found if verdict.judged] == ["memory of a worker", "time on warm Ray by inline"]


def test_growth_is_against_the_rows() -> None:
    lengths = [result(10**6, run("us", 1.0)), result(10**7, run("us", 9.0)), result(3 * 10**7, run("us", 28.0))]
    judged = [verdict for verdict in verdicts(report(*lengths)) if " by taxi" in verdict.what]
    assert [(verdict.input, verdict.limit, verdict.met) for verdict in judged] == [
        ("taxi_10m.csv", 10.0, True),
        ("taxi_30m.csv", 3.0, False),
    ]
    text = markdown(report(*lengths), judged)
    assert "| 30,000,000 | 28.00 | 28.00 | 30 | 0.933 | 400 | 200 |" in text


def test_a_small_file_is_judged_by_its_median_seconds() -> None:
    small = Run("us", (Measurement(wall_seconds=(0.2, 0.1, 0.11)),))
    (verdict,) = verdicts(report(result(1_000, small)))
    assert (verdict.value, verdict.limit, verdict.met) == (0.11, 0.120, True)


def test_what_failed_is_told_and_takes_part_in_nothing() -> None:
    failed = Run("duckdb", (Measurement(failure="took longer than 300 s"),))
    item = result(10_000_000, run("us", 3.0), run("floor-threads", 1.0), failed)
    text = markdown(report(item), verdicts(report(item)))
    assert "| DuckDB SUMMARIZE | took longer than 300 s |" in text
    assert "time by DuckDB" not in text
    document = json.loads(report(item).as_json([]))
    assert document["inputs"][0]["runs"][2]["failure"] == "took longer than 300 s"


def test_our_own_failure_is_told_first() -> None:
    ours = Run("us", (Measurement(failure="ValueError: a | b"),))
    item = result(10_000_000, ours, run("duckdb", 3.0))
    assert report(item).unanswered == ("taxi_10m.csv",)
    assert report(TAXI).unanswered == ()
    text = markdown(report(item), verdicts(report(item)))
    assert "**We ourselves failed over taxi_10m.csv**" in text
    assert "| **us**, inline | ValueError: a / b | – |" in text


def test_a_disturbed_machine_is_told() -> None:
    calm, busy = run("us", 3.0, others=0.05), run("duckdb", 3.0, others=0.4)
    assert "Other processes" not in markdown(report(result(10**6, calm)), [])
    assert "during 1 of 2 runs" in markdown(report(result(10**6, calm, busy)), [])


def test_json_holds_every_repetition_the_ratios_and_the_verdicts() -> None:
    whole = report(TAXI)
    document = json.loads(whole.as_json(verdicts(whole)))
    us = document["inputs"][0]["runs"][0]
    assert [each["wall_seconds"] for each in us["measurements"]] == [[5.0], [2.0], [2.5]]
    assert (us["wall_seconds"], us["against_floor"], us["against_duckdb"]) == (2.5, 1.25, 0.2)
    assert len(document["targets"]) == 4


def test_errors_are_shown_and_what_is_not_told_is_a_dash() -> None:
    accuracy = Accuracy(0, None, 0, 1e-16, 0.0123, 0.0, None)
    item = InputResult(Input("taxi", 10**6), 10**9, (run("us", 1.0),), {"us": accuracy})
    text = markdown(report(item), [])
    assert "| taxi_1m.csv | **us**, inline | 0 | – | 0 | 1.0e-16 | 1.2e-02 | 0 | – |" in text
