"""Which of the files that were planned are shards of one table."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.profiling.archives.member import MemberSource
from airflow_provider_profiler.profiling.databases.table_source import DatabaseTable
from airflow_provider_profiler.profiling.partition import SourcePlan
from airflow_provider_profiler.profiling.readers.reader import Column, Partition, Table, Undecodable
from airflow_provider_profiler.profiling.selection.kinds import Kind, kind_of
from airflow_provider_profiler.profiling.selection.planning import Shard
from airflow_provider_profiler.profiling.shards.keyed import KEYED, KeyedSource, key_columns
from airflow_provider_profiler.profiling.shards.names import (
    ShardPath,
    common_pattern,
    covers,
    shard_path,
    table_name,
    title_path,
)
from airflow_provider_profiler.profiling.table_state import REJECTED_EXAMPLES

_LEAST_SHARDS = 2
#: Files that a warning names.
_TOLD = 5
_INTEGER = re.compile(r"u?int\d+")
_FLOAT = re.compile(r"halffloat|float|double")


@dataclass(frozen=True)
class ShardSet:
    """Files that are one table."""

    plans: tuple[SourcePlan, ...]
    """In the order of their paths."""
    table: Table
    """Of all of them; each partition says which shard it is of."""
    shards: tuple[Shard, ...]
    path: str
    """A pattern that covers the files."""
    includes: tuple[str, ...]
    """Patterns that cover these files and no others of the dataset."""
    base: str
    title: str
    """A path that the name is made from."""


@dataclass(frozen=True)
class Apart:
    """A file that its name puts beside others, and that has other columns."""

    path: str
    name: str
    """Of the table that it was not taken into."""
    why: str


@dataclass(frozen=True)
class Grouped:
    """The tables made of shards, and what was kept apart."""

    sets: tuple[ShardSet, ...] = ()
    apart: tuple[Apart, ...] = ()


def group_shards(plans: Sequence[SourcePlan], paths: Sequence[str]) -> Grouped:
    """Find the files that are one table: names that differ in what varies alone, and equal columns in equal order.

    Of files with several kinds of columns the commonest kind makes the table, the one that comes first among equals.

    :param plans: of all files that were looked into, sorted by path.
    :param paths: of all files of the dataset, whatever became of them.
    """
    alike: dict[tuple[str, str, str, str], list[tuple[SourcePlan, ShardPath]]] = defaultdict(list)
    for plan in plans:
        if isinstance(plan.source, DatabaseTable):
            continue
        path = plan.source.path
        within = plan.source.container.path if isinstance(plan.source, MemberSource) else ""
        found = shard_path(path, within=within)
        if found is not None and plan.reason is None and len(plan.tables) == 1 and plan.tables[0].columns:
            alike[within, found.base, found.pattern, plan.reader].append((plan, found))
    neighbours: dict[str, list[str]] = defaultdict(list)
    for path in paths if any(len(members) >= _LEAST_SHARDS for members in alike.values()) else ():
        beside = shard_path(path)
        neighbours[beside.base if beside else path.rpartition("/")[0]].append(path)
    sets: list[ShardSet] = []
    apart: list[Apart] = []
    for (_, base, pattern, _), members in alike.items():
        if len(members) < _LEAST_SHARDS:
            continue
        chosen = _alike(members)
        name = table_name(base, pattern, partitioned=bool(chosen[0][1].keys))
        if len(chosen) < _LEAST_SHARDS:
            continue
        sets.append(_set_of(chosen, base, pattern, name, neighbours[base]))
        taken = {plan.source.path for plan, _ in chosen}
        reference = chosen[0][0]
        apart.extend(
            Apart(plan.source.path, name, _difference(plan.tables[0], reference.tables[0], reference.source.path))
            for plan, _ in members
            if plan.source.path not in taken
        )
    return Grouped(tuple(sorted(sets, key=lambda found: found.plans[0].source.path)), tuple(apart))


def kept_apart(apart: Sequence[Apart]) -> Iterator[JobWarning]:
    """One warning for each table that files were not taken into."""
    by_name: dict[str, list[Apart]] = defaultdict(list)
    for item in apart:
        by_name[item.name].append(item)
    for name, items in by_name.items():
        told = "; ".join(f"{item.path} ({item.why})" for item in items[:_TOLD])
        more = f" and {len(items) - _TOLD} more" if len(items) > _TOLD else ""
        message = f"Files that are named as parts of the table {name!r} were kept apart from it: {told}{more}."
        yield JobWarning(code="shards_apart", message=message)


def _alike(members: Sequence[tuple[SourcePlan, ShardPath]]) -> list[tuple[SourcePlan, ShardPath]]:
    """The files whose columns are those of most, and those that have nothing but missing values in some of them."""
    kinds: dict[object, list[tuple[SourcePlan, ShardPath]]] = defaultdict(list)
    for member in members:
        kinds[_shape(member[0].tables[0])].append(member)
    reference = max(kinds.values(), key=len)[0][0].tables[0]
    return [member for member in members if _fits(member[0].tables[0], reference)]


def _fits(table: Table, reference: Table) -> bool:
    mine, its = _shape(table), _shape(reference)
    return mine == its or (
        len(mine) == len(its)
        and all(one[0] == other[0] and (one == other or one[2] == "null") for one, other in zip(mine, its, strict=True))
    )


def _shape(table: Table) -> tuple[tuple[str, bool, str], ...]:
    """Equal for tables whose states can be merged, and whose columns are found in the same way."""
    return tuple((column.name, column.textual, _family(column)) for column in table.columns)


def _family(column: Column) -> str:
    """Types that mean the same: integers of any width, floating-point numbers, texts."""
    kind = column.values_type
    if _INTEGER.fullmatch(kind):
        return "integer"
    if _FLOAT.fullmatch(kind):
        return "float"
    return "text" if kind_of(kind) is Kind.TEXT and kind != "json" else kind


def _difference(table: Table, reference: Table, of: str) -> str:
    mine, its = ([column.name for column in item.columns] for item in (table, reference))
    if mine == its:
        name = next(
            column.name
            for column, other in zip(table.columns, reference.columns, strict=True)
            if (column.textual, _family(column)) != (other.textual, _family(other))
        )
        return f"its column {name!r} is of another type than in {of}"
    if sorted(mine) == sorted(its):
        return f"its columns stand in another order than in {of}"
    return f"its columns are not those of {of}"


def _set_of(
    members: Sequence[tuple[SourcePlan, ShardPath]], base: str, pattern: str, name: str, neighbours: Sequence[str]
) -> ShardSet:
    plans = tuple(plan for plan, _ in members)
    columns = list(_columns([plan.tables[0] for plan in plans]))
    keys = [key for key, _ in members[0][1].keys]
    columns.extend(key_columns(columns, keys))
    shards: list[Shard] = []
    partitions: list[Partition] = []
    for number, (plan, found) in enumerate(members):
        table = plan.tables[0]
        whole = replace(table, partitions=())
        if keys or table.columns != tuple(columns):
            source = KeyedSource(plan.source, plan.reader, table.columns, tuple(value for _, value in found.keys))
            shards.append(Shard(source, KEYED, whole))
        else:
            shards.append(Shard(plan.source, plan.reader, whole))
        partitions.extend(replace(partition, shard=number) for partition in table.partitions)
    paths = [plan.source.path for plan in plans]
    path = common_pattern(paths)
    while path in neighbours:  # a file may be called as a pattern is written
        path += "~"
    return ShardSet(
        plans=plans,
        table=Table(
            name, tuple(columns), tuple(partitions), plans[0].tables[0].reading, undecodable=_undecodable(plans)
        ),
        shards=tuple(shards),
        path=path,
        includes=_includes(common_pattern(paths), paths, neighbours),
        base=base,
        title=title_path(base, name, pattern),
    )


def _undecodable(plans: Sequence[SourcePlan]) -> Undecodable:
    """The damage of all files; its examples say in which of them they stand."""
    found = [(plan.source.path, plan.tables[0].undecodable) for plan in plans]
    examples = (
        example.model_copy(update={"path": path}) for path, undecodable in found for example in undecodable.examples
    )
    return Undecodable(
        sum(undecodable.bytes for _, undecodable in found),
        sum(undecodable.lines for _, undecodable in found),
        tuple(islice(examples, REJECTED_EXAMPLES)),
    )


def _columns(tables: Sequence[Table]) -> Iterator[Column]:
    """The columns of all tables, each with the types that it has in any of them."""
    types = [dict.fromkeys([column.physical_type]) for column in tables[0].columns]
    for table in tables[1:]:
        for known, column in zip(types, table.columns, strict=True):
            known.setdefault(column.physical_type)
    for column, known in zip(tables[0].columns, types, strict=True):
        yield replace(column, physical_type=" | ".join(known))


def _includes(pattern: str, paths: Sequence[str], neighbours: Sequence[str]) -> tuple[str, ...]:
    """The pattern, where it covers no other file beside them; else the paths one by one."""
    if sum(covers(pattern, path) for path in neighbours) == len(paths):
        return (pattern,)
    return tuple(common_pattern([path]) for path in paths)
