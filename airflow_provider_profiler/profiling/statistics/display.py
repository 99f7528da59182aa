"""How values are shown in documents: finite, of one type, and never long."""

#: Characters of a text that are shown before an ellipsis stands for the rest.
TEXT_LIMIT = 200
#: Bytes of a binary value that are shown in hexadecimal before an ellipsis stands for the rest.
BYTES_LIMIT = 32
ELLIPSIS = "…"


def show_text(value: bytes) -> str:
    """A text from its UTF-8 bytes."""
    text = value.decode("utf-8", "replace")
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + ELLIPSIS


def show_binary(value: bytes) -> str:
    """A binary value in hexadecimal."""
    return value[:BYTES_LIMIT].hex() + (ELLIPSIS if len(value) > BYTES_LIMIT else "")
