"""The encoding of a text file: what its bytes say, and guesses where they say nothing."""

import codecs
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from charset_normalizer import from_bytes

from airflow_provider_profiler.profiling.readers.alphabets import CODECS
from airflow_provider_profiler.profiling.readers.codec_fit import ranked_codecs
from airflow_provider_profiler.profiling.readers.reader import Undecodable, UnreadableFile

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
# What is tried where no language that is known explains a text. Among all codecs EBCDIC is found in short ones.
_CANDIDATES = [*CODECS, "cp874"]
#: Categories of characters that stand in no text: controls beyond ASCII, unassigned ones, half characters.
_NOT_WRITTEN = frozenset({"Cn", "Co", "Cs"})
_MOST_GUESSES = 3


@dataclass(frozen=True)
class TextEncoding:
    """How the bytes of a text file become characters."""

    name: str
    mark: int = 0
    """Length of the byte order mark in bytes."""
    undecodable: Undecodable | None = None
    """What is known to be damaged in a text of UTF-8."""

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


def guessed_encodings(sample: bytes, languages: Sequence[str] = ()) -> Iterator[TextEncoding]:
    """Encodings to try for text that is not UTF-8, the likeliest first. The last one, Latin-1, fits any bytes.

    :param sample: some of the text, with bytes that are not ASCII in it.
    :param languages: those that it is said to be in, by code or name; they count as far as the text leaves it open.
    """
    ranked = [fit.codec for fit in ranked_codecs(sample, languages)]
    if not ranked and (best := from_bytes(sample, cp_isolation=_CANDIDATES).best()):
        ranked = [best.encoding]
    # Bytes behind the sample may be none of the likeliest codec.
    for name in dict.fromkeys(codecs.lookup(name).name for name in (*ranked[:_MOST_GUESSES], "cp1252", "latin-1")):
        yield TextEncoding(name)
