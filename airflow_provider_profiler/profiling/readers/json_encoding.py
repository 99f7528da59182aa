"""The encoding of JSON: UTF-8, unless something says otherwise. Guessing, as for delimited text, would corrupt it."""

from dataclasses import replace
from typing import BinaryIO

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.readers.damaged_utf8 import found_damage
from airflow_provider_profiler.profiling.readers.encoding import (
    UTF_8,
    TextEncoding,
    check_is_text,
    marked_encoding,
    told_encoding,
    unmarked_wide_encoding,
)
from airflow_provider_profiler.profiling.readers.reader import UnreadableFile
from airflow_provider_profiler.profiling.readers.validation import WrongEncoding


def json_encoding(head: bytes, reading: ReadingOptions, path: str) -> TextEncoding:
    """What an option, a byte order mark or the NULs of UTF-16 say; else UTF-8.

    :param head: the first bytes of the file.
    :raises UnreadableFile: when it is certainly another format.
    """
    if reading.encoding is not None:
        return told_encoding(reading.encoding, head)
    found = marked_encoding(head) or unmarked_wide_encoding(head)
    if found is None or found.name == UTF_8:
        check_is_text(head, path)
    return found or TextEncoding(UTF_8)


def damaged_encoding(
    file: BinaryIO, encoding: TextEncoding, error: WrongEncoding, reading: ReadingOptions, path: str
) -> TextEncoding:
    """UTF-8 with what is damaged in it, for a file that turned out not to be of its encoding.

    :raises UnreadableFile: when it is not damaged, but of another encoding.
    """
    if encoding.name == UTF_8 and encoding.undecodable is None:
        damage = found_damage(file, encoding, reading.languages)
        if damage.undecodable is not None:
            return replace(encoding, undecodable=damage.undecodable)
    raise not_the_encoding(error, path) from None


def not_the_encoding(error: WrongEncoding, path: str) -> UnreadableFile:
    """What to say where the text turns out not to be of its encoding."""
    return UnreadableFile(
        f"{path}: the byte at offset {error.offset} is not {error.encoding}, the encoding of JSON; "
        "tell the right one by the option reading.encoding"
    )
