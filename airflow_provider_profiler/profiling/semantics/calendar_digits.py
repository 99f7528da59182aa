"""The numbers in dates and times, and the days that they name."""

from functools import cache

import numpy as np
import numpy.typing as npt

from airflow_provider_profiler.profiling.semantics.text_bytes import Bytes, Mask
from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers

#: Years of two digits up to here are of this century, the others of the last, as POSIX has it.
_LAST_SHORT_YEAR = 68
_MONTH_PLACES = 16


class Digits:
    """The numbers that digits at the same places of each text are."""

    def __init__(self, matrix: Bytes) -> None:
        self._matrix = matrix
        # Each byte and the one behind it as a number of two digits, in one go over all bytes: they lie closer together
        # than those of a column. Where they are no digits nobody looks. Bytes wrap around, and are right in the end.
        flat = np.ascontiguousarray(matrix).reshape(-1)
        pairs = flat * np.uint8(10)
        pairs[:-1] += flat[1:]
        pairs -= np.uint8(528 - 512)
        self._pairs = pairs.reshape(matrix.shape)

    def __len__(self) -> int:
        return len(self._matrix)

    def at(self, place: tuple[int, int]) -> Array:
        """The numbers at a place: uint8 for at most two digits, int32 or int64 for more."""
        start, stop = place
        if stop - start == 1:
            return self._matrix[:, start] - np.uint8(48)
        found: Array = self._pairs[:, start].copy()
        if stop - start == 2:
            return found
        found = found.astype(np.int64 if stop - start > 4 else np.int32)
        for column in range(start + 2, stop - 1, 2):
            found *= 100
            found += self._pairs[:, column]
        if (stop - start) % 2:
            found *= 10
            found += self._matrix[:, stop - 1]
            found -= 48
        return found


def whole_year(year: Array) -> Array:
    """The year that two digits stand for."""
    return year.astype(np.int32) + np.where(year > _LAST_SHORT_YEAR, np.int32(1900), np.int32(2000))


@cache
def _calendar() -> npt.NDArray[np.int32]:
    """Of each month of the years 0 to 9999: its first day since 1970 in the upper bits, its length in the lower five.

    There are sixteen places a year, and no days in those that are no months; nor in the year 0, which never was. The
    calendar is the proleptic Gregorian one.
    """
    months = np.arange(-1970 * 12, 8030 * 12 + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    found = np.zeros((10_000, _MONTH_PLACES), np.int32)
    found[:, 1:13] = (months[:-1] * 32 + np.diff(months)).reshape(-1, 12)
    found[0] = 0
    return found.reshape(-1)


def days_of(year: Array, month: Array, day: Array) -> tuple[Integers, Mask]:
    """Days since 1970, and where there is such a day.

    :param year: 0 to 9999.
    :param month: 0 to 99.
    :param day: 0 to 99.
    """
    index = year.astype(np.int32)
    index *= _MONTH_PLACES
    index += np.minimum(month, _MONTH_PLACES - 1).astype(np.uint8, copy=False)
    found = _calendar().take(index)
    length = (found & 31).astype(np.uint8)
    # The day 0 becomes 255.
    before = day.astype(np.uint8, copy=False) - np.uint8(1)
    found >>= 5
    days = found.astype(np.int64)
    days += before
    return days, before < length
