"""Which tables, columns and files of a profile a rule is about."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from airflow_provider_profiler.checks.rules import Rule, TableRule
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    DistributionStatus,
    Field,
    RecordSet,
)


@dataclass(frozen=True)
class Target:
    """What one result is about; parts that it does not have are empty."""

    path: str = ""
    table: str = ""
    column: str = ""

    @classmethod
    def of(cls, table: RecordSet, field: Field | None = None) -> "Target":
        """A table, or a column of it."""
        return cls(table.path, table.name, "" if field is None else field.name)

    def __str__(self) -> str:
        inner = ".".join(part for part in (self.table, self.column) if part)
        return visible(": ".join(part for part in (self.path, inner) if part) or "the dataset")

    @property
    def words(self) -> str:
        """The target as messages name it."""
        parts = []
        if self.column:
            parts.append(f"column {self.column!r}")
        if self.table:
            parts.append(f"table {self.table!r}")
        if self.path:
            parts.append(f"{'file ' if not self.table else ''}{self.path!r}")
        words = " of ".join(parts) or "the dataset"
        return words[0].upper() + words[1:]


@dataclass(frozen=True)
class Column:
    """A column and the table that it is of."""

    table: RecordSet
    field: Field

    @property
    def target(self) -> Target:
        """What results about it are about."""
        return Target.of(self.table, self.field)


def fits(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name fits one of the patterns: is the same, or has the pattern's parts with anything for each ``*``.

    Case counts. A name with signs that mean something in patterns (``amount [EUR]``) fits itself.
    """
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)


def tables_of(profile: DatasetProfile, rule: TableRule) -> tuple[RecordSet, ...]:
    """The tables that a rule selects, in the order of the profile."""
    return tuple(
        table for table in profile.record_sets if fits(table.path, rule.files) and fits(table.name, rule.tables)
    )


def columns_of(tables: Iterable[RecordSet], patterns: Sequence[str]) -> tuple[Column, ...]:
    """The columns of some tables that fit a pattern."""
    return tuple(Column(table, field) for table in tables for field in table.fields if fits(field.name, patterns))


def files_of(profile: DatasetProfile, rule: Rule) -> tuple[Distribution, ...]:
    """The files that a rule selects; sets of files are none."""
    return tuple(
        item for item in profile.distributions if item.kind is DistributionKind.FILE and fits(item.path, rule.files)
    )


def unmatched_tables(profile: DatasetProfile, rule: TableRule) -> Iterator[str]:
    """Why patterns of a rule select no table, a sentence for each of them."""
    if profile.record_sets:
        for pattern in rule.files:
            if not any(fits(table.path, (pattern,)) for table in profile.record_sets):
                yield f"No table lies in a file that fits {pattern!r}{_why(profile, pattern)}."
        chosen = [table for table in profile.record_sets if fits(table.path, rule.files)]
        for pattern in rule.tables if chosen else ():
            if not any(fits(table.name, (pattern,)) for table in chosen):
                yield f"No table fits {pattern!r}{_in_files(rule)}."
    else:
        yield f"The {profile.kind.value.lower()} profile has no tables{_why(profile, '*')}."


def unmatched_columns(tables: Sequence[RecordSet], rule: TableRule, patterns: Sequence[str]) -> Iterator[str]:
    """Why patterns select no column of the tables, a sentence for each pair of patterns of tables and columns."""
    for of_table in rule.tables:
        chosen = [table for table in tables if fits(table.name, (of_table,))]
        for pattern in patterns if chosen else ():
            if not columns_of(chosen, (pattern,)):
                yield f"No column fits {pattern!r} in the tables that fit {of_table!r}{_in_files(rule)}."


def _in_files(rule: TableRule) -> str:
    return "" if rule.files == ("*",) else f" in files that fit {' or '.join(map(repr, rule.files))}"


def _why(profile: DatasetProfile, pattern: str) -> str:
    """A file that would fit, had it been read."""
    for item in profile.distributions:
        if item.status is DistributionStatus.FAILED and item.reason and fits(item.path, (pattern,)):
            return f" ({item.path!r} could not be read: {item.reason.code.value})"
    return ""


def visible(text: str) -> str:
    """The text on one line: names in a dataset may hold anything."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text)
