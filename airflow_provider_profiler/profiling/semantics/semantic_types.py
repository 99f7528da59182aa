"""What the values of columns stand for, decided from what is remembered of them: the definitions are in docs/types.md.

Nothing is read again. Texts are looked at by their distinct values: all of them where they are listed, so that shares
are exact, and those of a sample where they are too many. Names are hints that never suffice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Final

import numpy as np

from airflow_provider_profiler.contract.profile import DataType, SemanticType
from airflow_provider_profiler.contract.statistics import ColumnStatistics, Method, NumericStatistics, Scalar
from airflow_provider_profiler.profiling.semantics.column_type import ColumnProfile
from airflow_provider_profiler.profiling.semantics.coordinates import coordinates
from airflow_provider_profiler.profiling.semantics.name_hints import (
    names_flag,
    names_identifier,
    names_moment,
    names_phone,
    names_year,
)
from airflow_provider_profiler.profiling.semantics.value_patterns import (
    Weighed,
    are_codes,
    are_digits,
    are_emails,
    are_padded,
    are_urls,
    are_uuids,
    have_words,
    weighed,
)
from airflow_provider_profiler.profiling.statistics.column import ColumnState
from airflow_provider_profiler.profiling.statistics.texts import TextKind, TextState

#: The most telling first.
ORDER: Final = (
    *("url", "email", "uuid", "file_reference", "latitude", "longitude"),
    *("identifier", "datetime", "boolean", "category", "measure", "text"),
)
#: From this share on a pattern says what the column holds.
LEAST_SHARE = 0.5
#: Of the values of a column of codes, those that have to be codes, and to be different.
NEARLY_ALL = 0.95
#: Fewer values are unique by chance.
_FEWEST_CODES = 3
#: Of numbers, no more different ones are categories; of texts, no more.
_MOST_NUMBERS = 20
_MOST_TEXTS = 1000
#: How often each category of a text is there on average, where there are more than the square root of the values.
_REPEATED = 10
#: Categories are short, in characters on average.
_LONGEST_CATEGORY = 64
_YEARS = (1000, 2200)
#: Moments as seconds or milliseconds since 1970, from 2001 to 2065.
_EPOCHS = ((1_000_000_000, 3_000_000_000), (1_000_000_000_000, 3_000_000_000_000))
_WHOLE_KINDS = ("list", "large_list", "fixed_size_list", "struct", "map")
_DATES = ("date", "time", "long_time", "month")


@dataclass(frozen=True)
class Seen:
    """A column: its name, the type of its values, what is remembered of it, and what was found out from that."""

    name: str
    values_type: str
    """``text`` or an Arrow type."""
    state: ColumnState
    profile: ColumnProfile

    @property
    def present(self) -> int:
        """Values that say something: present, and no word for "no value"."""
        statistics = self.profile.statistics
        return statistics.row_count - sum(token.count for token in statistics.null_tokens)

    @property
    def numeric(self) -> bool:
        """Whether the column holds numbers."""
        return self.profile.data_type in (DataType.INTEGER, DataType.FLOAT)


def semantic_types(columns: Sequence[Seen]) -> tuple[tuple[SemanticType, ...], ...]:
    """The semantic types of the columns of one table, the most telling first; none where nothing fits.

    A type's share is that of the values that carry it, among those that say something.
    """
    places = coordinates(
        [
            (column.name, column.profile) if column.profile.data_type is DataType.FLOAT else (column.name, None)
            for column in columns
        ]
    )
    return tuple(
        _ordered({place: column.profile.typed_share} if place else _types(column))
        for column, place in zip(columns, places, strict=True)
    )


def with_type(types: Sequence[SemanticType], kind: str, share: float) -> tuple[SemanticType, ...]:
    """The types with one more in its place; its greater share where it is there already."""
    shares = {item.type: item.share for item in types}
    shares[kind] = max(share, shares.get(kind, 0.0))
    return _ordered(shares)


def _ordered(shares: dict[str, float]) -> tuple[SemanticType, ...]:
    # Sums of floats are not at stake, but nothing must be above the whole.
    return tuple(SemanticType(type=kind, share=min(1.0, shares[kind])) for kind in ORDER if shares.get(kind))


def _types(column: Seen) -> dict[str, float]:
    profile = column.profile
    if column.present <= 0:
        return {}
    if profile.data_type in (DataType.DATE, DataType.DATE_TIME, DataType.TIME):
        return {"datetime": profile.typed_share}
    if profile.data_type is DataType.BOOLEAN:
        return {"boolean": profile.typed_share}
    return _of_numbers(column) if column.numeric else _of_texts(column)


def _of_numbers(column: Seen) -> dict[str, float]:
    """Numbers are measures unless something speaks for another meaning."""
    profile, share = column.profile, column.profile.typed_share
    numeric = profile.statistics.numeric
    if numeric is None:
        return {}
    if profile.unit is not None or not _whole(column):
        return {"measure": share}
    if _moments(column, numeric):
        return {"datetime": share}
    found = {}
    if names_identifier(column.name) and numeric.minimum >= 0:
        found["identifier"] = share
    if _few_numbers(column):
        flag = names_flag(column.name) and (numeric.minimum, numeric.maximum) == (0, 1)
        found["boolean" if flag else "category"] = share
    return found or {"measure": share}


def _moments(column: Seen, numeric: NumericStatistics) -> bool:
    """Whether whole numbers are years, dates of eight digits, or seconds since 1970."""
    low, high = numeric.minimum, numeric.maximum
    if names_year(column.name) and _YEARS[0] <= low <= high <= _YEARS[1]:
        return True
    if column.profile.compact_dates and not names_identifier(column.name):
        return True
    return names_moment(column.name) and any(first <= low <= high <= last for first, last in _EPOCHS)


def _of_texts(column: Seen) -> dict[str, float]:
    texts = column.state.values
    binary = not isinstance(texts, TextState) or texts.values.kind is TextKind.BINARY
    if binary or column.values_type.startswith(_WHOLE_KINDS):
        return {}
    found = _distinct(column)
    if not found.total:
        return {}
    urls, emails, uuids = are_urls(found.texts), are_emails(found.texts), are_uuids(found.texts)
    shares = {"url": found.share(urls), "email": found.share(emails), "uuid": found.share(uuids)}
    shares = {kind: share for kind, share in shares.items() if share >= LEAST_SHARE}
    dates = _dates(column)
    if dates >= LEAST_SHARE:
        return {**shares, "datetime": dates}
    if column.profile.list_separator:
        return shares
    codes = are_codes(found.texts) & ~(urls | emails | uuids)
    identified = _identified(column, found, codes)
    if identified:
        shares["identifier"] = identified
    repeated = _repeated(column, found)
    if repeated:
        shares["category"] = repeated
    words = found.share(have_words(found.texts) & ~(urls | emails | uuids | codes))
    if words >= LEAST_SHARE:
        shares["text"] = words
    return shares


def _identified(column: Seen, found: Weighed, codes: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    """The share of codes, where they identify: hardly any twice, so called, or with zeros that numbers would lose."""
    if names_phone(column.name) or _voted(column, ("phone_number",)) >= LEAST_SHARE:
        return 0.0
    digits = are_digits(found.texts)
    if found.share(digits) >= NEARLY_ALL and are_padded(found.texts).any():
        return found.share(digits)
    share = found.share(codes)
    distinct = column.profile.statistics.distinct_count
    unique = distinct >= NEARLY_ALL * column.present and column.present >= _FEWEST_CODES
    return share if share >= NEARLY_ALL and (unique or names_identifier(column.name)) else 0.0


def _repeated(column: Seen, found: Weighed) -> float:
    """The share of the values that are there more than once, in a column of a few short texts; else 0."""
    statistics = column.profile.statistics
    distinct = len(found.texts)
    listed = statistics.accuracy.distinct.method is not Method.SKETCH
    if not listed or statistics.text is None or statistics.text.mean_length > _LONGEST_CATEGORY:
        return 0.0
    few = distinct <= isqrt(found.total) or (distinct <= _MOST_TEXTS and distinct * _REPEATED <= found.total)
    return found.share(found.rows > 1) if few else 0.0


def _few_numbers(column: Seen) -> bool:
    """Whether whole numbers are few and repeated: codes of categories, or counts that can be told at a glance."""
    statistics = column.profile.statistics
    # What lost in the vote is among the distinct values, which makes them more at worst.
    return statistics.accuracy.distinct.method is not Method.SKETCH and 2 <= statistics.distinct_count <= min(
        _MOST_NUMBERS, isqrt(column.present)
    )


def _whole(column: Seen) -> bool:
    """Whether numbers are whole; also floats, where a gap is what may have made floats of them."""
    profile = column.profile
    return profile.data_type is DataType.INTEGER or whole_floats(profile.statistics, profile.sample)


def whole_floats(statistics: ColumnStatistics, sample: Sequence[Scalar]) -> bool:
    """Whether all floats that are shown are whole, in a column with gaps: many programs have no integers then."""
    numeric = statistics.numeric
    if numeric is None or not statistics.missing_count + statistics.nan_count:
        return False
    shown: list[Scalar] = [*sample, *(top.value for top in statistics.top_values)]
    shown += [numeric.minimum, numeric.maximum]
    return all(float(value).is_integer() for value in shown if isinstance(value, int | float))


def _distinct(column: Seen) -> Weighed:
    """The distinct texts of a column with their rows; those of the sample count once each."""
    texts = column.state.values
    if not isinstance(texts, TextState):
        raise AssertionError("a column of text has the state of one")
    tokens = frozenset(token.token for token in column.profile.statistics.null_tokens)
    values = texts.values
    if values.table is not None:
        return weighed(values.table.keys.values, values.table.counts, tokens)
    if values.sketch is None or values.sketch.sample is None:
        raise AssertionError("texts that are not listed have a sample")
    sample = values.sketch.sample.keys
    return weighed(sample.values, np.ones(len(sample), np.int64), tokens)


def _dates(column: Seen) -> float:
    """The share of values that are dates although the column is text: what stands where cannot be told."""
    return _voted(column, _DATES)


def _voted(column: Seen, kinds: tuple[str, ...]) -> float:
    votes = sum(vote.count for vote in column.profile.votes if vote.type.startswith(kinds))
    return votes / column.present
