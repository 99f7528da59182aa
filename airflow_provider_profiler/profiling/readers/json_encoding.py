"""The encoding of JSON: UTF-8, unless something says otherwise. Guessing, as for delimited text, would corrupt it."""

from airflow_provider_profiler.contract.options import ReadingOptions
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


def not_the_encoding(error: WrongEncoding, path: str) -> UnreadableFile:
    """What to say where the text turns out not to be of its encoding."""
    return UnreadableFile(
        f"{path}: the byte at offset {error.offset} is not {error.encoding}, the encoding of JSON; "
        "tell the right one by the option reading.encoding"
    )
