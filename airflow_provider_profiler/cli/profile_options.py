"""From the flags of a command line to the options of a profile: a few of them, and one document for the others."""

import json
from pathlib import Path
from typing import Any

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.options import ProfileOptions, read_options

#: Which parameter the number behind a method's name is.
_PARAMETERS = {"head": "rows", "random": "rows", "nth": "n", "percent": "percent"}
_TAB = ("\\t", "tab")


def options_of_flags(
    document: str = "",
    *,
    columns: list[str] | None = None,
    where: str | None = None,
    sample: str | None = None,
    row_limit: int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    workers: int | None = None,
    parquet_mirror: bool = False,
) -> ProfileOptions:
    """The options that flags mean, which win over those of the document.

    :param document: options by section as JSON, or the path of a file with them; empty for none.
    :param columns: names or patterns, each possibly several with commas between them.
    :param sample: ``full``, ``head:ROWS``, ``random:ROWS``, ``nth:N`` or ``percent:SHARE``.
    :param delimiter: one character, or ``tab``.
    :raises InvalidRequest: naming the flag or the option that does not fit.
    """
    given = _document(document)
    wanted = [name.strip() for listed in columns or () for name in listed.split(",") if name.strip()]
    flags: dict[str, dict[str, Any]] = {
        "reading": {"encoding": encoding, "delimiter": "\t" if delimiter in _TAB else delimiter},
        "selection": {"columns": wanted or None, "where": where},
        "sampling": {"row_limit": row_limit},
        "execution": {"max_workers": workers},
        "output": {"parquet_mirror": True if parquet_mirror else None},
    }
    for section, options in flags.items():
        told = {name: value for name, value in options.items() if value is not None}
        if told:
            given[section] = {**_section(given, section), **told}
    if sample is not None:
        kept = {name: value for name, value in _section(given, "sampling").items() if name in ("row_limit", "seed")}
        given["sampling"] = {**kept, **_sample(sample)}
    return read_options(given)


def _document(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    named = "The value of --options"
    if not text.lstrip().startswith("{"):
        named = f"The file {text} of --options"
        try:
            text = Path(text).read_text(encoding="utf-8")
        except OSError as error:
            raise InvalidRequest(
                f"{named} cannot be read: {error.strerror}. Give a file, or JSON that begins with a brace."
            ) from None
        except UnicodeDecodeError:
            raise InvalidRequest(f"{named} is not UTF-8.") from None
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidRequest(f"{named} is not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise InvalidRequest(f'{named} is no JSON object; give options by section, such as {{"sampling": {{}}}}.')
    return found


def _section(options: dict[str, Any], name: str) -> dict[str, Any]:
    found = options.get(name, {})
    if not isinstance(found, dict):
        raise InvalidRequest(f"The section {name!r} of --options is no JSON object.")
    return found


def _sample(text: str) -> dict[str, Any]:
    method, _, number = text.partition(":")
    if method == "full" and not number:
        return {"method": "full"}
    parameter = _PARAMETERS.get(method)
    try:
        value = float(number) if parameter == "percent" else int(number)
    except ValueError:
        value = None
    if parameter is None or value is None:
        raise InvalidRequest(
            f"--sample {text!r} is not understood; write full, head:1000, random:1000, nth:10 or percent:5."
        )
    return {"method": method, parameter: value}
