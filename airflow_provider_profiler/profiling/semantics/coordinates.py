"""Which columns of a table are latitudes and longitudes."""

from collections.abc import Sequence

from airflow_provider_profiler.contract.statistics import NumericStatistics, Scalar
from airflow_provider_profiler.profiling.semantics.column_type import ColumnProfile
from airflow_provider_profiler.profiling.semantics.name_hints import names_latitude, names_longitude

_NORTH, _EAST = 90, 180
#: Digits behind the point that most of the numbers shown have: with fewer, a place is more than a kilometre wide.
_FEWEST_DIGITS = 2


def coordinates(columns: Sequence[tuple[str, ColumnProfile | None]]) -> tuple[str, ...]:
    """``latitude``, ``longitude`` or ``""`` for each column.

    The numbers lie in the range, have fractional digits, and the name says so; or it may say so and that of another
    column of the table may say the opposite; or the neighbour says the opposite and the name nothing else.

    :param columns: name and profile of all columns in their order; None for columns that hold no fractions.
    """
    norths = [_fits(profile, _NORTH) for _, profile in columns]
    easts = [_fits(profile, _EAST) for _, profile in columns]
    names = [name for name, _ in columns]
    found = [
        "latitude" if north and names_latitude(name) else "longitude" if east and names_longitude(name) else ""
        for name, north, east in zip(names, norths, easts, strict=True)
    ]
    maybe_north = [north and names_latitude(name, unsure=True) for name, north in zip(names, norths, strict=True)]
    maybe_east = [east and names_longitude(name, unsure=True) for name, east in zip(names, easts, strict=True)]
    if any(maybe_north) and any(maybe_east):
        found = [
            sure or ("latitude" if north else "longitude" if east else "")
            for sure, north, east in zip(found, maybe_north, maybe_east, strict=True)
        ]
    for here, east in enumerate(easts):
        # Latitude comes first nearly everywhere, and the longitude beside it; a lone one is looked for there.
        if east and not found[here] and here and found[here - 1] == "latitude" and "longitude" not in found:
            found[here] = "longitude"
    return tuple(found)


def _fits(profile: ColumnProfile | None, limit: int) -> bool:
    numeric = None if profile is None else profile.statistics.numeric
    if profile is None or numeric is None or profile.unit not in (None, "°"):
        return False
    return -limit <= numeric.minimum and numeric.maximum <= limit and _precise(profile, numeric)


def _precise(profile: ColumnProfile, numeric: NumericStatistics) -> bool:
    """Whether most of the numbers that are shown have several digits behind the point."""
    shown: list[Scalar] = [*profile.sample, *(top.value for top in profile.statistics.top_values)]
    shown = shown or [numeric.minimum, numeric.maximum]
    digits = sorted(len(repr(value).partition(".")[2]) for value in shown if isinstance(value, float))
    return bool(digits) and digits[len(digits) // 2] >= _FEWEST_DIGITS
