"""Figures as people read them."""

from airflow_provider_profiler.contract.statistics import Accuracy, Method, Scalar


def number(value: float | int | None) -> str:
    """A number with its thousands apart; a float with six digits that tell."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.6g}"


def scalar(value: Scalar | None) -> str:
    """A cell's value: numbers as in :func:`number` but never shortened, texts as they are."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def accuracy(told: Accuracy) -> str:
    """How a statistic came to be, in a word or two."""
    if told.method is Method.EXACT:
        return "exact"
    if told.bound is None:
        return "of a sample"
    how = "of a sample" if told.method is Method.SAMPLE else "approximate"
    return f"{how}, ±{100 * told.bound:.2g}%" if told.bound else how
