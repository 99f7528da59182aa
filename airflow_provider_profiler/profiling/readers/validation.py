"""Checking that a whole file is of its encoding, at the speed of reading where it is ASCII or UTF-8."""

import codecs
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from airflow_provider_profiler.profiling.readers.encoding import UTF_8, TextEncoding
from airflow_provider_profiler.profiling.readers.reader import UnreadableFile


class WrongEncoding(Exception):
    """The text is not of the encoding that was tried."""

    def __init__(self, encoding: str, offset: int) -> None:
        super().__init__(f"not {encoding} at byte {offset}")
        self.encoding = encoding
        self.offset = offset


def validated(content: Iterator[bytes], encoding: TextEncoding, path: str) -> Iterator[bytes]:
    """Pass the content on, block by block, once it is checked.

    :param content: the file from behind the byte order mark on.
    :raises WrongEncoding: when it is not of the encoding; never where it is known to be damaged.
    :raises UnreadableFile: when it holds NUL, which no text does.
    """
    offset = encoding.mark
    torn = b""
    decoder = None if encoding.name == UTF_8 else codecs.getincrementaldecoder(encoding.name)()
    for block in content:
        check_without_nul(block, encoding, offset, path)
        if decoder is not None:
            decoded(decoder, block, encoding, offset)
        elif encoding.undecodable is None and (torn or not block.isascii()):
            torn = check_utf_8(torn + block, offset - len(torn))
        offset += len(block)
        yield block
    if decoder is not None:
        decoded(decoder, b"", encoding, offset)
    elif torn:
        raise WrongEncoding(UTF_8, offset - len(torn))


def check_without_nul(block: bytes, encoding: TextEncoding, offset: int, path: str) -> None:
    """Refuse what holds NUL in an encoding of bytes.

    :param offset: where the block stands in the file.
    :raises UnreadableFile: naming the place.
    """
    if encoding.unit_type == "u1" and (nul := block.find(b"\0")) >= 0:
        raise UnreadableFile(
            f"{path}: holds a NUL byte at offset {offset + nul}: binary data, or UTF-16 without a byte order mark "
            "(then set the option reading.encoding)"
        )


def decoded(decoder: codecs.IncrementalDecoder, block: bytes, encoding: TextEncoding, offset: int) -> str:
    """The text of a block; an empty one is the end.

    :param offset: where the block stands in the file.
    :raises WrongEncoding: when it is not of the encoding.
    """
    try:
        return decoder.decode(block, final=not block)
    except UnicodeDecodeError as error:
        raise WrongEncoding(encoding.name, offset + error.start) from None


def check_utf_8(block: bytes, offset: int) -> bytes:
    """Check a block and return the character that is torn at its end.

    :param offset: where the block stands in the file.
    :raises WrongEncoding: when it is not UTF-8.
    """
    end = len(block)
    for back in range(1, min(4, end + 1)):
        byte = block[-back]
        if byte >= 0xC0:  # the first byte of a character of 2, 3 or 4 bytes
            if back < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4):
                end -= back
            break
        if byte < 0x80:
            break
    # Arrow validates with SIMD, without building the text: five times faster than decoding it.
    text = pa.StringArray.from_buffers(1, pa.py_buffer(np.array([0, end], np.int32)), pa.py_buffer(block))
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        try:
            block[:end].decode(UTF_8)
        except UnicodeDecodeError as error:
            raise WrongEncoding(UTF_8, offset + error.start) from None
    return block[end:]
