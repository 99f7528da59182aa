"""The page of what was measured on this machine: the reports that ``make bench`` and its like have written."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_REPORTS: Final = {"results.md": "make bench", "service.md": "benchmarks.service", "parsing.md": "benchmarks.parsing"}
_HEADING: Final = re.compile(r"^(#+ )", re.MULTILINE)


#: The part of the guide that stands for the first of them where nobody has run it here.
_EXAMPLE: Final = "## Figures of one run"


def measured_page(folder: Path, guide: str) -> str:
    """The page, in Markdown.

    :param folder: where the reports lie, those that were made.
    :param guide: the text of ``benchmarks.md``, which has the figures of another run.
    """
    lines = [
        "# Measured",
        "",
        "What the [benchmarks](../benchmarks.md) told when they were last run in this checkout.",
        "",
    ]
    if not (folder / next(iter(_REPORTS))).is_file():
        lines += ["They were not run here: these are the figures of a run elsewhere.", "", _example(guide), ""]
    for name, program in _REPORTS.items():
        file = folder / name
        if not file.is_file():
            lines += [f"`{program}` was not run.", ""]
            continue
        when = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        report = _HEADING.sub(r"#\1", file.read_text(encoding="utf-8")).strip()
        lines += [report, "", f"Written by `{program}` at {when:%Y-%m-%d %H:%M} UTC.", ""]
    return "\n".join(lines)


def _example(guide: str) -> str:
    found = re.search(rf"^{re.escape(_EXAMPLE)}$.*?(?=^## |\Z)", guide, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(f"benchmarks.md has no part {_EXAMPLE!r}")
    return found[0].strip()
