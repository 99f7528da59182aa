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

    @property
    def code(self) -> int:
        """The vote's position in the fixed order."""
        return _CODES[self]


VOTES = tuple(Vote)
_CODES = {vote: position for position, vote in enumerate(VOTES)}

#: "There is no value" and "not a number" speak for no type.
NEUTRAL = frozenset({Vote.NULL_TOKEN, Vote.NOT_A_NUMBER})
NUMERIC = frozenset({Vote.INTEGER, Vote.FLOAT, Vote.INFINITY})
#: Values that are nothing but text, whatever they look like.
TEXTUAL = frozenset({Vote.LEADING_ZERO, Vote.BIG_INTEGER, Vote.PHONE_NUMBER, Vote.TEXT})
