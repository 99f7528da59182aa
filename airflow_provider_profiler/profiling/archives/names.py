"""Names of archives' entries as paths of a profile: for people, never for a disk."""

import re

_DRIVE = re.compile(r"[A-Za-z]:")
#: What stands in a path where an entry's name leads up; the dots are percent-encoded.
UP = "%2E%2E"


def shown_path(name: str) -> tuple[str, bool]:
    """The path of an entry below its archive, and whether its name leads out of it.

    Parts that mean nothing are left out, and parts that lead up are shown as ``%2E%2E``. Backslashes separate parts
    where no slash does, as in archives that were made by old programs on Windows.
    """
    unified = name if "/" in name else name.replace("\\", "/")
    parts = [part for part in unified.split("/") if part not in ("", ".")]
    astray = unified.startswith("/") or ".." in parts or bool(_DRIVE.match(unified))
    shown = "/".join(UP if part == ".." else part for part in parts)
    try:
        raw = shown.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = shown.encode("utf-8", "backslashreplace")
    return raw.decode("utf-8", "backslashreplace") or "(no name)", astray


class DistinctPaths:
    """Gives a path that occurs again a number: ``a.csv~2``."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def __call__(self, path: str) -> str:
        """The path, or one like it that was not given before."""
        free = path
        while free in self._seen:
            self._seen[path] += 1
            free = f"{path}~{self._seen[path]}"
        self._seen[free] = 1
        return free
