"""Ids that people can read: made of paths and names, unique within the document."""

import re

_UNFIT = re.compile(r"[^\w.\-]+")
#: What a part is called of whose name nothing is left.
_NAMELESS = "unnamed"


class Names:
    """Gives every node of a document an id of its own.

    Ids are relative IRIs: blanks, colons and what else has a meaning in one become ``_``, and so does what would make a
    segment stand for a folder above.
    """

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def give(self, *parts: str) -> str:
        """An id that nothing else has: the parts with slashes between them, and a number where that repeats.

        :param parts: outermost first; a part may have slashes of its own.
        """
        wanted = "/".join(_segment(segment) for part in parts for segment in part.split("/"))
        identity = wanted
        while identity in self._taken:
            self._taken[wanted] += 1
            identity = f"{wanted}-{self._taken[wanted]}"
        self._taken[identity] = 1
        return identity


def _segment(text: str) -> str:
    fit = _UNFIT.sub("_", text)
    return _NAMELESS if not fit.strip("._") else fit
