"""The text of a file of plain characters, whatever it is encoded in."""

import codecs
from typing import BinaryIO

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.documents.passages import About
from airflow_provider_profiler.profiling.readers.encoding import (
    UTF_8,
    TextEncoding,
    check_is_text,
    guessed_encodings,
    marked_encoding,
    told_encoding,
    unmarked_wide_encoding,
)

_MOST_BYTES_PER_CHARACTER = 4


def read_text(
    file: BinaryIO, path: str, reading: ReadingOptions, about: About, *, declared: str | None = None, cut: bool = False
) -> str:
    """The text, with the encoding noted.

    :param declared: the encoding that the text itself names, tried after UTF-8.
    :param cut: read no more bytes than the characters that are looked at can take, and note that there are more.
    :raises UnreadableFile: when it is no text.
    """
    most = _MOST_BYTES_PER_CHARACTER * reading.max_document_characters if cut else -1
    data = file.read(most)
    complete = not cut or not file.read(1)
    about.complete = about.complete and complete
    encoding, text = _decoded(data, path, reading, declared, complete)
    about.encoding, about.byte_order_mark = encoding.name, encoding.mark > 0
    return text


def _decoded(
    data: bytes, path: str, reading: ReadingOptions, declared: str | None, complete: bool
) -> tuple[TextEncoding, str]:
    head = data[: 64 * 1024]
    marked = told_encoding(reading.encoding, head) if reading.encoding else marked_encoding(head)
    if marked is not None:
        return marked, data[marked.mark :].decode(marked.name, "replace")
    wide = unmarked_wide_encoding(head)
    if wide is not None:
        return wide, data.decode(wide.name, "replace")
    check_is_text(head, path)
    try:
        return TextEncoding(UTF_8), codecs.getincrementaldecoder(UTF_8)().decode(data, final=complete)
    except UnicodeDecodeError as error:
        sample = data[max(0, error.start - 32 * 1024) : error.start + 32 * 1024]
    names = [encoding.name for encoding in guessed_encodings(sample, reading.languages)]
    if declared is not None and _is_text_codec(declared):
        names.insert(0, codecs.lookup(declared).name)
    for name in names:
        try:
            return TextEncoding(name), codecs.getincrementaldecoder(name)().decode(data, final=complete)
        except UnicodeError:
            continue
    return TextEncoding("latin-1"), data.decode("latin-1")


def _is_text_codec(name: str) -> bool:
    try:
        ReadingOptions(encoding=name)
    except ValueError:
        return False
    return True
