"""Glob patterns on paths inside a dataset."""

import re
from collections.abc import Iterable


def matches_any(path: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns covers the path."""
    return any(_compile(pattern).fullmatch(path) for pattern in patterns)


def _compile(pattern: str) -> re.Pattern[str]:
    """Translate a pattern: ``*`` and ``?`` stay within a segment, ``**`` crosses segments, ``[a-c]`` is a class.

    A pattern without ``/`` is about the file's name at any depth, as in a ``.gitignore``: ``*.csv`` means all CSV
    files, ``/*.csv`` those at the top. A pattern that ends in ``/`` covers everything below.
    """
    if "/" not in pattern:
        pattern = f"**/{pattern}"
    pattern = pattern.removeprefix("/")
    if pattern.endswith("/"):
        pattern += "**"
    expression = ""
    position = 0
    while position < len(pattern):
        rest = pattern[position:]
        if rest.startswith("**/"):
            expression += "(?:[^/]+/)*"
            position += 3
        elif rest.startswith("**"):
            expression += ".*"
            position += 2
        elif rest[0] == "*":
            expression += "[^/]*"
            position += 1
        elif rest[0] == "?":
            expression += "[^/]"
            position += 1
        elif bracket := _CLASS.match(rest):
            expression += _class(bracket)
            position += bracket.end()
        else:
            expression += re.escape(rest[0])
            position += 1
    return re.compile(expression, re.DOTALL)


_CLASS = re.compile(r"\[(!?)(\][^]]*|[^]]+)\]")


def _class(bracket: re.Match[str]) -> str:
    """A character class, or its own text where it is none (``[z-a]``)."""
    members = re.sub(r"([\\^\[\]&~|])", r"\\\1", bracket[2])
    expression = f"(?!/)[{'^' if bracket[1] else ''}{members}]"
    try:
        re.compile(expression)
    except re.error:
        return re.escape(bracket[0])
    return expression
