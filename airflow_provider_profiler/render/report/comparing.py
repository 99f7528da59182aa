"""Two profiles side by side as one HTML page, with what changed marked and the distributions laid over each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from airflow_provider_profiler.checks.comparison import (
    ColumnComparison,
    Comparison,
    TableComparison,
)
from airflow_provider_profiler.checks.distance import Cumulative, cumulative
from airflow_provider_profiler.contract.drift import FileDrift, Presence
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.statistics import ColumnStatistics
from airflow_provider_profiler.render.report import charts
from airflow_provider_profiler.render.report.columns import FREQUENT, ColumnView, ShareView, short
from airflow_provider_profiler.render.report.figures import day_and_time, number, rounded, scalar, when
from airflow_provider_profiler.render.report.page import page_chunks
from airflow_provider_profiler.render.text import percentage

#: Bins of two distributions that are laid over each other, from the least to the greatest value of both.
_BINS = 40
#: A bin's share is drawn as a whole number of so many parts.
_PARTS = 1_000_000
_MOST_VALUES = 8


@dataclass(frozen=True)
class SideBySide:
    """A figure in both profiles."""

    name: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        """Whether it is other."""
        return self.before != self.after


@dataclass(frozen=True)
class Overlay:
    """Two histograms over the same bins, as path data."""

    before: str
    after: str
    low: str
    high: str


@dataclass(frozen=True)
class ColumnChange:
    """A column as the page shows it."""

    anchor: str
    position: int
    column: ColumnComparison

    @cached_property
    def view(self) -> ColumnView:
        """The column as the report shows it; the later one of two."""
        field = self.column.after or self.column.before
        if field is None:
            raise AssertionError("a column is in one of the profiles")
        return ColumnView(self.anchor, field, ())

    @property
    def moved(self) -> str:
        """How far the distribution moved."""
        return "" if self.column.distance is None else percentage(self.column.distance)

    def figures(self) -> Iterator[SideBySide]:
        """Figures of both."""
        before, after = self.column.before, self.column.after
        if before is None or after is None:
            return
        sides = [dict(_figures(item.statistics)) for item in (before, after)]
        for name in dict.fromkeys((*sides[0], *sides[1])):
            yield SideBySide(name, sides[0].get(name, "–"), sides[1].get(name, "–"))

    @cached_property
    def overlay(self) -> Overlay | None:
        """Both histograms; None where there are not two."""
        before, after = self.column.before, self.column.after
        if before is None or after is None:
            return None
        one, other = cumulative(before.statistics), cumulative(after.statistics)
        return None if one is None or other is None else _overlaid(one, other)

    @property
    def values(self) -> list[tuple[str, ShareView | None, ShareView | None]]:
        """The frequent values of both with their shares."""
        before, after = self.column.before, self.column.after
        if before is None or after is None or self.overlay is not None:
            return []
        sides = [_shares(item.statistics) for item in (before, after)]
        weight = {text: sum(side[text].share for side in sides if text in side) for text in (*sides[0], *sides[1])}
        if max(weight.values(), default=0.0) < FREQUENT:
            return []
        most = sorted(weight, key=lambda text: (-weight[text], text))[:_MOST_VALUES]
        return [(short(text), sides[0].get(text), sides[1].get(text)) for text in most]


@dataclass(frozen=True)
class TableChange:
    """A table as the page shows it."""

    anchor: str
    table: TableComparison

    def columns(self) -> Iterator[ColumnChange]:
        """Its columns: what changed first, each kind in the order of the table."""
        order = {Presence.CHANGED: 0, Presence.ADDED: 0, Presence.REMOVED: 0, Presence.SAME: 1}
        entries = sorted(enumerate(self.table.columns), key=lambda item: (order[item[1].presence], item[0]))
        for place, column in entries:
            yield ColumnChange(f"{self.anchor}-c{place}", place, column)


def comparison_chunks(comparison: Comparison, before: str = "", after: str = "") -> Iterator[bytes]:
    """The page piece by piece, in UTF-8.

    :param before: what the first profile is called; its dataset's name where it is empty.
    :param after: the second one's.
    """
    tables = [TableChange(f"t{place}", table) for place, table in enumerate(comparison.tables)]
    names = [before or _name(comparison.before), after or _name(comparison.after)]
    if names[0] == names[1]:
        names = [f"{name}, {word}" for name, word in zip(names, ("before", "after"), strict=True)]
    summaries = [comparison.before.summary(), comparison.after.summary()]
    totals = [
        SideBySide(name if other == 1 else plural, number(one), number(other))
        for name, plural, one, other in (
            ("file", "files", summaries[0].files, summaries[1].files),
            ("table", "tables", summaries[0].record_sets, summaries[1].record_sets),
            ("row", "rows", summaries[0].rows, summaries[1].rows),
            ("column", "columns", summaries[0].columns, summaries[1].columns),
            ("file failed", "files failed", summaries[0].failed, summaries[1].failed),
        )
    ]
    yield from page_chunks(
        "comparison.html.j2",
        {
            "title": f"{names[0]} → {names[1]}",
            "comparison": comparison,
            "names": names,
            "times": [when(side.generated_at) for side in (comparison.before, comparison.after)],
            "tables": tables,
            "file_words": _file_words(comparison.files),
            "totals": totals,
            "changed": sum(table.presence is not Presence.SAME for table in comparison.tables),
        },
    )


def _file_words(files: FileDrift) -> str:
    counts = [
        (len(files.added), "added"),
        (len(files.removed), "removed"),
        (len(files.changed), "changed"),
        (files.same, "the same"),
    ]
    return ", ".join(f"{count:,} {word}" for count, word in counts if count) + "." if any(dict(counts)) else "None."


def _name(profile: DatasetProfile) -> str:
    return profile.specification.name.strip() or str(profile.dataset_id)


def _figures(statistics: ColumnStatistics) -> Iterator[tuple[str, str]]:
    yield "Rows with a value", number(statistics.row_count)
    yield "Missing", percentage(statistics.missing_share)
    yield "Distinct", number(statistics.distinct_count)
    if statistics.numeric is not None:
        numeric = statistics.numeric
        yield "Minimum", number(numeric.minimum)
        if numeric.quantiles is not None:
            yield "Median", number(numeric.quantiles.p50)
        yield "Mean", rounded(numeric.mean)
        yield "Maximum", number(numeric.maximum)
        yield "Standard deviation", rounded(numeric.standard_deviation)
    if statistics.temporal is not None:
        yield "Earliest", day_and_time(statistics.temporal.minimum)
        yield "Latest", day_and_time(statistics.temporal.maximum)
    if statistics.text is not None:
        yield "Mean length", rounded(statistics.text.mean_length)


def _shares(statistics: ColumnStatistics) -> dict[str, ShareView]:
    rows = max(statistics.row_count, 1)
    return {
        scalar(item.value): ShareView(scalar(item.value), item.count, item.count / rows)
        for item in statistics.top_values
    }


def _overlaid(one: Cumulative, other: Cumulative) -> Overlay:
    low, high = min(one.edges[0], other.edges[0]), max(one.edges[-1], other.edges[-1])
    step = high / _BINS - low / _BINS
    edges = [low + step * place for place in range(_BINS)] + [high]
    shares = [
        # The first bin is closed on both sides, for what lies on its lower edge lies in no other.
        [round(_PARTS * (side.below(end) - (side.below(start) if place else 0.0))) for place, (start, end) in bins]
        for side in (one, other)
        for bins in [list(enumerate(pairwise(edges)))]
    ]
    highest = max(*shares[0], *shares[1], 1)
    return Overlay(charts.bars(shares[0], highest), charts.bars(shares[1], highest), number(low), number(high))
