"""What it takes to load a table: the vocabulary of the rules for each format."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from airflow_provider_profiler.contract.profile import DataType, Field

#: Beyond it doubles skip integers, and integers beside missing values are read as doubles.
LARGEST_WHOLE_DOUBLE: Final = 2**53


class NotLoadable(Exception):
    """A table is not read exactly as it is. The message says why, as the end of a sentence about it."""


@dataclass(frozen=True)
class LoadedField:
    """How a column is loaded: as what, and from where in its file."""

    data_type: DataType
    extract: Mapping[str, str]
    """``column`` or ``jsonPath``."""
    depth: int = 0
    """How deep it is a list of lists; 0 for single values."""


@dataclass(frozen=True)
class Loading:
    """How a table is loaded, a column after the other."""

    fields: tuple[LoadedField, ...]
    encoding_formats: tuple[str, ...] = ()
    """What the file is to be declared as; its own media type where it is empty."""


def check_integers(field: Field, *, missing: bool) -> None:
    """Refuse integers that lose digits on the way.

    :param missing: some rows have no value, so that doubles stand in for the integers.
    :raises NotLoadable: when there are such.
    """
    numeric = field.statistics.numeric
    if numeric is None:
        return
    least, largest = numeric.minimum, numeric.maximum
    if missing and max(abs(least), abs(largest)) > LARGEST_WHOLE_DOUBLE:
        raise NotLoadable(f"the column {field.name!r} has integers beside missing values that doubles cannot hold")
    if least < -(2**63) or largest >= 2**63:
        raise NotLoadable(f"the column {field.name!r} has integers of more than 64 bits")
