"""What ``--help`` teaches."""

import shlex
from typing import Any

import pytest
import typer

from airflow_provider_profiler.cli.examples import epilog
from airflow_provider_profiler.cli.main import app, main

COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
TAUGHT = {name: command for name, command in COMMANDS.items() if not command.hidden}


def examples(text: str) -> list[list[str]]:
    title, *lines = text.split("\n\n")
    assert title.endswith(":")
    return [shlex.split(line) for line in lines]


@pytest.mark.parametrize("name", ["", *TAUGHT])
def test_examples_are_commands_with_options_that_there_are(name):
    shown = examples(epilog(name))
    assert shown
    for program, command, *rest in shown:
        assert (program, command) == ("dataset-profiler", name or command)
        options = {option for item in COMMANDS[command].params for option in (*item.opts, *item.secondary_opts)}
        assert {word for word in rest if word.startswith("--")} <= options | {"--help"}


@pytest.mark.parametrize("name", ["", *TAUGHT])
def test_help_ends_with_them(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    assert main([*([name] if name else []), "--help"]) == 0
    told = capsys.readouterr().out
    assert all(line in told for line in epilog(name).split("\n\n"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete(shell, capsys, monkeypatch):
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    assert main(["--show-completion", shell]) == 0
    assert "_DATASET_PROFILER_COMPLETE" in capsys.readouterr().out
