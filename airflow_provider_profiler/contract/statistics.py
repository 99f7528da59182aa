"""The statistics of one column, each with the word for how it was computed and its error bound."""

from enum import StrEnum

from airflow_provider_profiler.contract.model import Model

#: A finite number. Integers stay integers: 64-bit values do not fit a double.
Number = int | float
#: A cell's value as documents show it; dates and times as ISO 8601 text.
Scalar = bool | int | float | str


class Method(StrEnum):
    """How a statistic came to be."""

    EXACT = "exact"
    SKETCH = "sketch"
    SAMPLE = "sample"


class Accuracy(Model):
    """How far a statistic may be off.

    ``bound`` is relative for ``distinct`` (0.02 = 2 %, two standard errors), in ranks as a share of the rows
    for ``quantiles``, in mass as a share of the rows for ``histogram``, and in rows for ``top_values``
    (a count may be short by that many). Zero for exact statistics.
    """

    method: Method = Method.EXACT
    bound: float = 0.0


class StatisticsAccuracy(Model):
    """The accuracy of each group of statistics. Counts, extremes, moments and lengths cover all rows, always."""

    distinct: Accuracy = Accuracy()
    quantiles: Accuracy = Accuracy()
    histogram: Accuracy = Accuracy()
    top_values: Accuracy = Accuracy()


class Quantiles(Model):
    """Quantiles, linearly interpolated (type 7 of Hyndman and Fan 1996) where exact."""

    p01: float
    p05: float
    p25: float
    p50: float
    p75: float
    p95: float
    p99: float


class HistogramBin(Model):
    """``count`` values in [low, high), the last bin of a histogram closed on both sides."""

    low: float
    high: float
    count: int


class NumericStatistics(Model):
    """Of the finite numeric values of a column; None where a value is undefined (a variance of one value)."""

    minimum: Number
    maximum: Number
    range: Number
    sum: Number
    mean: float
    variance: float | None
    """With n - 1."""
    standard_deviation: float | None
    skewness: float | None
    """The adjusted Fisher-Pearson coefficient G1, as pandas computes it."""
    kurtosis: float | None
    """Excess kurtosis G2 with bias correction, as pandas computes it."""
    zero_count: int
    negative_count: int
    quantiles: Quantiles | None
    histogram: tuple[HistogramBin, ...] = ()


class TextStatistics(Model):
    """Of the text values of a column; lengths in characters (code points)."""

    minimum_length: int
    mean_length: float
    maximum_length: int
    blank_count: int
    """Values of white space alone."""


class TemporalStatistics(Model):
    """Of the dates, times or moments of a column, as ISO 8601 text."""

    minimum: str
    maximum: str
    granularity: str
    """The coarsest unit that all values share: year, month, day, hour, minute, second or fraction."""


class BooleanStatistics(Model):
    """Of the booleans of a column."""

    true_count: int
    false_count: int


class TopValue(Model):
    """A frequent value and the number of rows that hold it."""

    value: Scalar
    count: int


class NullToken(Model):
    """A word that stands for "no value" (``NA``, ``-``): it stays a value, but takes no part in numbers or types."""

    token: str
    count: int


class ColumnStatistics(Model):
    """What is known about a column's values."""

    row_count: int
    """Rows with a value, as the vocabulary defines it; the table's row count stands at the record set."""
    missing_count: int
    """Rows where the cell is absent or empty."""
    distinct_count: int
    """Of typed values, missing excluded."""
    null_tokens: tuple[NullToken, ...] = ()
    nan_count: int = 0
    infinity_count: int = 0
    numeric: NumericStatistics | None = None
    text: TextStatistics | None = None
    temporal: TemporalStatistics | None = None
    boolean: BooleanStatistics | None = None
    top_values: tuple[TopValue, ...] = ()
    accuracy: StatisticsAccuracy = StatisticsAccuracy()

    @property
    def missing_share(self) -> float:
        """Missing rows as a share of all rows, 0 for a table without rows."""
        total = self.row_count + self.missing_count
        return self.missing_count / total if total else 0.0
