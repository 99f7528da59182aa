"""The ways to read dates and times: which votes belong together, and which of their values they mean."""

import numpy as np

from airflow_provider_profiler.profiling.semantics.calendar_forms import (
    DAY_FIRST,
    MONTH_FIRST,
    YEAR_FIRST,
    swap_day_and_month,
    year_before_month_and_day,
)
from airflow_provider_profiler.profiling.semantics.recognised import Recognised
from airflow_provider_profiler.profiling.semantics.votes import VOTES, Vote
from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers
from airflow_provider_profiler.profiling.statistics.temporals import Calendar

_DATE, _MOMENT = Calendar("D"), Calendar("us")
#: The readings: their calendar, and the votes whose values they hold.
READINGS: dict[str, tuple[Calendar, tuple[Vote, ...]]] = {
    "date": (_DATE, (Vote.DATE,)),
    "date_day_first": (_DATE, (Vote.DATE_DAY_FIRST, Vote.DATE_AMBIGUOUS)),
    "date_month_first": (_DATE, (Vote.DATE_MONTH_FIRST, Vote.DATE_AMBIGUOUS)),
    "date_time": (_MOMENT, (Vote.DATE_TIME,)),
    "date_time_day_first": (_MOMENT, (Vote.DATE_TIME_DAY_FIRST, Vote.DATE_TIME_AMBIGUOUS)),
    "date_time_month_first": (_MOMENT, (Vote.DATE_TIME_MONTH_FIRST, Vote.DATE_TIME_AMBIGUOUS)),
    "date_time_with_zone": (Calendar("us", zoned=True), (Vote.DATE_TIME_ZONED,)),
    "time": (Calendar("us", time_of_day=True), (Vote.TIME,)),
    "month": (_DATE, (Vote.MONTH, Vote.MONTH_OR_YEARS)),
    "date_short_day_first": (_DATE, (Vote.DATE_SHORT_YEAR,)),
    "date_short_month_first": (_DATE, (Vote.DATE_SHORT_YEAR,)),
    "date_short_year_first": (_DATE, (Vote.DATE_SHORT_YEAR,)),
    "date_time_short_day_first": (_MOMENT, (Vote.DATE_TIME_SHORT_YEAR,)),
    "date_time_short_month_first": (_MOMENT, (Vote.DATE_TIME_SHORT_YEAR,)),
    "date_time_short_year_first": (_MOMENT, (Vote.DATE_TIME_SHORT_YEAR,)),
}
#: The votes for dates whose year has two digits, in the order of the evidence for their orders.
SHORT_YEARS = (Vote.DATE_SHORT_YEAR, Vote.DATE_TIME_SHORT_YEAR)
ORDERS = {"day_first": DAY_FIRST, "month_first": MONTH_FIRST, "year_first": YEAR_FIRST}
_AMBIGUOUS = np.array([vote in (Vote.DATE_AMBIGUOUS, Vote.DATE_TIME_AMBIGUOUS) for vote in VOTES])


def order_of(reading: str) -> str | None:
    """Which number a reading takes for the first: one of :data:`ORDERS`, None where there is no question."""
    return next((order for order in ORDERS if reading.endswith(order)), None)


def belonging(reading: str, seen: Recognised, rows: Integers | slice) -> Integers | slice:
    """Those of the positions whose texts can be read so.

    :param rows: positions of texts with one of the reading's votes.
    """
    if "short" not in reading:
        return rows
    fits = seen.values("orders", rows) & ORDERS[order_of(reading) or "day_first"] > 0
    return np.arange(len(seen.votes))[rows][fits]


def reading_values(reading: str, seen: Recognised, rows: Integers | slice) -> Array:
    """The values at these positions as one of the :data:`READINGS` has them."""
    if "short" in reading:
        name = {"month_first": "swapped", "year_first": "year_first"}.get(order_of(reading) or "", "integers")
        return seen.values(name, rows)
    values = seen.values("integers", rows)
    if not reading.endswith("month_first"):
        return values
    swapped = _AMBIGUOUS.take(seen.votes[rows])
    return np.where(swapped, seen.values("swapped", rows), values) if swapped.any() else values


def form_of(reading: str, vote: Vote, form: str) -> str:
    """A form, which is noted with the day first, as the reading has it."""
    if vote.endswith("ambiguous") or vote in SHORT_YEARS:
        if reading.endswith("month_first"):
            return swap_day_and_month(form)
        if reading.endswith("year_first"):
            return year_before_month_and_day(form)
    return form
