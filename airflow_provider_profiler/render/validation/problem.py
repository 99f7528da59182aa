"""What is wrong with a document, and where."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One fault. ``path`` is a JSONPath, ``$`` for the document as a whole."""

    path: str
    message: str


def member(path: str, key: str) -> str:
    """The JSONPath of an object's member, as those of schema errors are written."""
    return f"{path}.{key}" if key.isidentifier() else f"{path}['{key}']"
