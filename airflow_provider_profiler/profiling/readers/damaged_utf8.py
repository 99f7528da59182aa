"""Text that is UTF-8 but for a few bytes: each of them becomes U+FFFD, and everything else stays as it is.

A line end is never part of such a replacement, so a text gives the same characters whole and cut after its lines.
"""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from airflow_provider_profiler.contract.profile import QualityExample
from airflow_provider_profiler.profiling.readers.arrow_rows import line_ends_in
from airflow_provider_profiler.profiling.readers.codec_fit import fit_of_damaged, ranked_codecs
from airflow_provider_profiler.profiling.readers.encoding import TextEncoding
from airflow_provider_profiler.profiling.readers.reader import Undecodable
from airflow_provider_profiler.profiling.readers.record_cuts import blocks
from airflow_provider_profiler.profiling.readers.validation import WrongEncoding, check_utf_8

_REPLACEMENT = "\ufffd".encode()
#: How much longer a text becomes by each replacement.
GROWTH = len(_REPLACEMENT) - 1
#: Python copies what it could not decode into its error: so much of a text is decoded at a time.
_DECODED = 16 * 1024
#: So many times more characters beyond ASCII than undecodable bytes no other encoding makes by chance: read with any of
#: them, all of the characters would be garbled.
_CLEARLY = 10
#: The damage that a text of any length may have otherwise, and the share of all bytes.
_HANDFUL, _PER_BYTES = 8, 10_000
#: Undecodable bytes behind which it is no use to look further if they outnumber the characters.
_ENOUGH = 1000
_SAMPLE = 64 * 1024
_EXAMPLES = 5
#: Bytes on either side of an undecodable one that its example may show.
_AROUND = 100


@dataclass(frozen=True)
class Repaired:
    """A text without its damage."""

    text: bytes
    """Sound UTF-8."""
    places: tuple[int, ...] = ()
    """Where in it the replacements stand."""
    torn: bytes = b""
    """What may be the beginning of a character."""


def repaired(data: bytes, *, final: bool = True) -> Repaired:
    """Replace each byte of a text that is not UTF-8.

    :param data: begins with a character.
    :param final: whether nothing follows, so that a character cannot be torn.
    """
    if data.isascii():
        return Repaired(data)
    try:
        torn = check_utf_8(data, 0)
        if not torn or not final:
            return Repaired(data[: len(data) - len(torn)], torn=torn)
    except WrongEncoding:
        pass
    parts: list[bytes] = []
    places: list[int] = []
    position = size = 0
    view = memoryview(data)
    while position < len(data):
        stop = min(position + _DECODED, len(data))
        try:
            used = codecs.utf_8_decode(view[position:stop], "strict", final and stop == len(data))[1]
            bad = 0
        except UnicodeDecodeError as error:
            used, bad = error.start, error.end - error.start
        if not used and not bad:
            break
        parts += (data[position : position + used], _REPLACEMENT * bad)
        places += range(size + used, size + used + len(_REPLACEMENT) * bad, len(_REPLACEMENT))
        position += used + bad
        size += used + len(_REPLACEMENT) * bad
    return Repaired(b"".join(parts), tuple(places), data[position:])


def source_length(file: BinaryIO, start: int, length: int) -> int:
    """How many bytes of a file a part of its repaired text takes.

    :param start: where the part begins in the file.
    :param length: bytes of the part, which ends with a character.
    """
    file.seek(start)
    found = repaired(file.read(length), final=False)
    return length - GROWTH * sum(place < length for place in found.places)


@dataclass(frozen=True)
class Damage:
    """What was found where a file turned out not to be UTF-8."""

    sample: bytes
    """Some of the text around the first place, from which its encoding can be guessed."""
    undecodable: Undecodable | None
    """The damage, if the file is UTF-8 all the same."""


def found_damage(file: BinaryIO, encoding: TextEncoding, languages: Sequence[str]) -> Damage:
    """Look at all of a file that is not UTF-8 throughout, whether it is damaged or of another encoding.

    It is damaged where far more characters beyond ASCII can be decoded than there are undecodable bytes, or where these
    are few and no other encoding makes better words of the text. A byte order mark leaves no doubt of the encoding.

    :param encoding: UTF-8, with or without a byte order mark.
    :param languages: those that the text is said to be in.
    """
    survey = _Survey(encoding.mark)
    file.seek(encoding.mark)
    for block in blocks(file):
        survey.take(block)
        if survey.bad > _ENOUGH and survey.bad > survey.characters:
            break
    else:
        survey.finish()
    sample = _telling_sample(file, survey.offsets[0] if survey.offsets else 0)
    if survey.characters < _CLEARLY * survey.bad:
        if survey.bad > max(_HANDFUL, survey.size // _PER_BYTES):
            return Damage(sample, None)
        if not encoding.mark and not _fits_better(sample, languages):
            return Damage(sample, None)
    values = (_around(file, offset) for offset in survey.offsets)
    examples = (QualityExample(value=value, row=line) for value, line in zip(values, survey.lines, strict=True))
    return Damage(sample, Undecodable(survey.bad, survey.bad_lines, tuple(examples)))


def _fits_better(sample: bytes, languages: Sequence[str]) -> bool:
    others = ranked_codecs(sample, languages)
    return not others or fit_of_damaged(repaired(sample).text.decode(), languages) > others[0].score


@dataclass
class _Survey:
    """Counts what a text is made of, block by block."""

    offset: int
    """Where in the file the next block begins, without what is torn."""
    size: int = 0
    bad: int = 0
    characters: int = 0
    """Beyond ASCII."""
    bad_lines: int = 0
    offsets: list[int] = field(default_factory=list)
    """Of the first undecodable bytes, in the file; no two of one line."""
    lines: list[int] = field(default_factory=list)
    """Theirs, from 1."""
    _line: int = 1
    _last_bad_line: int = 0
    _torn: bytes = b""
    _behind_return: bool = False

    def take(self, block: bytes) -> None:
        """Look at the next block; it may end anywhere."""
        self._look_at(repaired(self._torn + block, final=False))
        self.size += len(block)

    def finish(self) -> None:
        """Look at what is torn at the end."""
        self._look_at(repaired(self._torn))

    def _look_at(self, found: Repaired) -> None:
        text = found.text
        if text.startswith(b"\n") and self._behind_return:
            self._line -= 1  # one line end in two blocks
        behind = 0
        for number, place in enumerate(found.places):
            self._line += line_ends_in(text[behind:place])
            behind = place
            if self._line != self._last_bad_line:
                self._last_bad_line = self._line
                self.bad_lines += 1
                if len(self.lines) < _EXAMPLES:
                    self.lines.append(self._line)
                    self.offsets.append(self.offset + place - GROWTH * number)
        self._line += line_ends_in(text[behind:])
        self.bad += len(found.places)
        if not text.isascii():
            self.characters += int(np.count_nonzero(np.frombuffer(text, np.uint8) >= 0xC0)) - len(found.places)
        if text:
            self._behind_return = text.endswith(b"\r")
        self.offset += len(text) - GROWTH * len(found.places)
        self._torn = found.torn


def _telling_sample(file: BinaryIO, offset: int) -> bytes:
    """The first bytes of a file, or the lines around the first undecodable one, where it stands behind them."""
    if offset < _SAMPLE:
        file.seek(0)
        return file.read(_SAMPLE)
    file.seek(offset - _SAMPLE // 2)
    # Whole lines of plain ASCII tell nothing about the encoding of the others.
    lines = file.read(_SAMPLE).splitlines(keepends=True)
    return b"".join(line for line in (lines[1:] if len(lines) > 2 else lines) if not line.isascii())


def _around(file: BinaryIO, offset: int) -> str:
    """A line around an undecodable byte, as far as an example shows it."""
    place = min(offset, _AROUND)
    file.seek(offset - place)
    wanted = place + 1 + _AROUND
    data = file.read(wanted)
    first = max(data.rfind(b"\n", 0, place), data.rfind(b"\r", 0, place)) + 1
    ends = [end for mark in (b"\n", b"\r") if (end := data.find(mark, place)) >= 0]
    while first < place and data[first] & 0xC0 == 0x80:  # half a character
        first += 1
    whole = bool(ends) or len(data) < wanted
    return repaired(data[first : min(ends, default=len(data))], final=whole).text.decode().removeprefix("\ufeff")
