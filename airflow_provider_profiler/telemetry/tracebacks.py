"""Where an exception came from, without what it says: its text may quote a cell or a credential."""

import traceback
from pathlib import PurePath

#: Frames of each exception that are told, the innermost ones.
_FRAMES = 20
#: Folders below which a file's path says enough.
_ROOTS = ("site-packages", "airflow_provider_profiler")


def frames_text(error: BaseException) -> str:
    """The types of an exception and of those behind it, each with the lines of code that it passed through."""
    parts = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)[-_FRAMES:]
        lines = [f"{_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
        parts.append("\n  ".join([f"{type(current).__name__} at", *lines] if lines else [type(current).__name__]))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\nafter ".join(parts)


def _short(path: str) -> str:
    parts = PurePath(path).parts
    for root in _ROOTS:
        if root in parts:
            return "/".join(parts[len(parts) - parts[::-1].index(root) :])
    return parts[-1] if parts else path
