"""Two profiles side by side: two revisions of a dataset, or two datasets, and what is other in the second one."""

from collections.abc import Iterable, Sequence
from typing import Final

from airflow_provider_profiler.checks.distance import distance
from airflow_provider_profiler.contract.drift import FileDrift, Presence
from airflow_provider_profiler.contract.model import Model
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    Field,
    RecordSet,
)
from airflow_provider_profiler.contract.statistics import ColumnStatistics

#: From here on a distribution counts as moved. 0.1 is what the practice of monitoring takes for a small shift.
MOVED: Final = 0.1
#: Points of the share of missing values, and share of the distinct values, from which on a change is worth a word.
MISSING_POINTS: Final = 0.01
DISTINCT_SHARE: Final = 0.1

#: Beyond this a double holds no single whole numbers any more.
_WHOLE: Final = 1e15


class ColumnComparison(Model):
    """A column in both profiles, or in one of them."""

    name: str
    presence: Presence
    before: Field | None
    after: Field | None
    distance: float | None = None
    """See :func:`~airflow_provider_profiler.checks.distance.distance`."""
    changes: tuple[str, ...] = ()
    """What is other, in words; empty where nothing of weight is."""


class TableComparison(Model):
    """A table in both profiles, or in one of them."""

    name: str
    presence: Presence
    before: RecordSet | None
    after: RecordSet | None
    columns: tuple[ColumnComparison, ...] = ()
    changes: tuple[str, ...] = ()

    @property
    def changed_columns(self) -> int:
        """Columns that are other, came or went."""
        return sum(column.presence is not Presence.SAME for column in self.columns)


class Comparison(Model):
    """All of it."""

    before: DatasetProfile
    after: DatasetProfile
    tables: tuple[TableComparison, ...]
    files: FileDrift

    @property
    def changed(self) -> bool:
        """Whether anything is other."""
        files = self.files
        return bool(files.added or files.removed or files.changed) or any(
            table.presence is not Presence.SAME for table in self.tables
        )


def compare(before: DatasetProfile, after: DatasetProfile) -> Comparison:
    """Compare two profiles.

    Tables are the same if their file and name are, else if their name alone is; of tables that are left over, one on
    each side, the two are taken for one: a file of another month. Columns are the same if their name is.
    """
    return Comparison(
        before=before,
        after=after,
        tables=tuple(_table(one, other) for one, other in _pairs(before.record_sets, after.record_sets)),
        files=_files(before, after),
    )


def _pairs(
    before: Sequence[RecordSet], after: Sequence[RecordSet]
) -> Iterable[tuple[RecordSet | None, RecordSet | None]]:
    partner: dict[int, int] = {}
    for exact in (True, False):
        places: dict[tuple[str, ...], list[int]] = {}
        for place, table in enumerate(after):
            if place not in partner.values():
                places.setdefault(_label(table, exact), []).append(place)
        for place, table in enumerate(before):
            found = places.get(_label(table, exact), [])
            # Of several tables of one name nobody can tell which is which.
            if place not in partner and len(found) == 1:
                partner[place] = found.pop()
    left = [place for place in range(len(before)) if place not in partner]
    come = [place for place in range(len(after)) if place not in partner.values()]
    if len(left) == len(come) == 1 and _shared_columns(before[left[0]], after[come[0]]):
        partner[left[0]] = come[0]
        come = []
    for place, table in enumerate(before):
        yield table, after[partner[place]] if place in partner else None
    for place in come:
        yield None, after[place]


def _label(table: RecordSet, exact: bool) -> tuple[str, ...]:
    return (table.path, table.name) if exact else (table.name,)


def _shared_columns(one: RecordSet, other: RecordSet) -> bool:
    """Whether half of the columns have the same names."""
    names = {field.name for field in one.fields}, {field.name for field in other.fields}
    return 2 * len(names[0] & names[1]) >= max(len(names[0]), len(names[1]), 1)


def _table(before: RecordSet | None, after: RecordSet | None) -> TableComparison:
    present = after or before
    if present is None:
        raise AssertionError("a table is in one of the profiles")
    if before is None or after is None:
        presence = Presence.ADDED if before is None else Presence.REMOVED
        return TableComparison(name=present.name, presence=presence, before=before, after=after)
    columns = tuple(_columns(before, after))
    changes = tuple(_table_changes(before, after))
    same = not changes and all(column.presence is Presence.SAME for column in columns)
    return TableComparison(
        name=after.name,
        presence=Presence.SAME if same else Presence.CHANGED,
        before=before,
        after=after,
        columns=columns,
        changes=changes,
    )


def _table_changes(before: RecordSet, after: RecordSet) -> Iterable[str]:
    if before.row_count != after.row_count:
        share = f" ({after.row_count / before.row_count - 1:+.1%})" if before.row_count else ""
        yield f"{before.row_count:,} rows became {after.row_count:,}{share}"
    common = [field.name for field in before.fields if field.name in {other.name for other in after.fields}]
    if common != [field.name for field in after.fields if field.name in set(common)]:
        yield "the columns stand in another order"
    if before.key != after.key:
        yield f"the key was {', '.join(before.key) or 'none'} and is {', '.join(after.key) or 'none'}"
    if (before.duplicate_rows or 0) == 0 < (after.duplicate_rows or 0):
        yield f"{after.duplicate_rows:,} duplicate rows, none before"


def _columns(before: RecordSet, after: RecordSet) -> Iterable[ColumnComparison]:
    """Those of the second profile in their order, then those that went."""
    old = {field.name: field for field in before.fields}
    for field in after.fields:
        yield _column(field.name, old.pop(field.name, None), field)
    for name, field in old.items():
        yield _column(name, field, None)


def _column(name: str, before: Field | None, after: Field | None) -> ColumnComparison:
    if before is None or after is None:
        presence = Presence.ADDED if before is None else Presence.REMOVED
        return ColumnComparison(name=name, presence=presence, before=before, after=after)
    apart = distance(before.statistics, after.statistics) if before.data_type is after.data_type else None
    changes = tuple(_changes(before, after, apart))
    return ColumnComparison(
        name=name,
        presence=Presence.CHANGED if changes else Presence.SAME,
        before=before,
        after=after,
        distance=apart,
        changes=changes,
    )


def _changes(before: Field, after: Field, apart: float | None) -> Iterable[str]:
    one, other = before.statistics, after.statistics
    if before.data_type is not after.data_type:
        yield f"{before.data_type.word} became {after.data_type.word}"
    if before.format != after.format:
        yield f"the format was {before.format or 'none'} and is {after.format or 'none'}"
    if before.unit != after.unit:
        yield f"the unit was {before.unit or 'none'} and is {after.unit or 'none'}"
    moved = other.missing_share - one.missing_share
    if abs(moved) >= MISSING_POINTS or (one.missing_count == 0) != (other.missing_count == 0):
        yield f"missing values went from {one.missing_share:.1%} to {other.missing_share:.1%}"
    if before.is_unique != after.is_unique:
        yield "no value was there twice, now some are" if before.is_unique else "every value is there once now"
    if _span(one) != _span(other) and all((_span(one), _span(other))):
        yield f"the range was {' to '.join(_span(one))} and is {' to '.join(_span(other))}"
    # A table that grows has more values: what counts is how many there are to so many rows.
    if not before.is_unique and _differ(one, other):
        noun = "value" if one.distinct_count == 1 else "values"
        yield f"{one.distinct_count:,} distinct {noun} became {other.distinct_count:,}"
    if apart is not None and apart >= MOVED:
        yield f"the distribution moved by {apart:.0%}"


def _span(statistics: ColumnStatistics) -> tuple[str, ...]:
    if statistics.numeric is not None:
        return _number(statistics.numeric.minimum), _number(statistics.numeric.maximum)
    if statistics.temporal is not None:
        return statistics.temporal.minimum.replace("T", " ", 1), statistics.temporal.maximum.replace("T", " ", 1)
    return ()


def _number(value: float | int) -> str:
    """The number with its thousands apart, and without a point where it is whole."""
    return f"{int(value):,}" if abs(value) < _WHOLE and value == int(value) else f"{value:,}"


def _differ(one: ColumnStatistics, other: ColumnStatistics) -> bool:
    if not (one.distinct_count and other.distinct_count):
        return one.distinct_count != other.distinct_count
    counts = abs(other.distinct_count / one.distinct_count - 1) > DISTINCT_SHARE
    shares = [item.distinct_count / max(item.row_count, 1) for item in (one, other)]
    return counts and abs(shares[1] / shares[0] - 1) > DISTINCT_SHARE


def _files(before: DatasetProfile, after: DatasetProfile) -> FileDrift:
    old, new = (
        {item.path: item for item in profile.distributions if item.kind is DistributionKind.FILE}
        for profile in (before, after)
    )
    common = sorted(old.keys() & new.keys())
    other = [path for path in common if _content(old[path]) != _content(new[path])]
    return FileDrift(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(other),
        same=len(common) - len(other),
    )


def _content(item: Distribution) -> tuple[int | None, str | None]:
    return item.content_size, item.sha256
