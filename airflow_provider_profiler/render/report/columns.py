"""A column as the report shows it: a line in a list, and what opens below it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from airflow_provider_profiler.contract.profile import DataType, Field, QualityError, RecordSet
from airflow_provider_profiler.contract.statistics import ColumnStatistics
from airflow_provider_profiler.render.report import charts
from airflow_provider_profiler.render.report.figures import accuracy, day_and_time, number, rounded, scalar
from airflow_provider_profiler.render.text import percentage

#: Characters of a value that are shown; the others are in ``profile.json``. A column's part of a page has its bounds.
_LONGEST_VALUE = 120
_MOST_VALUES = 10
_MOST_SHAPES = 8
#: What values look like that says no more than their type does.
_SAY_NO_MORE = ("text", "datetime", "boolean")
#: Share of the rows from which on the most frequent value says more of a column than how far its values reach.
FREQUENT = 0.01


@dataclass(frozen=True)
class ShareView:
    """A value, a shape or a word, and how many rows have it."""

    text: str
    count: int
    share: float
    """Of the rows with a value, 0 to 1."""

    @property
    def percent(self) -> str:
        """The share for people."""
        return percentage(self.share)

    @property
    def width(self) -> str:
        """The share as the length of a bar, 0 to 100."""
        return f"{100 * min(1.0, self.share):.2f}"


@dataclass(frozen=True)
class Fact:
    """A name and what is known under it."""

    name: str
    value: str
    note: str = ""
    """How exact it is, where it is not."""


@dataclass(frozen=True)
class ColumnView:
    """A column."""

    anchor: str
    field: Field
    quality: tuple[QualityError, ...]

    @property
    def statistics(self) -> ColumnStatistics:
        """What is known of its values."""
        return self.field.statistics

    @property
    def type(self) -> str:
        """The type's name."""
        return self.field.data_type.word

    @property
    def family(self) -> str:
        """A word for the kind of type, which has a colour."""
        if self.field.data_type in (DataType.INTEGER, DataType.FLOAT):
            return "number"
        if self.field.data_type in (DataType.DATE, DataType.DATE_TIME, DataType.TIME):
            return "moment"
        return "boolean" if self.field.data_type is DataType.BOOLEAN else "text"

    @property
    def meaning(self) -> str:
        """What its values look like, where that is more than the type says."""
        found = (self.field.semantic_type or "").replace("_", " ")
        return "" if found in (*_SAY_NO_MORE, self.field.name.lower()) else found

    @property
    def words(self) -> str:
        """What a search finds it by, in lower case."""
        semantic = " ".join(item.type for item in self.field.semantic_types)
        return f"{self.field.name} {self.field.original_name} {self.type} {semantic}".lower()

    @property
    def missing(self) -> str:
        """The share of rows without a value."""
        return percentage(self.statistics.missing_share)

    @property
    def missing_width(self) -> str:
        """The same as the length of a bar, 0 to 100."""
        return f"{100 * self.statistics.missing_share:.2f}"

    @property
    def distinct(self) -> str:
        """How many different values there are; marked where that is not the count that counting would give."""
        about = "≈" if self.statistics.accuracy.distinct.bound else ""
        return f"{about}{self.statistics.distinct_count:,}"

    @property
    def spark(self) -> str:
        """The coarse histogram as path data, or an empty text."""
        numeric = self.statistics.numeric
        return "" if numeric is None else charts.bars(self._whole or charts.counts_of(numeric, fine=False))

    @property
    def histogram(self) -> str:
        """The fine histogram as path data, or an empty text."""
        numeric = self.statistics.numeric
        return "" if numeric is None else charts.bars(self._whole or charts.counts_of(numeric, fine=True))

    @cached_property
    def _whole(self) -> tuple[int, ...]:
        """The counts of whole numbers that lie close together, one by one; else empty."""
        numeric = self.statistics.numeric
        if numeric is None or numeric.fine_histogram is None or self.field.data_type is not DataType.INTEGER:
            return ()
        return charts.whole_counts(numeric.fine_histogram)

    @property
    def box(self) -> charts.Box | None:
        """Where the middle half of the numbers lies."""
        return None if self.statistics.numeric is None else charts.box_of(self.statistics.numeric)

    @property
    def span(self) -> str:
        """From the least to the greatest value, for a line."""
        statistics = self.statistics
        if statistics.temporal is not None:
            return f"{day_and_time(statistics.temporal.minimum)} to {day_and_time(statistics.temporal.maximum)}"
        if statistics.numeric is not None:
            return f"{number(statistics.numeric.minimum)} to {number(statistics.numeric.maximum)}"
        return ""

    @cached_property
    def top(self) -> tuple[ShareView, ...]:
        """The most frequent values; none where each is there once."""
        statistics = self.statistics
        found = statistics.top_values[:_MOST_VALUES]
        if not found or (found[0].count <= 1 and statistics.row_count > 1):
            return ()
        rows = max(statistics.row_count, 1)
        return tuple(ShareView(short(scalar(item.value)), item.count, item.count / rows) for item in found)

    @property
    def has_frequent(self) -> bool:
        """Whether one value is frequent enough to stand for the column in a line."""
        return bool(self.top) and self.top[0].share >= FREQUENT

    @property
    def shapes(self) -> tuple[ShareView, ...]:
        """What the texts look like."""
        text = self.statistics.text
        if text is None or text.characters is None:
            return ()
        examined = max(text.characters.examined, 1)
        found = text.shapes[:_MOST_SHAPES]
        return tuple(ShareView(short(item.shape), item.count, item.count / examined) for item in found)

    @property
    def votes(self) -> tuple[tuple[ShareView, tuple[str, ...]], ...]:
        """The evidence for the type: what values were taken for, with examples of those that lost."""
        total = max(sum(vote.count for vote in self.field.votes), 1)
        return tuple(
            (
                ShareView(vote.type.replace("_", " "), vote.count, vote.count / total),
                tuple(short(item) for item in vote.examples),
            )
            for vote in self.field.votes
        )

    @property
    def examples(self) -> tuple[str, ...]:
        """The first values."""
        return tuple(short(scalar(value)) for value in self.field.sample)

    def facts(self) -> Iterator[Fact]:
        """Everything that is a name and a figure."""
        statistics, field, told = self.statistics, self.field, self.statistics.accuracy
        yield Fact("Rows with a value", number(statistics.row_count))
        yield Fact("Missing", f"{number(statistics.missing_count)} ({self.missing})")
        yield Fact("Distinct", number(statistics.distinct_count), _unless_exact(accuracy(told.distinct)))
        if field.semantic_types:
            yield Fact(
                "Looks like", ", ".join(f"{item.type} {percentage(item.share)}" for item in field.semantic_types)
            )
        if field.physical_type not in ("", "text"):
            yield Fact("Stored as", field.physical_type)
        if field.format:
            yield Fact("Format", field.format)
        if field.unit:
            yield Fact(
                "Unit", field.unit if field.currency in (None, field.unit) else f"{field.unit} ({field.currency})"
            )
        if field.nullable is not None:
            yield Fact("May be missing", "yes" if field.nullable else "no")
        for token in statistics.null_tokens:
            yield Fact(f"Stands for no value: “{short(token.token)}”", number(token.count))
        if statistics.nan_count:
            yield Fact("NaN", number(statistics.nan_count))
        if statistics.infinity_count:
            yield Fact("Infinite", number(statistics.infinity_count))
        yield from _numeric_facts(statistics)
        yield from _text_facts(statistics)
        if statistics.temporal is not None:
            yield Fact("Earliest", day_and_time(statistics.temporal.minimum))
            yield Fact("Latest", day_and_time(statistics.temporal.maximum))
            yield Fact("Finest unit", statistics.temporal.granularity)

    def quantiles(self) -> Iterator[Fact]:
        """The quantiles of its numbers."""
        numeric = self.statistics.numeric
        if numeric is None or numeric.quantiles is None:
            return
        for name, value in numeric.quantiles:
            yield Fact("Median" if name == "p50" else f"{int(name[1:])}% are at most", number(value))

    @property
    def quantiles_note(self) -> str:
        """How exact the quantiles are, where they are not."""
        return _unless_exact(accuracy(self.statistics.accuracy.quantiles))


def columns_of(record_set: RecordSet, anchor: str) -> Iterator[ColumnView]:
    """The columns of a table in their order.

    :param anchor: the table's, which those of its columns begin with.
    """
    quality: dict[str, list[QualityError]] = {}
    for error in record_set.quality:
        quality.setdefault(error.column, []).append(error)
    for place, field in enumerate(record_set.fields):
        yield ColumnView(f"{anchor}-c{place}", field, tuple(quality.get(field.name, ())))


def short(text: str) -> str:
    """A value, cut where it is very long."""
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _unless_exact(told: str) -> str:
    return "" if told == "exact" else told


def _numeric_facts(statistics: ColumnStatistics) -> Iterator[Fact]:
    numeric = statistics.numeric
    if numeric is None:
        return
    yield Fact("Minimum", number(numeric.minimum))
    yield Fact("Maximum", number(numeric.maximum))
    yield Fact("Mean", rounded(numeric.mean))
    if numeric.standard_deviation is not None:
        yield Fact("Standard deviation", rounded(numeric.standard_deviation))
    yield Fact("Sum", number(numeric.sum))
    if numeric.skewness is not None:
        yield Fact("Skewness", rounded(numeric.skewness))
    if numeric.kurtosis is not None:
        yield Fact("Kurtosis", rounded(numeric.kurtosis))
    yield Fact("Zeros", number(numeric.zero_count))
    yield Fact("Negative", number(numeric.negative_count))


def _text_facts(statistics: ColumnStatistics) -> Iterator[Fact]:
    text = statistics.text
    if text is None:
        return
    if text.minimum_length == text.maximum_length:
        yield Fact("Length", f"{number(text.minimum_length)} each")
    else:
        lengths = f"{number(text.minimum_length)} to {number(text.maximum_length)}, mean {rounded(text.mean_length)}"
        yield Fact("Length", lengths)
    if text.blank_count:
        yield Fact("Only white space", number(text.blank_count))
    if text.characters is None:
        return
    classes = {name: count for name, count in text.characters.characters if count}
    total = max(sum(classes.values()), 1)
    told = ", ".join(f"{name.replace('_', ' ')} {percentage(count / total)}" for name, count in classes.items())
    if told:
        yield Fact("Characters", told, _unless_exact(accuracy(statistics.accuracy.characters)))
    if len(text.characters.scripts) > 1:
        yield Fact("Scripts", ", ".join(item.script for item in text.characters.scripts))
    if text.characters.mixed_scripts:
        yield Fact("Words that mix scripts", number(text.characters.mixed_scripts))
