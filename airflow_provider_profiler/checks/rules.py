"""The rules: what they select and what they expect, without how that is decided."""

from enum import StrEnum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, StrictBool, StrictStr, field_validator, model_validator

from airflow_provider_profiler.checks.parameters import (
    Age,
    Bound,
    CellValue,
    Change,
    Count,
    Patterns,
    Share,
)
from airflow_provider_profiler.contract.model import Model
from airflow_provider_profiler.contract.profile import DataType, QualityErrorType


class Severity(StrEnum):
    """What a broken rule counts as."""

    ERROR = "error"
    WARNING = "warning"


class Statistic(StrEnum):
    """What a range is a range of; ``values`` means the smallest and the largest value."""

    VALUES = "values"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    MEAN = "mean"
    SUM = "sum"
    STANDARD_DEVIATION = "standard_deviation"
    P01 = "p01"
    P05 = "p05"
    P25 = "p25"
    P50 = "p50"
    P75 = "p75"
    P95 = "p95"
    P99 = "p99"


#: Statistics that dates and times have too.
_OF_MOMENTS = frozenset({Statistic.VALUES, Statistic.MINIMUM, Statistic.MAXIMUM})
_ALL: Patterns = ("*",)


class Rule(Model):
    """What all rules have."""

    name: StrictStr = ""
    """What the report calls it; its kind where it is empty."""
    severity: Severity = Severity.ERROR
    files: Patterns = _ALL
    """Patterns of the paths of files, databases and tables in them, of which one must fit."""

    @property
    def kind(self) -> str:
        """Its kind, such as ``completeness``."""
        return str(getattr(self, "rule", ""))

    @property
    def label(self) -> str:
        """What the report calls the rule."""
        return self.name or self.kind

    @property
    def needs_last(self) -> bool:
        """Whether the last revision is compared with."""
        return False


class TableRule(Rule):
    """A rule for tables."""

    tables: Patterns = _ALL
    """Patterns of the names of tables, of which one must fit."""


class ColumnRule(TableRule):
    """A rule for columns."""

    columns: Patterns
    """Patterns of the names of columns, of which one must fit."""


class Completeness(ColumnRule):
    """At most so many of a column's values are missing."""

    rule: Literal["completeness"] = "completeness"
    max_missing: Share = 0.0
    count_null_tokens: StrictBool = False
    """Whether words for "no value" (``NA``, ``-``) count as missing."""


class Uniqueness(ColumnRule):
    """At least so many of a column's present values, as a share, are distinct ones."""

    rule: Literal["uniqueness"] = "uniqueness"
    min_distinct: Share = 1.0


class Range(ColumnRule):
    """A statistic of a column lies within bounds, which are inside themselves."""

    rule: Literal["range"] = "range"
    statistic: Statistic = Statistic.VALUES
    at_least: Bound | None = None
    at_most: Bound | None = None

    @model_validator(mode="after")
    def _bounds_make_sense(self) -> "Range":
        bounds = [bound for bound in (self.at_least, self.at_most) if bound is not None]
        if not bounds:
            raise ValueError("needs at_least, at_most, or both")
        texts = [isinstance(bound, str) for bound in bounds]
        if any(texts) and not all(texts):
            raise ValueError("at_least and at_most must both be numbers, or both dates or times")
        if any(texts) and self.statistic not in _OF_MOMENTS:
            raise ValueError(f"dates and times have no {self.statistic.value}; take values, minimum or maximum")
        if len(bounds) == 2 and not any(texts) and bounds[0] > bounds[1]:  # type: ignore[operator]
            raise ValueError("at_least is more than at_most: nothing could lie within")
        return self


class RowCount(TableRule):
    """A table has so many rows, by itself or compared with the last revision."""

    rule: Literal["row_count"] = "row_count"
    at_least: Count | None = None
    at_most: Count | None = None
    tolerance: Change | None = None
    """By what share of the last revision's rows the number may change."""
    direction: Literal["both", "drop", "growth"] = "both"
    """Which change the tolerance is for; the other one may be any."""

    @model_validator(mode="after")
    def _expects_something(self) -> "RowCount":
        if self.at_least is None and self.at_most is None and self.tolerance is None:
            raise ValueError("needs at_least, at_most or tolerance")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is more than at_most: nothing could lie within")
        return self

    @property
    def needs_last(self) -> bool:
        """Whether the last revision is compared with."""
        return self.tolerance is not None


class Freshness(TableRule):
    """The newest file, the latest moment in a column, or the profile itself is not older than that."""

    rule: Literal["freshness"] = "freshness"
    of: Literal["files", "columns", "profile"] = "files"
    columns: Patterns | None = None
    max_age: Age
    timezone: StrictStr = "UTC"
    """Of moments that name none."""

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError):
            raise ValueError("must be a time zone such as 'UTC' or 'Europe/Athens'") from None
        return value

    @model_validator(mode="after")
    def _selects_what_it_is_of(self) -> "Freshness":
        if (self.of == "columns") != (self.columns is not None):
            raise ValueError("needs columns with 'of: columns', and takes none otherwise")
        if self.of != "columns" and self.tables != _ALL:
            raise ValueError("takes tables with 'of: columns' alone")
        if self.of == "profile" and self.files != _ALL:
            raise ValueError("takes no files with 'of: profile'")
        return self


class AllowedValues(ColumnRule):
    """A column holds these values and no others, but for a share of its rows."""

    rule: Literal["allowed_values"] = "allowed_values"
    values: Annotated[tuple[CellValue, ...], Field(min_length=1)]
    max_other: Share = 0.0
    show_values: StrictBool = False
    """Whether messages may quote values of the data that are not allowed."""


def _data_type(value: Any) -> Any:
    if isinstance(value, str) and not value.startswith("sc:"):
        return {item.name.lower(): item.value for item in DataType}.get(value, value)
    return value


DataTypeName = Annotated[DataType, BeforeValidator(_data_type)]


def _one_type_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class Types(ColumnRule):
    """A column was found to be of one of these types."""

    rule: Literal["types"] = "types"
    types: Annotated[tuple[DataTypeName, ...], BeforeValidator(_one_type_or_more), Field(min_length=1)]


class Schema(TableRule):
    """A table has these columns, or those of the last revision."""

    rule: Literal["schema"] = "schema"
    expected: Literal["last_revision"] | tuple[StrictStr, ...] | dict[StrictStr, DataTypeName]
    """Names of columns, or names with types, in their order; ``last_revision`` for those that there were."""
    order: StrictBool = True
    """Whether the order counts."""
    types: StrictBool = True
    """Whether types count, where they are known."""
    allow_new: StrictBool = False
    """Whether there may be further columns."""

    @property
    def needs_last(self) -> bool:
        """Whether the last revision is compared with."""
        return self.expected == "last_revision"


class Quality(TableRule):
    """The profile has no findings under data quality, or few rows that they concern."""

    rule: Literal["quality"] = "quality"
    kinds: Annotated[tuple[QualityErrorType, ...], BeforeValidator(_one_type_or_more), Field(min_length=1)] = tuple(
        QualityErrorType
    )
    columns: Patterns | None = None
    """Patterns of the columns whose findings count; without it, those of the table as a whole too."""
    max_affected: Share = 0.0
    """The share of the rows that a finding may concern."""


AnyRule = Annotated[
    Completeness | Uniqueness | Range | RowCount | Freshness | AllowedValues | Types | Schema | Quality,
    Field(discriminator="rule"),
]


class RuleSet(Model):
    """The rules of one dataset."""

    rules: tuple[AnyRule, ...]

    @field_validator("rules")
    @classmethod
    def _at_least_one(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        if not value:
            raise ValueError("must be one rule at least: without any nothing is checked")
        return value

    @property
    def needs_last(self) -> bool:
        """Whether a rule compares with the last revision."""
        return any(rule.needs_last for rule in self.rules)
