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
    for ``quantiles``, in mass as a share of the rows for ``histogram`` and ``fine_histogram`` (the most by which one
    bin can be off), in rows for ``top_values`` (a count may be short by that many), in shares of the values for
    ``characters`` and ``shapes`` (two standard errors at most), as a share of the rows for duplicate rows (two standard
    errors), and as a difference of the coefficient for correlations. Zero for exact statistics; None where the
    statistic is of a sample of the rows that allows no bound.
    """

    method: Method = Method.EXACT
    bound: float | None = 0.0


class StatisticsAccuracy(Model):
    """The accuracy of each group of statistics.

    ``rows`` is that of counts, extremes, moments and lengths: they cover all rows, unless a sample was asked for.
    """

    rows: Accuracy = Accuracy()
    distinct: Accuracy = Accuracy()
    quantiles: Accuracy = Accuracy()
    histogram: Accuracy = Accuracy()
    fine_histogram: Accuracy = Accuracy()
    top_values: Accuracy = Accuracy()
    characters: Accuracy = Accuracy()
    shapes: Accuracy = Accuracy()


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


class FineHistogram(Model):
    """Counts of equally wide bins from ``low`` to ``high``, the last one closed on both sides.

    There are ten of these bins in each of the coarse histogram's, or one in all where all values are equal.
    """

    low: float
    high: float
    counts: tuple[int, ...]


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
    fine_histogram: FineHistogram | None = None


class CharacterClasses(Model):
    """A count for each class of characters, after their general category in Unicode."""

    letters: int = 0
    """With the marks that are combined with them."""
    digits: int = 0
    white_space: int = 0
    punctuation: int = 0
    """Punctuation and symbols."""
    other: int = 0
    """Numbers that are no decimal digits, control characters, and what Unicode has not assigned."""


class ScriptCount(Model):
    """Letters of one script, such as ``Latin`` or ``Greek``, and the values that hold any of them."""

    script: str
    letters: int
    values: int


class CharacterStatistics(Model):
    """What texts are made of.

    Counts are of all rows where they are exact, else of the sample's distinct values; shares of them are comparable.
    """

    examined: int
    """Values that were looked at: rows, or distinct values of the sample."""
    characters: CharacterClasses
    """Characters of each class in those values."""
    values: CharacterClasses
    """Values that hold a character of the class."""
    scripts: tuple[ScriptCount, ...] = ()
    """Most letters first."""
    mixed_scripts: int = 0
    """Values with a word of three letters or more in which all letters of one script look like letters of another that
    it also holds: a Latin O in a Greek word."""


class ShapeCount(Model):
    """A shape and the number of values that have it; of the sample's distinct values where it is not exact.

    Upper-case letters are ``A``, lower-case letters ``a``, letters without case ``x``, digits ``9``, white space is a
    blank, anything else itself. In shapes of runs ``+`` stands behind a sign that is there more than once.
    """

    shape: str
    count: int


class TextStatistics(Model):
    """Of the text values of a column; lengths in characters (code points)."""

    minimum_length: int
    mean_length: float
    maximum_length: int
    blank_count: int
    """Values of white space alone."""
    characters: CharacterStatistics | None = None
    """None for binary values."""
    shapes: tuple[ShapeCount, ...] = ()
    """The most frequent ones."""
    shape_count: int = 0
    """Different shapes in all the values that were looked at."""


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


class CorrelationMethod(StrEnum):
    """How a correlation is measured."""

    PEARSON = "pearson"
    """Of the values: how close they are to a line."""
    SPEARMAN = "spearman"
    """Of their ranks, equal values sharing the mean of theirs: how close they are to any monotonic relation."""


class Correlation(Model):
    """The correlation of two numeric columns over the rows where both have a finite value."""

    first: str
    second: str
    method: CorrelationMethod
    coefficient: float | None
    """From -1 to 1; None where it is undefined, because one of the columns does not vary in those rows."""
    rows: int
    """Rows that it was computed from."""
    accuracy: Accuracy = Accuracy()


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
