"""Text in columns: how wide it is on a terminal, and what must not reach one."""

import unicodedata
from collections.abc import Sequence
from typing import Final

_UNITS: Final = ("KiB", "MiB", "GiB", "TiB", "PiB")


def printable(text: str) -> str:
    """The text on one line, with control characters written as escapes.

    A name in a dataset may hold line breaks, terminal commands or marks that turn the writing direction.
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def width(text: str) -> int:
    """Columns that a text takes on a terminal: wide characters take two, combining ones none.

    After UAX 11, East Asian Width.
    """
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def clipped(text: str, limit: int) -> str:
    """The text, cut to so many terminal columns and ended with an ellipsis where it is longer."""
    if width(text) <= limit:
        return text
    kept = ""
    room = limit - 1
    for character in text:
        room -= _character_width(character)
        if room < 0:
            break
        kept += character
    return kept + "…"


def aligned(rows: Sequence[Sequence[str]], *, indent: int = 0, right: Sequence[int] = ()) -> list[str]:
    """Rows of equal length as lines with aligned columns, two blanks apart.

    :param indent: blanks before each line.
    :param right: positions of the columns that are aligned to the right.
    """
    widths = [max(width(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [_padded(cell, widths[place], place in right) for place, cell in enumerate(row)]
        lines.append((" " * indent + "  ".join(cells)).rstrip())
    return lines


def _padded(cell: str, target: int, right: bool) -> str:
    blanks = " " * (target - width(cell))
    return blanks + cell if right else cell + blanks


def count_text(count: int, noun: str) -> str:
    """A count with its noun: ``1 row``, ``20,357 rows``."""
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def bytes_text(count: int) -> str:
    """Bytes in the largest binary unit that leaves a number of at least one (IEC 80000-13)."""
    amount = float(count)
    unit = "B"
    for larger in _UNITS:
        # 1023.95 and more would round to 1024.0.
        if amount < 1023.95:
            break
        amount /= 1024
        unit = larger
    return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"


def percentage(share: float) -> str:
    """Per cent with one decimal; what is little but not nothing never reads as nothing, nor almost all as all."""
    if 0 < share < 0.0005:
        return "<0.1%"
    if 0.9995 <= share < 1:
        return ">99.9%"
    return f"{share:.1%}"
