"""Where the brackets and commas of a JSON text stand, without parsing it: numpy looks at whole blocks at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Places = np.ndarray[tuple[int], np.dtype[np.int64]]
_Units = np.ndarray[tuple[int], np.dtype[np.uint8]]

COMMA, OPEN_ARRAY = ord(","), ord("[")
_QUOTE, _BACKSLASH = ord('"'), ord("\\")
#: For each byte: 1 opens an array or object, -1 closes one, 0 does neither.
_DEPTH = np.zeros(256, np.int8)
_DEPTH[[ord("{"), OPEN_ARRAY]] = 1
_DEPTH[[ord("}"), ord("]")]] = -1
_LOOKED_AT = _DEPTH != 0
_LOOKED_AT[[COMMA, _QUOTE]] = True


@dataclass(frozen=True)
class Tokens:
    """Brackets, braces and commas of a block that stand in no string."""

    places: Places
    """Offsets in the block, ascending."""
    codes: _Units
    """The characters."""
    depths: Places
    """How many arrays and objects are open behind each of them."""


class StructureScanner:
    """Follows strings and nesting through the blocks of a text in an encoding that has ASCII's bytes."""

    def __init__(self) -> None:
        self.depth = 0
        """Arrays and objects that are open behind the last block."""
        self.in_string = False
        self._odd_backslashes = False

    def feed(self, block: bytes) -> Tokens:
        """Take the next block; it may end anywhere."""
        units: _Units = np.frombuffer(block, np.uint8)
        places: Places = np.flatnonzero(_LOOKED_AT[units])
        codes = units[places]
        quotes = codes == _QUOTE
        if b"\\" in block or self._odd_backslashes:
            quotes &= ~self._escaped(units, places)
        inside = np.cumsum(quotes) + self.in_string
        outside = (inside % 2 == 0) & (codes != _QUOTE)
        places, codes = places[outside], codes[outside]
        depths = self.depth + np.cumsum(_DEPTH[codes], dtype=np.int64)
        if len(inside):
            self.in_string = bool(inside[-1] % 2)
        if len(depths):
            self.depth = int(depths[-1])
        return Tokens(places, codes, depths)

    def _escaped(self, units: _Units, places: Places) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which places have an odd number of backslashes before them."""
        carried = self._odd_backslashes
        slashes = np.flatnonzero(units == _BACKSLASH)
        self._odd_backslashes = bool(_run_before(slashes, np.array([len(units)]), carried)[0] % 2)
        return np.asarray(_run_before(slashes, places, carried) % 2 == 1)


def _run_before(slashes: Places, places: Places, carried: bool) -> Places:
    """How many backslashes stand right before each place, one more where the block before ended in an odd number."""
    if not len(slashes):
        first: Places = (places == 0).astype(np.int64) * int(carried)
        return first
    # A run begins with a backslash that has none right before it.
    starts = slashes[np.flatnonzero(np.diff(slashes, prepend=slashes[0] - 2) > 1)]
    last = np.searchsorted(slashes, places) - 1
    adjacent = (last >= 0) & (slashes[last] == places - 1)
    begun = starts[np.searchsorted(starts, slashes[last], side="right") - 1]
    lengths: Places = np.where(adjacent, places - begun, 0)
    if carried:
        lengths = lengths + ((adjacent & (begun == 0)) | (places == 0))
    return lengths


class ItemAssembler:
    """Puts the items of an array together from blocks that end anywhere."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.waiting = 0
        """Bytes of the item that is not complete."""

    def take(self, text: bytes, commas: Sequence[int] | Places) -> tuple[bytes, list[int]]:
        """The items that are complete with a piece of the array's content.

        :param text: the piece.
        :param commas: offsets in it of the commas that part items.
        :return: their text with the commas between and behind them, and where these stand.
        """
        if not len(commas):
            self._parts.append(text)
            self.waiting += len(text)
            return b"", []
        end = int(commas[-1]) + 1
        shift = self.waiting
        complete = b"".join((*self._parts, text[:end]))
        self._parts, self.waiting = [text[end:]], len(text) - end
        return complete, [int(comma) + shift for comma in commas]

    def rest(self) -> bytes:
        """The text behind the last comma."""
        return b"".join(self._parts)
