"""The page of the command line, from the commands themselves."""

from collections.abc import Iterator
from typing import Any, Final

import typer

from airflow_provider_profiler.cli.exit_codes import ExitCode
from airflow_provider_profiler.cli.main import app

_INTRODUCTION: Final = """\
# Command line

`dataset-profiler COMMAND --help` tells the same. A tour is in [five minutes](../tutorial.md).
"""
_CODES: Final = {
    ExitCode.OK: "ok",
    ExitCode.SOME_FAILED: "some files failed, the documents are written; a rule does not hold; a document is not valid",
    ExitCode.USAGE: "wrong usage, or nothing at the path",
    ExitCode.NOTHING_PROFILED: "nothing was profiled",
    ExitCode.NOTHING_CHECKED: "a rule found nothing to check",
    ExitCode.INTERNAL: "a fault of the program",
    ExitCode.INTERRUPTED: "ended by Ctrl-C",
}


def commands() -> dict[str, Any]:
    """Every command that ``--help`` lists, by its name."""
    group = typer.main.get_command(app)
    return {name: command for name, command in group.commands.items() if not command.hidden}  # type: ignore[attr-defined]


def command_line_page() -> str:
    """The page, in Markdown."""
    lines = [_INTRODUCTION]
    for name, command in commands().items():
        lines += _command(name, command)
    lines += ["## Exit codes", "", "| code | |", "|---|---|"]
    lines += [f"| {int(code)} | {_CODES[code]} |" for code in ExitCode]
    return "\n".join(lines) + "\n"


def _command(name: str, command: Any) -> Iterator[str]:
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    options = [item for item in command.params if item.param_type_name == "option" and item.name != "help"]
    usage = " ".join(f"{_word(item)}{'...' if item.nargs != 1 else ''}" for item in arguments)
    yield from (f"## `dataset-profiler {name}{' ' + usage if usage else ''}`", "", command.help, "")
    yield from ("| | | default |", "|---|---|---|")
    for item in arguments:
        yield f"| `{_word(item)}` | {_cell(item.help or '')} | |"
    for item in options:
        default = "" if item.default in (None, False, "") or callable(item.default) else f"`{item.default}`"
        yield f"| `{' '.join(item.opts)}` | {_cell(item.help or '')} | {default} |"
    yield ""
    if command.epilog:
        title, *examples = command.epilog.split("\n\n")
        yield from (title, "", "```sh", *examples, "```", "")


def _word(argument: Any) -> str:
    return str(argument.metavar or argument.name.upper())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
