"""The rule for the columns of a table: which came, which went, which changed their type or their place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from airflow_provider_profiler.checks.interval import Decision
from airflow_provider_profiler.checks.outcome import CheckResult
from airflow_provider_profiler.checks.rules import Schema
from airflow_provider_profiler.checks.selection import Target, tables_of, unmatched_tables
from airflow_provider_profiler.checks.tables import NEW_TABLE, NO_LAST, counterpart
from airflow_provider_profiler.checks.verdict import Subject, Verdict, count_words, unmatched
from airflow_provider_profiler.contract.profile import DataType, RecordSet

#: Names that a message lists of one kind of difference.
_LISTED = 10


@dataclass(frozen=True)
class Differences:
    """How columns differ from those that are expected."""

    came: tuple[str, ...]
    went: tuple[str, ...]
    retyped: tuple[str, ...]
    """``amount (sc:Integer, now sc:Text)``."""
    reordered: bool
    """Whether those that are on both sides stand in another order."""

    def words(self, order: Sequence[str]) -> str:
        """The differences for people; nothing where there are none.

        :param order: the columns in the order in which they are.
        """
        parts = [
            f"{what}: {_listed(names)}"
            for what, names in (("came", self.came), ("went", self.went), ("changed type", self.retyped))
            if names
        ]
        if self.reordered:
            parts.append(f"changed order, now: {_listed(order)}")
        return "; ".join(parts)


def differences(expected: Mapping[str, DataType | None], found: Mapping[str, DataType]) -> Differences:
    """Compare columns, by their names, with those that are expected.

    :param expected: names and types in their order; None where any type will do.
    """
    shared = [name for name in found if name in expected]
    return Differences(
        came=tuple(name for name in found if name not in expected),
        went=tuple(name for name in expected if name not in found),
        retyped=tuple(
            f"{name!r} ({wanted.value}, now {found[name].value})"
            for name in shared
            if (wanted := expected[name]) is not None and wanted is not found[name]
        ),
        reordered=shared != [name for name in expected if name in found],
    )


def columns_in(table: RecordSet) -> dict[str, DataType]:
    """The columns of a table with their types, in their order."""
    return {field.name: field.data_type for field in table.fields}


def check_schema(rule: Schema, subject: Subject) -> Iterator[CheckResult]:
    """Whether tables have the columns that they should have."""
    yield from unmatched(rule, unmatched_tables(subject.profile, rule))
    tables = tables_of(subject.profile, rule)
    for table in tables:
        yield _table(rule, table, subject).of(rule, Target.of(table))
    if rule.expected == "last_revision" and subject.last is not None:
        for before in tables_of(subject.last, rule):
            if counterpart(before, tables) is None:
                expected = f"the table, which had {count_words(len(before.fields), 'column')}"
                yield Verdict(Decision.BROKEN, "is gone", expected).of(rule, Target.of(before))


def _table(rule: Schema, table: RecordSet, subject: Subject) -> Verdict:
    found = columns_in(table)
    fact = f"has {count_words(len(found), 'column')}"
    if rule.expected == "last_revision":
        before = None if subject.last is None else counterpart(table, subject.last.record_sets)
        if before is None:
            doubt = NO_LAST if subject.last is None else NEW_TABLE
            return Verdict(Decision.OPEN, fact, "the columns of the last revision", len(found), doubt)
        expected: dict[str, DataType | None] = dict(columns_in(before))
        words = "the columns of the last revision"
    else:
        told = rule.expected
        expected = dict(told) if isinstance(told, dict) else dict.fromkeys(told)
        words = _listed(list(expected))
    other = differences(expected, found)
    broken = bool(
        other.went
        or (other.came and not rule.allow_new)
        or (other.retyped and rule.types)
        or (other.reordered and rule.order)
    )
    shown = Differences(
        other.came if not rule.allow_new else (),
        other.went,
        other.retyped if rule.types else (),
        other.reordered and rule.order,
    )
    return Verdict(
        Decision.BROKEN if broken else Decision.HOLDS,
        f"has other columns ({shown.words(list(found))})" if broken else fact,
        words,
        shown.words(list(found)) if broken else len(found),
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name if name.endswith(")") and " (sc:" in name else repr(name) for name in names[:_LISTED])
    return shown + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
