"""What a single value can be taken for: its vote on the type of its column."""

from enum import StrEnum


class Vote(StrEnum):
    """The votes, in a fixed order that stored states rely on."""

    NULL_TOKEN = "null_token"  # noqa: S105
    NOT_A_NUMBER = "nan"
    INTEGER = "integer"
    FLOAT = "float"
    INFINITY = "infinity"
    BOOLEAN = "boolean"
    DATE = "date"
    DATE_DAY_FIRST = "date_day_first"
    DATE_MONTH_FIRST = "date_month_first"
    DATE_AMBIGUOUS = "date_ambiguous"
    DATE_TIME = "date_time"
    DATE_TIME_DAY_FIRST = "date_time_day_first"
    DATE_TIME_MONTH_FIRST = "date_time_month_first"
    DATE_TIME_AMBIGUOUS = "date_time_ambiguous"
    DATE_TIME_ZONED = "date_time_with_zone"
    TIME = "time"
    LEADING_ZERO = "leading_zero"
    BIG_INTEGER = "big_integer"
    PHONE_NUMBER = "phone_number"
    TEXT = "text"
    DATE_SHORT_YEAR = "date_short_year"
    """``31/12/99``: which number is the year, the month and the day is for the column to say."""
    DATE_TIME_SHORT_YEAR = "date_time_short_year"
    MONTH = "month"
    """``2024-01``, ``January 2024``."""
    MONTH_OR_YEARS = "month_or_years"
    """``2011-12``: a month, or the time from one year to the next."""
    FLOAT_OR_GROUPED = "float_or_grouped"
    """A point before exactly three digits: ``1.234`` is a fraction or a thousand."""
    GROUPED_OR_DECIMAL = "grouped_or_decimal"
    """A comma before exactly three digits: ``1,234`` is a thousand or a fraction."""
    WRITTEN_NUMBER = "written_number"
    """A whole number with a unit, blanks or apostrophes between thousands, or brackets: ``12 %``, ``1 234``."""
    POINT_NUMBER = "point_number"
    """A number as people write it, whose decimal mark is the point: ``1,234.50``, ``$12.50``, ``1,234,567``."""
    COMMA_NUMBER = "comma_number"
    """A number whose decimal mark is the comma: ``3,14``, ``1.234,56``, ``1.234.567``."""
    LONG_TIME = "long_time"
    """A time beyond midnight, as timetables have it: ``25:10:00``."""
    NETWORK_ADDRESS = "network_address"
    """``192.168.1.1``."""
    VERSION = "version"
    """``1.2.3``."""

    @property
    def code(self) -> int:
        """The vote's position in the fixed order."""
        return _CODES[self]


#: Share of the values that must vote for a type. Values that say "no value" or "not a number" do not vote.
WINNING_SHARE = 0.95

VOTES = tuple(Vote)
_CODES = {vote: position for position, vote in enumerate(VOTES)}

#: "There is no value" and "not a number" speak for no type.
NEUTRAL = frozenset({Vote.NULL_TOKEN, Vote.NOT_A_NUMBER})
#: Numbers as programs write them, and as people do.
PLAIN_NUMBERS = frozenset({Vote.INTEGER, Vote.FLOAT, Vote.INFINITY, Vote.FLOAT_OR_GROUPED})
WRITTEN_NUMBERS = frozenset({Vote.GROUPED_OR_DECIMAL, Vote.WRITTEN_NUMBER, Vote.POINT_NUMBER, Vote.COMMA_NUMBER})
#: Values that are nothing but text, whatever they look like.
TEXTUAL = frozenset(
    {
        Vote.LEADING_ZERO,
        Vote.BIG_INTEGER,
        Vote.PHONE_NUMBER,
        Vote.TEXT,
        Vote.LONG_TIME,
        Vote.NETWORK_ADDRESS,
        Vote.VERSION,
    }
)
