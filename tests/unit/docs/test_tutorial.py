"""The five minutes: every step is taken, in order, and prints what the guide shows."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from airflow_provider_profiler.cli.exit_codes import ExitCode
from airflow_provider_profiler.cli.main import main
from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.service.app import create_app
from airflow_provider_profiler.service.listening import ThreadedServer
from tests.unit.docs.fences import ROOT, Command, blocks, commands_in

GUIDE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
COMMANDS = [command for text in blocks("tutorial.md", "console") for command in commands_in(text)]
#: What differs from day to day, or from machine to machine.
MOMENT = "1772604000"
_VERSION = re.compile(r"airflow-provider-profiler \d+(\.\w+)+")


def without_version(text: str) -> str:
    return _VERSION.sub("airflow-provider-profiler X", text)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the guide has people save, in which they work."""
    names = re.findall(r"ave this as `([^`]+)`|and this as `([^`]+)`", GUIDE)
    for name, text in zip(("".join(pair) for pair in names), blocks("tutorial.md", "csv"), strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (rules,) = blocks("tutorial.md", "yaml")
    assert yaml.safe_load(rules)["rules"]
    assert "as `gate.yaml`" in GUIDE
    (tmp_path / "gate.yaml").write_text(rules, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", MOMENT)
    return tmp_path


@pytest.fixture
def served(home: Path) -> Iterator[str]:
    server = ThreadedServer(create_app(Settings(home=home / "kept", data_root=str(home))))
    server.start()
    yield server.base_url
    server.stop()


def test_the_commands_print_what_is_shown(home: Path, served: str, capsys: pytest.CaptureFixture[str]) -> None:
    taken = []
    job = ""
    for command in COMMANDS:
        program, *arguments = command.words
        if program == "dataset-profiler" and arguments[0] != "serve":
            code = main(arguments)
            assert code == (ExitCode.SOME_FAILED if arguments[0] == "check" else ExitCode.OK), command
            printed = capsys.readouterr().out.replace(str(home), "/home/you").rstrip("\n")
            if command.output:
                assert without_version(printed) == without_version(command.output.rstrip("\n"))
        elif program == "echo":
            subprocess.run(["sh", "-c", shell(command)], check=True)
        elif program == "curl":
            answer = ask(served, arguments, job)
            if not job:
                job = answer["job_id"]
                wait_for(served, job)
            assert json.dumps(answer).replace(job, "JOB") == json.dumps(json.loads(command.output))
        else:
            assert program in ("pip", "dataset-profiler"), command
            continue
        taken.append(f"{program} {arguments[0]}")
    assert [word for word in taken if not word.startswith("curl")] == [
        "dataset-profiler profile",
        "dataset-profiler show",
        f"echo {COMMANDS[3].words[1]}",
        "dataset-profiler profile",
        "dataset-profiler compare",
        "dataset-profiler check",
    ]
    assert (home / "profiles" / "harbour" / "report.html").stat().st_size > 10_000
    assert requests.get(f"{served}/profiler/ui", timeout=60).status_code == 200


def shell(command: Command) -> str:
    word, sign, file = command.words[1:]
    return f"echo '{word}' {sign} {file}"


def ask(url: str, arguments: list[str], job: str) -> Any:
    wanted = next(word for word in arguments if word.startswith("http"))
    wanted = wanted.replace("http://127.0.0.1:4557", url).replace("JOB", job)
    if "-d" in arguments:
        body = json.loads(arguments[arguments.index("-d") + 1])
        return requests.post(wanted, json=body, timeout=60).json()
    return requests.get(wanted, timeout=60).json()


def wait_for(url: str, job: str) -> None:
    """Follow the job's events until it has ended."""
    after, until = 0, time.monotonic() + 60
    while time.monotonic() < until:
        events = requests.get(f"{url}/profiler/jobs/{job}/events?after={after}&wait=10", timeout=30).json()["data"]
        if any(event["data"].get("state") in ("HEAVY_PROFILES_READY", "FAILED") for event in events):
            return
        after = max([after, *(event["sequence"] for event in events)])
    pytest.fail("the job does not end")
