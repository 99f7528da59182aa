"""The fenced blocks of the guides, and the commands in them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[3]
GUIDES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
_ENTRY = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)", re.DOTALL)


@dataclass(frozen=True)
class Fence:
    """A fenced block."""

    guide: str
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.guide}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A command with the lines that it is shown to print."""

    words: tuple[str, ...]
    output: str
    settings: dict[str, str]
    """What stands before it: ``NAME=value``."""


def fences_of(guide: Path) -> list[Fence]:
    """Every fenced block of a guide, wherever it is nested."""
    tokens = MarkdownIt().parse(guide.read_text(encoding="utf-8"))
    return [
        Fence(guide.name, token.map[0] + 1, token.info.strip(), token.content)
        for token in tokens
        if token.type == "fence" and token.map
    ]


def blocks(guide: str, kind: str) -> list[str]:
    """The texts of a guide's blocks of one kind."""
    return [fence.text for fence in fences_of(ROOT / "docs" / guide) if fence.kind == kind]


def commands_in(text: str) -> Iterator[Command]:
    """The commands of a console block.

    With a prompt (``$``) before them, what follows is their output. Without one, lines that begin with ``#`` are.
    """
    prompted = text.startswith("$ ")
    lines = text.splitlines()
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        assert not prompted or line.startswith("$ "), f"not a command: {line}"
        command = line.removeprefix("$ ")
        while (words := _split(command)) is None:
            assert place < len(lines), f"the command does not end: {command}"
            command += "\n" + lines[place]
            place += 1
        output: list[str] = []
        while place < len(lines) and lines[place].startswith("$ " if prompted else "#") is not prompted:
            output.append(lines[place] if prompted else lines[place].removeprefix("#").removeprefix(" "))
            place += 1
        settings = {}
        while words and (entry := _ENTRY.fullmatch(words[0])):
            settings[entry[1]] = entry[2]
            words = words[1:]
        if words or settings:
            yield Command(tuple(words), "\n".join(output), settings)


def _split(command: str) -> list[str] | None:
    """The words of a command, None where it goes on."""
    if command.endswith("\\"):
        return None
    try:
        return shlex.split(command.replace("\\\n", " "), comments=True)
    except ValueError:
        return None
