"""References that no source declares: columns whose values are those of a key of another table."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from airflow_provider_profiler.contract.profile import Field, RecordSet
from airflow_provider_profiler.profiling.relationships.chance import WITH_KIN, WITHOUT_NAMES, rarity
from airflow_provider_profiler.profiling.relationships.kept_values import LONGEST, KeptValues
from airflow_provider_profiler.profiling.relationships.kinship import Kinship, kinship
from airflow_provider_profiler.profiling.semantics.value_patterns import Mask
from airflow_provider_profiler.profiling.statistics.encoding import Integers
from airflow_provider_profiler.profiling.statistics.hashing import Hashes

#: Of the values of a column, and of its different ones, those that the key has to hold: slips are different each time.
LEAST_SHARE, LEAST_DISTINCT = 0.9, 0.75
#: Different values that have to be found.
FEWEST = 3
#: Values of a column by which the keys are chosen that are looked at more closely, and the share that has to be there.
_PROBES, _LEAST_PROBES = 32, 0.5

_EVIDENCE = {Kinship.NONE: WITHOUT_NAMES, Kinship.SOME: WITH_KIN, Kinship.CLOSE: 0.0}


@dataclass(frozen=True)
class KeptColumn:
    """A column with what is kept of its values: as they are, and the parts of lists where they may be such."""

    record_set: RecordSet
    field: Field
    forms: tuple[KeptValues, ...]

    @property
    def numeric(self) -> bool:
        """Whether the column holds numbers."""
        return self.field.statistics.numeric is not None


@dataclass(frozen=True)
class Key:
    """A column that may be referred to: it holds each of its values once, and none is missing."""

    column: KeptColumn
    rarity: float

    @property
    def values(self) -> KeptValues:
        """All of its values."""
        return self.column.forms[0]


@dataclass(frozen=True)
class Inclusion:
    """A column whose values are those of a key."""

    source: KeptColumn
    key: Key
    values: KeptValues
    """Of the source: as they are, or the parts of its lists."""
    held: Mask
    """Which of them the key holds."""
    kinship: Kinship

    @property
    def share(self) -> float:
        """Of the source's values those that the key holds, by rows."""
        return float(self.values.rows[self.held].sum() / self.values.rows.sum())


def inclusion(source: KeptColumn, key: Key, values: KeptValues) -> Inclusion:
    """Compare the values of a column with those of a key."""
    held: Mask = np.isin(values.hashes, key.values.hashes)
    kin = kinship(source.field.name, key.column.record_set.name, key.column.field.name)
    return Inclusion(source, key, values, held, kin)


def keys_of(columns: Sequence[KeptColumn]) -> list[Key]:
    """The columns that may be referred to."""
    found = []
    for column in columns:
        values = column.forms[0]
        if column.field.is_unique and values.exact and len(values) >= FEWEST and values.longest <= LONGEST:
            found.append(Key(column, rarity(values)))
    return found


def found_inclusions(
    columns: Sequence[KeptColumn], declared: Mapping[UUID, set[UUID]], known: set[UUID]
) -> list[Inclusion]:
    """The best reference of each column that has one; those of all columns make no circle of tables.

    A column refers to a key if at least :data:`FEWEST` and :data:`LEAST_DISTINCT` of its different values are there,
    and :data:`LEAST_SHARE` of all, and chance is out of the question or names say so; of several keys the one with the
    closest name, then with the largest share, then the smallest. Tables with the same columns are parts or states of
    one and do not refer to each other.

    :param declared: for each record set those that it refers to as its source declares.
    :param known: fields that have a declared reference, and get no other.
    """
    keys = keys_of(columns)
    index = _Index(keys)
    schemas = {column.record_set.id: frozenset(field.name for field in column.record_set.fields) for column in columns}
    candidates: list[list[Inclusion]] = []
    for source in columns:
        if source.field.id in known:
            continue
        possible = [
            found
            for values in source.forms
            for key in index.likely(values)
            if key.column.record_set.id != source.record_set.id
            and schemas[key.column.record_set.id] != schemas[source.record_set.id]
            and (found := _convincing(source, key, values)) is not None
        ]
        if possible:
            possible.sort(key=lambda item: (-item.kinship, -item.share, len(item.key.values), item.values.separator))
            candidates.append(possible)
    return _without_circles(candidates, declared)


def _convincing(source: KeptColumn, key: Key, values: KeptValues) -> Inclusion | None:
    if not values.separator and source.numeric != key.column.numeric:
        return None
    kin = kinship(source.field.name, key.column.record_set.name, key.column.field.name)
    if len(values) * key.rarity < _EVIDENCE[kin]:
        return None
    found = inclusion(source, key, values)
    distinct = int(found.held.sum())
    enough = distinct >= FEWEST and distinct >= LEAST_DISTINCT * len(values) and found.share >= LEAST_SHARE
    return found if enough and distinct * key.rarity >= _EVIDENCE[kin] else None


def _without_circles(candidates: Sequence[Sequence[Inclusion]], declared: Mapping[UUID, set[UUID]]) -> list[Inclusion]:
    """The best of each column's candidates that closes no circle; the surest columns come first."""
    refers: defaultdict[UUID, set[UUID]] = defaultdict(set, {table: set(others) for table, others in declared.items()})
    order = sorted(
        range(len(candidates)), key=lambda place: (-candidates[place][0].kinship, -candidates[place][0].share)
    )
    found: dict[int, Inclusion] = {}
    for place in order:
        for item in candidates[place]:
            source, target = item.source.record_set.id, item.key.column.record_set.id
            if not _reaches(refers, target, source):
                refers[source].add(target)
                found[place] = item
                break
    return [found[place] for place in sorted(found)]


def _reaches(refers: Mapping[UUID, set[UUID]], start: UUID, goal: UUID) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        further = refers.get(here, set()) - seen
        seen |= further
        waiting.extend(further)
    return False


class _Index:
    """Which keys hold a value: all their hashes in order, so that no column is compared with every key."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = keys
        hashes = np.concatenate([np.zeros(0, np.uint64), *(key.values.hashes for key in keys)])
        owners = np.repeat(np.arange(len(keys)), [len(key.values) for key in keys])
        order = np.argsort(hashes, kind="stable")
        self._hashes: Hashes = hashes[order]
        self._owners: Integers = owners[order]

    def likely(self, values: KeptValues) -> Iterator[Key]:
        """The keys that hold at least half of a few of the values, in their order."""
        if not len(self._hashes) or len(values) < FEWEST:
            return
        probes = np.sort(values.hashes)[:_PROBES]
        first, stop = np.searchsorted(self._hashes, probes, "left"), np.searchsorted(self._hashes, probes, "right")
        spans = [self._owners[low:high] for low, high in zip(first.tolist(), stop.tolist(), strict=True)]
        hits = np.bincount(np.concatenate(spans), minlength=len(self._keys))
        for place in np.flatnonzero(hits >= _LEAST_PROBES * len(probes)).tolist():
            yield self._keys[place]
