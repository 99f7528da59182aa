"""Glob patterns on paths inside a dataset."""

import re
from collections.abc import Iterable, Sequence
from enum import Enum
from functools import lru_cache


def matches_any(path: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns covers the path.

    ``*`` and ``?`` stay within a segment, ``**`` crosses segments, ``[a-c]`` is a class. A pattern without ``/`` is
    about the file's name at any depth, as in a ``.gitignore``: ``*.csv`` means all CSV files, ``/*.csv`` those at
    the top. A pattern that ends in ``/`` covers everything below.
    """
    return any(_automaton(pattern).matches(path) for pattern in patterns)


class _Star(Enum):
    """What may be repeated in a path."""

    NAME = "*"
    PATH = "**"
    FOLDERS = "**/"
    FOLDER = "a folder's name within **/"


#: One part of a pattern: something repeated, or what one character has to be.
_Part = _Star | str | re.Pattern[str]


class _Automaton:
    """A pattern, followed through a path one character at a time.

    A regular expression would try the stars in all combinations where a path almost fits: ``*0*0*0*0*0*0*1`` then
    takes hours over a name of zeros, and holds up the whole process.

    Bit ``n`` of a number stands for: the path, as far as it was read, fits the first ``n`` parts.
    """

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._parts = parts
        self._end = 1 << len(parts)
        self._stars = _bits(part in (_Star.NAME, _Star.PATH) for part in parts)
        self._folders = _bits(part is _Star.FOLDERS for part in parts)
        self._moves: dict[str, tuple[int, int, int]] = {}

    def matches(self, path: str) -> bool:
        """Whether the whole path fits."""
        reached = self._without_repetitions(1)
        for character in path:
            moves = self._moves.get(character)
            if moves is None:
                moves = self._moves[character] = self._moves_over(character)
            on, stay, back = moves
            reached = self._without_repetitions((reached & on) << 1 | reached & stay | (reached & back) >> 1)
        return bool(reached & self._end)

    def _without_repetitions(self, reached: int) -> int:
        """Also what is reached by repeating nothing."""
        while True:
            further = reached | (reached & self._stars) << 1 | (reached & self._folders) << 2
            if further == reached:
                return reached
            reached = further

    def _moves_over(self, character: str) -> tuple[int, int, int]:
        """From which parts a character leads on to the next, stays, and leads back to the one before."""
        inside = character != "/"
        on = _bits(_fits(part, character) or (inside and part is _Star.FOLDERS) for part in self._parts)
        stay = _bits(part is _Star.PATH or (inside and part in (_Star.NAME, _Star.FOLDER)) for part in self._parts)
        return on, stay, 0 if inside else _bits(part is _Star.FOLDER for part in self._parts)


def _bits(flags: Iterable[bool]) -> int:
    return int("".join("01"[flag] for flag in flags)[::-1] or "0", 2)


def _fits(part: _Part, character: str) -> bool:
    if isinstance(part, _Star):
        return False
    return part == character if isinstance(part, str) else part.fullmatch(character) is not None


@lru_cache(maxsize=256)
def _automaton(pattern: str) -> _Automaton:
    """Take a pattern apart."""
    if "/" not in pattern:
        pattern = f"**/{pattern}"
    pattern = pattern.removeprefix("/")
    if pattern.endswith("/"):
        pattern += "**"
    parts: list[_Part] = []
    position = 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        text = token[0] if token else pattern[position]
        position += len(text)
        if text.startswith("**") and text.endswith("/"):
            parts += (_Star.FOLDERS, _Star.FOLDER)
        elif text.startswith("*"):
            parts.append(_Star.PATH if len(text) > 1 else _Star.NAME)
        elif text == "?":
            parts.append(_ANY)
        elif bracket := _CLASS.fullmatch(text):
            parts += _class(bracket)
        else:
            parts.append(text)
    return _Automaton(parts)


#: Stars that follow each other repeat no more than one pair of them.
_TOKEN = re.compile(r"(?:\*\*/)+|(?:\*\*)+(?=\*\*/)|\*\*+|\*|\?|\[!?(?:\][^]]*|[^]]+)\]")
_ANY = re.compile(r"[^/]", re.DOTALL)
_CLASS = re.compile(r"\[(!?)(\][^]]*|[^]]+)\]")


def _class(bracket: re.Match[str]) -> list[_Part]:
    """A character class, or its own text where it is none (``[z-a]``)."""
    members = re.sub(r"([\\^\[\]&~|])", r"\\\1", bracket[2])
    try:
        return [re.compile(f"(?!/)[{'^' if bracket[1] else ''}{members}]", re.DOTALL)]
    except re.error:
        return list(bracket[0])
