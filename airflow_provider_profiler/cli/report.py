"""Pages on the command line: written to a file, and opened where that is asked for."""

import webbrowser
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.storage.atomic import write_atomic

#: What the page is called where nobody says otherwise.
REPORT = "report.html"
_OPTION = "--report"


def with_value(arguments: Sequence[str]) -> Iterator[str]:
    """The command line with a value behind every ``--report``: alone it means the usual place.

    A word behind it is the file only if it looks like one, as ``--report PATH`` would take the dataset for it.
    """
    words = iter(arguments)
    for word in words:
        if word != _OPTION:
            yield word
            if word == "--":
                yield from words
            continue
        following = next(words, None)
        if following is not None and following.lower().endswith((".html", ".htm")):
            yield f"{_OPTION}={following}"
        else:
            yield f"{_OPTION}="
            if following is not None:
                yield from with_value([following, *words])


def write_page(file: Path, chunks: Iterable[bytes], *, open_it: bool) -> Path:
    """Write a page, whole or not at all.

    :param open_it: show it in the browser of this desktop.
    :raises InvalidRequest: when the file cannot be written.
    """
    file = file.absolute()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, chunks)
    except OSError as error:
        raise InvalidRequest(f"{file} cannot be written: {error.strerror}.") from error
    if open_it:
        webbrowser.open(file.as_uri())
    return file
