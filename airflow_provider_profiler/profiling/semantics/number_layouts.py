"""Which layouts are those of numbers as people write them, and what marks and signs such a number has."""

import re
from dataclasses import dataclass
from functools import lru_cache

from airflow_provider_profiler.profiling.semantics.calendar_layouts import Slice
from airflow_provider_profiler.profiling.semantics.layouts import outline
from airflow_provider_profiler.profiling.semantics.votes import Vote

#: Digits that fit int64 whatever they are.
_SAFE_DIGITS = 18

_GROUPED = r"9{1,3}(?P<group>[ ',.])999(?:(?P=group)999)*"
#: As in India: two digits between commas, and three at last.
_LAKH = r"9{1,2}(?:,99)+,999"
_NUMBER = rf"(?P<whole>{_GROUPED}|{_LAKH}|9+)(?:(?P<mark>[.,])(?P<fraction>9+))?"
_BEFORE = r"(?:(?P<before>[ab]{0,3}[$]|[ab]{1,4}\.?) ?)?"
_BEHIND = r"(?:(?P<blank> ?)(?P<behind>[%$]|[ab]{0,3}[$]|[ab]{1,6}\.?(?:/[ab]{1,2})?|(?<= )[ab]{1,2}9))?"
_FORM = (
    rf"(?P<bracket>\()?(?P<sign>[+-] ?)?{_BEFORE}(?P<inner_sign>[+-] ?)?{_NUMBER}{_BEHIND}(?P<closed>\))?(?P<minus>-)?"
)
_PATTERN = re.compile(_FORM)
#: Pattern of RE2 for all layouts of numbers as people write them, and for some others.
NUMBER_OUTLINE = outline(_FORM)


@dataclass(frozen=True)
class NumberPlan:
    """Where the digits of a number stand in texts of one layout.

    ``vote`` is what the layout says when the first digit is not zero, ``zero_vote`` when it is; None for no number.
    """

    vote: Vote
    zero_vote: Vote | None
    whole: tuple[int, ...]
    """Places of the digits before the mark."""
    fraction: Slice | None
    """Place of the digits behind the mark, or behind what may be one."""
    negative: bool
    before: Slice | None
    behind: Slice | None
    blank: bool
    """Whether a blank stands between the number and what is behind it."""
    notation: str
    """How the number is written: ``#`` for digits that may be there, ``0`` for those that are, marks as they stand."""
    zero_notation: str

    @property
    def fits(self) -> bool:
        """Whether the whole number fits 64 bits."""
        return len(self.whole) <= _SAFE_DIGITS


@lru_cache(maxsize=8192)
def number_plan(layout: str) -> NumberPlan | None:
    """How texts of this layout are read as a number with marks or a unit; None where they are none."""
    match = _PATTERN.fullmatch(layout)
    if match is None:
        return None
    has = {name: found is not None for name, found in match.groupdict().items()}
    group, mark = match["group"], match["mark"]
    lakh = group is None and "," in match["whole"]
    if (
        has["bracket"] != has["closed"]
        or sum((has["bracket"], has["sign"], has["inner_sign"], has["minus"])) > 1
        or (has["before"] and has["behind"])
        or (mark is not None and mark == ("," if lakh else group))
        # "12-" is the beginning of a range as often as not.
        or (has["minus"] and group is None and mark is None)
    ):
        return None
    start, stop = match.span("whole")
    whole = tuple(place for place in range(start, stop) if layout[place] == "9")
    fraction = match.span("fraction") if mark is not None else None
    vote, zero_vote = _votes(group, mark, lakh, match["whole"])
    if vote in (Vote.FLOAT_OR_GROUPED, Vote.GROUPED_OR_DECIMAL):
        fraction = (stop - 3, stop)
    negative = "-" in (match["sign"] or "") + (match["inner_sign"] or "") + (match["minus"] or "") or has["bracket"]
    return NumberPlan(
        vote,
        zero_vote,
        whole,
        fraction,
        negative,
        match.span("before") if has["before"] else None,
        match.span("behind") if has["behind"] else None,
        bool(match["blank"]),
        _notation(group, mark, lakh, has),
        _notation(None, group if zero_vote is not None and group else mark, lakh, has),
    )


def _votes(group: str | None, mark: str | None, lakh: bool, whole: str) -> tuple[Vote, Vote | None]:
    if mark is not None:
        vote = Vote.POINT_NUMBER if mark == "." else Vote.COMMA_NUMBER
        # "0.5 %" is fine, "0,123.5" and "00,5" are not.
        return vote, vote if whole == "9" else None
    if lakh:
        return Vote.POINT_NUMBER, None
    if group in (",", "."):
        if whole.count(group) > 1:
            return (Vote.POINT_NUMBER if group == "," else Vote.COMMA_NUMBER), None
        # "0,123" cannot be a thousand.
        alone = len(whole) == 5
        if group == ",":
            return Vote.GROUPED_OR_DECIMAL, Vote.COMMA_NUMBER if alone else None
        return Vote.FLOAT_OR_GROUPED, Vote.POINT_NUMBER if alone else None
    return Vote.WRITTEN_NUMBER, Vote.WRITTEN_NUMBER if whole == "9" else None


def _notation(group: str | None, mark: str | None, lakh: bool, has: dict[str, bool]) -> str:
    shown = "#,##,##0" if lakh else f"#{group}##0" if group else "0"
    if mark:
        shown += f"{mark}0"
    return f"({shown})" if has["bracket"] else f"{shown}-" if has["minus"] else shown
