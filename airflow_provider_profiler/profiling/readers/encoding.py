"""The encoding of a text file: what its bytes say, and guesses where they say nothing."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from charset_normalizer import from_bytes

from airflow_provider_profiler.profiling.readers.reader import UnreadableFile

UTF_8 = "utf-8"

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ENDS_AND_QUOTES = "\r\n\"'"
_WIDTHS = {"utf-16-le": "<u2", "utf-16-be": ">u2", "utf-32-le": "<u4", "utf-32-be": ">u4"}
#: How files of other formats begin: bytes, the format's name, its media type.
SIGNATURES = (
    (b"PAR1", "Parquet", "application/x-parquet"),
    (b"%PDF-", "PDF", "application/pdf"),
    (b"PK\x03\x04", "ZIP", "application/zip"),
    (b"\x1f\x8b", "gzip", "application/gzip"),
    (b"\x28\xb5\x2f\xfd", "Zstandard", "application/zstd"),
    (b"BZh", "bzip2", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "xz", "application/x-xz"),
    (b"\x89PNG", "PNG", "image/png"),
    (b"\xff\xd8\xff", "JPEG", "image/jpeg"),
    (b"SQLite format 3\x00", "SQLite", "application/vnd.sqlite3"),
)
# What people still publish tables in. Guessing among all codecs finds EBCDIC in short texts.
_CANDIDATES = [
    *("cp1252", "cp1253", "iso8859_7", "cp1250", "iso8859_2", "cp1251", "koi8_r", "cp1254", "cp1255", "cp1256"),
    *("gb18030", "big5", "cp932", "euc_jp", "euc_kr", "mac_roman", "cp437"),
]
# S and Z with caron, the same in cp1250 and cp1252, but hardly ever written in the languages of the latter.
_CENTRAL_EUROPEAN = (b"\x8a", b"\x8e", b"\x9a", b"\x9e")
# Single-byte codecs whose letters differ from cp1252's in a few places only: too little evidence in a table.
_WESTERN = frozenset({"cp1252", "latin_1", "iso8859_15", "iso8859_9", "cp1254", "mac_roman", "cp437", "cp850"})


# Codecs that differ in few letters, the more common first.
_SIBLINGS = (("cp1252", "iso8859_15", "cp1250", "iso8859_2"), ("cp1250", "iso8859_2"), ("cp1253", "iso8859_7"))
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_WITHIN_WORDS = "’‘ʼ·­–—"
_BEFORE_LETTERS = "½¼¾¶"
#: Categories of characters that stand in no text: controls beyond ASCII, unassigned ones, half characters.
_NOT_WRITTEN = frozenset({"Cn", "Co", "Cs"})


@dataclass(frozen=True)
class TextEncoding:
    """How the bytes of a text file become characters."""

    name: str
    mark: int = 0
    """Length of the byte order mark in bytes."""

    @property
    def unit_type(self) -> str:
        """The numpy type of one code unit, in which ASCII characters have their ASCII numbers."""
        return _WIDTHS.get(self.name, "u1")

    @property
    def is_stateless(self) -> bool:
        """Whether a text may be cut after any line end: a code unit of ASCII value is always that character."""
        if self.name.startswith(("iso2022", "iso-2022", "hz", "utf_7", "utf-7", "utf7")):
            return False
        # EBCDIC has other numbers for them.
        return self.unit_type != "u1" or _ENDS_AND_QUOTES.encode(self.name) == _ENDS_AND_QUOTES.encode()


def marked_encoding(head: bytes) -> TextEncoding | None:
    """The encoding that a byte order mark at the start of a file names."""
    for mark, name in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return TextEncoding(name, len(mark))
    return None


def told_encoding(name: str, head: bytes) -> TextEncoding:
    """The encoding that an option names, without the byte order mark that may stand before it."""
    plain = codecs.lookup(name).name
    marked = marked_encoding(head)
    if marked and (plain == marked.name or plain == marked.name.rsplit("-", 1)[0] or plain == "utf-8-sig"):
        return marked
    endless = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": UTF_8}
    return TextEncoding(endless.get(plain, plain))


def check_is_text(head: bytes, path: str) -> None:
    """Refuse what is certainly another format.

    :param head: the first bytes of a file that claims to be text.
    :raises UnreadableFile: naming the format, or the control characters that no text has.
    """
    for signature, name, _ in SIGNATURES:
        if head.startswith(signature):
            raise UnreadableFile(f"{path}: is {name} data, not text; give it its right extension")
    controls = sum(head.count(bytes((code,))) for code in range(1, 32) if code not in b"\t\n\v\f\r\x1a\x1b")
    if controls > len(head) // 50:
        raise UnreadableFile(
            f"{path}: is binary data, not text: {controls} of the first {len(head)} bytes are controls"
        )


def unmarked_wide_encoding(head: bytes) -> TextEncoding | None:
    """UTF-16 without a byte order mark, told by its NULs: delimiters, digits and line ends have one each.

    No text of bytes has any, and binary data has them at even and odd places alike.
    """
    pairs = len(head) // 2
    even, odd = head[: 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if pairs < 2 or max(even, odd) < pairs / 50 or min(even, odd) > max(even, odd) / 10:
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = codecs.getincrementaldecoder(name)().decode(head)
    except UnicodeDecodeError:
        return None
    if not any(end in text for end in "\r\n") and max(even, odd) < 0.7 * pairs:
        return None
    strange = sum(unicodedata.category(character) in _NOT_WRITTEN for character in text)
    return TextEncoding(name) if strange <= len(text) / 50 else None


def guessed_encodings(sample: bytes) -> Iterator[TextEncoding]:
    """Encodings to try for text that is not UTF-8, the likeliest first. The last one, Latin-1, fits any bytes.

    :param sample: some of the text, with bytes that are not ASCII in it.
    """
    matches = from_bytes(sample, cp_isolation=_CANDIDATES)
    best = matches.best()
    guess = codecs.lookup(best.encoding).name if best else "cp1252"
    if (
        best
        and not any(mark in sample for mark in _CENTRAL_EUROPEAN)
        and any(
            "cp1252" in match.could_be_from_charset and match.chaos <= best.chaos and match.coherence >= best.coherence
            for match in matches
        )
    ):
        # As likely as the others, and far more common: Spanish reads as well in the codec of Central Europe.
        guess = "cp1252"
    sibling = _sibling("cp1252" if guess in _WESTERN else guess, sample)
    yielded = []
    for name in (sibling, guess, "cp1252", "latin-1"):
        if name not in yielded:
            yielded.append(name)
            yield TextEncoding(name)


def _sibling(guess: str, sample: bytes) -> str:
    """The codec of the same alphabet in which the words look best; the guess where no other is better."""
    siblings = next((group for group in _SIBLINGS if guess in group), (guess,))
    scores = {name: _broken_words(sample, name) for name in siblings}
    best = min(scores, key=lambda name: scores[name])
    return best if scores[best] < scores[guess] else guess


def _broken_words(sample: bytes, codec: str) -> int:
    """How many letters beyond ASCII look wrong where they stand: signs within words, capitals behind small letters."""
    try:
        text = codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return len(sample)
    broken = 0
    for match in _BEYOND_ASCII.finditer(text):
        character, start = match.group(), match.start()
        before, behind = text[start - 1 : start], text[start + 1 : start + 2]
        if unicodedata.category(character) in _NOT_WRITTEN:
            broken += 1
        elif character.isalpha():
            broken += character.isupper() and before.islower()
        elif character not in _WITHIN_WORDS:
            broken += behind.isalpha() and (before.isalpha() or character in _BEFORE_LETTERS)
    return broken
