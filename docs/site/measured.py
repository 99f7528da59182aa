"""The page of what was measured on this machine: the reports that ``make bench`` and its like have written."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_REPORTS: Final = {"results.md": "make bench", "service.md": "benchmarks.service", "parsing.md": "benchmarks.parsing"}
_HEADING: Final = re.compile(r"^(#+ )", re.MULTILINE)


def measured_page(folder: Path) -> str:
    """The page, in Markdown.

    :param folder: where the reports lie, those that were made.
    """
    lines = [
        "# Measured",
        "",
        "What the [benchmarks](../benchmarks.md) told when they were last run in this checkout.",
        "",
    ]
    for name, program in _REPORTS.items():
        file = folder / name
        if not file.is_file():
            lines += [f"`{program}` was not run.", ""]
            continue
        when = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        report = _HEADING.sub(r"#\1", file.read_text(encoding="utf-8")).strip()
        lines += [report, "", f"Written by `{program}` at {when:%Y-%m-%d %H:%M} UTC.", ""]
    return "\n".join(lines)
