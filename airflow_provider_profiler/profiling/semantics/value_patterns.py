"""What single texts look like, whatever column they stand in: addresses, codes, words.

The patterns are strict: what only resembles an address is none. Nothing is looked up anywhere.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.statistics.encoding import Integers
from airflow_provider_profiler.profiling.statistics.keys import utf8_texts

Mask = npt.NDArray[np.bool_]

#: A scheme that people follow with a host, or a host that begins with ``www``.
_URL = r"^(?i:(?:https?|ftps?|sftp|wss?|s3|gs|hdfs)://[^\s/?#]+|www\.[^\s./?#]+\.[^\s/?#]+)(?:[/?#]\S*)?$"
_ATOM = r"[^\s@\"(),:;<>\[\]\\.]+"
_LABEL = r"[^\s@\"(),:;<>\[\]\\._-](?:[^\s@\"(),:;<>\[\]\\._]*[^\s@\"(),:;<>\[\]\\._-])?"
#: The form of RFC 5322 without quoted parts and comments, at a host with a top-level domain.
_EMAIL = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[^\s@\"(),:;<>\[\]\\._0-9-][^\s@\"(),:;<>\[\]\\._0-9]+$"
_HEX = "[0-9a-fA-F]"
_UUID = rf"^(?i:urn:uuid:)?\{{?{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}\}}?$"


@dataclass(frozen=True)
class _Pattern:
    """An expression for all alphabets and, as these make it a hundred times as large, one for plain letters."""

    any: str
    plain: str


#: One word of letters, digits and what stands between the parts of codes.
_ONE_WORD = _Pattern(r"^[\pL\pN_-][\pL\pN_.:/#+-]*$", r"^[A-Za-z0-9_-][A-Za-z0-9_.:/#+-]*$")
#: Of such words those are codes that hold a digit, are a few capitals, or change to capitals inside.
_CODED = _Pattern(r"\pN|^\p{Lu}{1,6}$|\p{Ll}\p{Lu}", "[0-9]|^[A-Z]{1,6}$|[a-z][A-Z]")
#: Bytes of the longest code.
_LONGEST_CODE = 128
_FRACTION = r"^[+-]?[0-9]*[.,][0-9]+$"
_WORDS = _Pattern(r"\pL\pL", "[A-Za-z][A-Za-z]")


@dataclass(frozen=True)
class Weighed:
    """Distinct texts without white space around them, none of them a word for "no value", and what each counts."""

    texts: pa.Array
    rows: Integers

    @property
    def total(self) -> int:
        """What all of them count together."""
        return int(self.rows.sum())

    def share(self, mask: Mask) -> float:
        """The share of the values at these positions in all; 0 where there is none."""
        total = self.total
        return int(self.rows[mask].sum()) / total if total else 0.0


def weighed(values: pa.Array, rows: Integers, tokens: frozenset[str]) -> Weighed:
    """Prepare texts for the patterns.

    :param values: a ``large_binary`` array of UTF-8 without nulls.
    :param rows: how many rows each of them stands for.
    :param tokens: words for "no value", which take no part.
    """
    texts = pc.utf8_trim_whitespace(utf8_texts(values))
    kept: Mask = pc.binary_length(texts).to_numpy(zero_copy_only=False) > 0
    if tokens:
        kept &= ~_mask(pc.is_in(texts, value_set=pa.array(sorted(tokens), pa.large_string())))
    if kept.all():
        return Weighed(texts, rows)
    return Weighed(texts.filter(pa.array(kept)), rows[kept])


def are_urls(texts: pa.Array) -> Mask:
    """Which texts are addresses of the web or of files elsewhere."""
    found = _mask(pc.or_(pc.match_substring(texts, "://"), pc.match_substring(texts, "www.", ignore_case=True)))
    return _matching(texts, _URL, found)


def are_emails(texts: pa.Array) -> Mask:
    """Which texts are addresses of electronic mail."""
    return _matching(texts, _EMAIL, _mask(pc.match_substring(texts, "@")))


def are_uuids(texts: pa.Array) -> Mask:
    """Which texts are UUIDs with their hyphens."""
    lengths = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    return _matching(texts, _UUID, (lengths >= 36) & (lengths <= 47))


def are_codes(texts: pa.Array) -> Mask:
    """Which texts look like codes: one word with a digit in it, of few capitals, or with capitals inside.

    Fractions do not, and neither do words as people write them.
    """
    short = pc.less_equal(pc.binary_length(texts), _LONGEST_CODE)
    found = _matching(texts, _ONE_WORD, _mask(short))
    found = _matching(texts, _CODED, found)
    return found & ~_matching(texts, _FRACTION, found)


def are_digits(texts: pa.Array) -> Mask:
    """Which texts are digits alone."""
    return _matching(texts, "^[0-9]+$")


def are_padded(texts: pa.Array) -> Mask:
    """Which texts are several digits of which the first is a zero."""
    return _matching(texts, "^0[0-9]+$")


def have_words(texts: pa.Array) -> Mask:
    """Which texts hold two letters in a row."""
    return _matching(texts, _WORDS)


def _matching(texts: pa.Array, pattern: _Pattern | str, among: Mask | None = None) -> Mask:
    """Which texts match, of those that may."""
    if among is not None and not among.all():
        found = among.copy()
        if among.any():
            found[among] = _matching(texts.filter(pa.array(among)), pattern)
        return found
    if isinstance(pattern, _Pattern):
        pattern = pattern.plain if pc.all(pc.string_is_ascii(texts)).as_py() else pattern.any
    return _mask(pc.match_substring_regex(texts, pattern))


def _mask(found: pa.Array) -> Mask:
    mask: Mask = found.to_numpy(zero_copy_only=False).astype(np.bool_)
    return mask
