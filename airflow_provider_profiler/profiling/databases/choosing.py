"""Which tables of a database take part."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from airflow_provider_profiler.contract.database import TableFacts
from airflow_provider_profiler.contract.options import DatabaseOptions


def takes_part(table: TableFacts, options: DatabaseOptions) -> bool:
    """Whether the options include a table.

    Patterns stand for the table's name or, where they have a dot, for schema and name; upper and lower case differ.
    """
    if options.schemas and not any(fnmatchcase(table.schema_name, pattern) for pattern in options.schemas):
        return False
    if options.include_tables and not _named(table, options.include_tables):
        return False
    return not _named(table, options.exclude_tables)


def _named(table: TableFacts, patterns: Iterable[str]) -> bool:
    full = f"{table.schema_name}.{table.name}"
    return any(fnmatchcase(table.name, pattern) or fnmatchcase(full, pattern) for pattern in patterns)
