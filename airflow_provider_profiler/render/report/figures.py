"""Figures as people read them."""

from datetime import UTC, datetime

from airflow_provider_profiler.contract.statistics import Accuracy, Method, Scalar

#: From here on decimals are cut: cents still tell, what is behind them does not.
_LARGE = 1_000
#: Beyond this a double holds no single whole numbers any more, and its digits would be made up.
_WHOLE = 1e15


def number(value: float | int | None) -> str:
    """A number from the data with its thousands apart; a float with the digits that tell."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    if not abs(value) < _WHOLE:
        return f"{value:,.6g}"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) >= _LARGE else f"{value:.6g}"


def rounded(value: float | int | None) -> str:
    """A number that was worked out, such as a mean: four digits, or all before the point where those are more."""
    if value is None or isinstance(value, int) or not abs(value) < _WHOLE or value == int(value):
        return number(value)
    return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:.4g}"


def scalar(value: Scalar | None) -> str:
    """A cell's value, never shortened; a whole float without its point, for so the other figures are."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and abs(value) < _WHOLE and value == int(value):
        return str(int(value))
    return str(value)


def day_and_time(text: str) -> str:
    """A moment of the data in ISO 8601, with a blank for the T that divides day and time."""
    return text.replace("T", " ", 1) if text[:1].isdigit() else text


def when(moment: datetime) -> str:
    """A moment for people, to the minute, in UTC."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def accuracy(told: Accuracy) -> str:
    """How a statistic came to be, in a word or two."""
    if told.method is Method.EXACT:
        return "exact"
    if told.bound is None:
        return "of a sample"
    how = "of a sample" if told.method is Method.SAMPLE else "approximate"
    return f"{how}, ±{100 * told.bound:.2g}%" if told.bound else how
