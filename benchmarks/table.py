"""The report as Markdown: targets first, then growth, accuracy, and every input's numbers."""

from collections.abc import Iterable, Sequence

from benchmarks.contenders.contender import CONTENDERS
from benchmarks.results import InputResult, Report, Run
from benchmarks.targets import Verdict, growing

_MIB = 1024 * 1024
_NOTHING = "–"
#: Share of the processors from which on others are in the way, in runs long enough for the clock's ticks to tell.
_DISTURBED = 0.1
_SHORT_SECONDS = 0.2


def markdown(report: Report, verdicts: Sequence[Verdict]) -> str:
    """The whole report."""
    repeats = "one repetition" if report.repeats == 1 else f"medians of {report.repeats} interleaved repetitions"
    parts = [
        "# Benchmark",
        f"Scale `{report.scale}`, {report.workers} workers, {repeats}.",
        "; ".join(f"{name}: {value}" for name, value in report.environment.items()) + ".",
        *_unanswered(report),
        *_disturbance(report),
        *_targets(verdicts),
        *_growth(report),
        *_accuracy(report),
    ]
    for result in report.inputs:
        parts.extend(_input(result, report.workers))
    return "\n\n".join(parts) + "\n"


def rows_of_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; the first column is text, the others are numbers."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _targets(verdicts: Sequence[Verdict]) -> list[str]:
    judged = [verdict for verdict in verdicts if verdict.judged]
    if not verdicts:
        return []
    missed = sum(not verdict.met for verdict in judged)
    rows = [
        (
            verdict.input,
            verdict.what,
            _value(verdict, verdict.value),
            f"<= {_value(verdict, verdict.limit)}",
            _met(verdict),
        )
        for verdict in verdicts
    ]
    return [
        "## Targets",
        f"{len(judged) - missed} met, {missed} missed, {len(verdicts) - len(judged)} told only (the input is smaller "
        "than the target is meant for).",
        rows_of_table(("input", "what", "measured", "target", ""), rows),
    ]


def _unanswered(report: Report) -> list[str]:
    if not report.unanswered:
        return []
    return [f"**We ourselves failed over {', '.join(report.unanswered)}**: there are targets that nothing is said of."]


def _disturbance(report: Report) -> list[str]:
    runs = [run for result in report.inputs for run in result.runs if not run.failure and run.wall > _SHORT_SECONDS]
    disturbed = sum(run.others > _DISTURBED for run in runs)
    if not disturbed:
        return []
    return [
        f"**Other processes had more than {_DISTURBED:.0%} of the processors during {disturbed} of {len(runs)} runs** "
        "(column `others`: the worst repetition): the numbers are not those of a machine at rest."
    ]


def _value(verdict: Verdict, value: float) -> str:
    return (
        f"{value:.0f} {verdict.unit}"
        if verdict.unit == "MiB"
        else f"{value:.{3 if verdict.unit == 's' else 2}f} {verdict.unit}"
    )


def _met(verdict: Verdict) -> str:
    if not verdict.judged:
        return "told only"
    return "met" if verdict.met else "**missed**"


def _growth(report: Report) -> list[str]:
    runs = growing(report)
    if len(runs) < 2:
        return []
    first = runs[0][1]
    rows = [
        (
            f"{result.input.rows:,}",
            f"{run.wall:.2f}",
            f"{run.wall / first.wall:.2f}",
            f"{result.input.rows / runs[0][0].input.rows:g}",
            f"{run.wall / result.input.rows * 1e6:.3f}",
            _mebibytes(run.peak),
            _mebibytes(run.peak_of_worker(report.workers)),
        )
        for result, run in runs
    ]
    header = ("rows", "wall s", "times the first", "rows by the first", "s per million rows", "peak MiB", "a worker")
    return ["## Growth", "Ours, inline, over taxi tables of different length as CSV.", rows_of_table(header, rows)]


def _accuracy(report: Report) -> list[str]:
    rows = []
    for result in report.inputs:
        for contender, found in result.accuracy.items():
            rows.append(
                (
                    result.input.name,
                    CONTENDERS[contender].title,
                    str(found.rows_off),
                    _count(found.missing_off),
                    _count(found.extremes_wrong),
                    _error(found.mean_error),
                    _error(found.distinct_error),
                    _error(found.rank_error),
                    _error(found.mass_error),
                )
            )
    if not rows:
        return []
    counts = ("rows off", "missing off", "extremes wrong")
    header = ("input", "contender", *counts, "mean", "distinct", "quantile ranks", "histogram mass")
    return [
        "## Accuracy",
        "The worst column's error against the exact answer: of the mean by the largest magnitude, of distinct values "
        "by their number, of ranks and mass by the number of values. Extremes: columns where one is wrong.",
        rows_of_table(header, rows),
    ]


def _input(result: InputResult, workers: int) -> list[str]:
    floor, duckdb = result.floor, result.run("duckdb")
    rows = []
    for run in result.runs:
        if run.failure:
            rows.append((CONTENDERS[run.contender].title, run.failure.replace("|", "/"), *[_NOTHING] * 8))
            continue
        rows.append(
            (
                CONTENDERS[run.contender].title,
                _seconds(run.wall),
                f"{_seconds(min(run.walls))} … {_seconds(max(run.walls))}",
                _seconds(run.cpu),
                _mebibytes(run.peak),
                _mebibytes(run.peak_of_worker(workers)),
                f"{run.start:.1f}",
                f"{run.others:.0%}",
                f"{run.wall / floor.wall:.2f}" if floor else _NOTHING,
                f"{run.wall / duckdb.wall:.2f}" if duckdb else _NOTHING,
            )
        )
    header = (
        "contender",
        "wall s",
        "from … to",
        "CPU s",
        "peak MiB",
        "a worker",
        "start s",
        "others",
        "x floor",
        "x DuckDB",
    )
    title = f"## {result.input.name} ({result.input.rows:,} rows, {result.bytes / 1e6:,.1f} MB)"
    return [title, rows_of_table(header, rows), *_phases(result.run("us"))]


def _phases(us: Run | None) -> list[str]:
    parts = [] if us is None else [(name, us.phase(name)) for name in ("light", "heavy")]
    told = [f"{name} {_seconds(seconds)} s" for name, seconds in parts if seconds is not None]
    return (
        [f"Ours by stage (light: finding the file, its checksum; heavy: its content): {', '.join(told)}."]
        if told
        else []
    )


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value >= 0.995 else f"{value:.3f}"


def _mebibytes(value: float) -> str:
    return f"{value / _MIB:.0f}"


def _count(value: int | None) -> str:
    return _NOTHING if value is None else str(value)


def _error(value: float | None) -> str:
    if value is None:
        return _NOTHING
    return "0" if value == 0 else f"{value:.1e}"
