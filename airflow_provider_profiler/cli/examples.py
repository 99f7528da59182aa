"""What each command's ``--help`` ends with: lines to begin from."""

from typing import Final

_EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "": (
        "profile sales/ --open",
        "show profiles/sales",
        "compare profiles/january profiles/february --open",
        "profile --help",
    ),
    "profile": (
        "profile sales/ --open",
        "profile trips.csv --sample random:10000",
        "profile s3://lake/sales --out profiles/sales --json",
    ),
    "merge": ("merge profiles/january profiles/february --out profiles/winter --name Winter",),
    "inspect": ("inspect stations.csv", "inspect --json data/*.csv data/*.parquet"),
    "show": ("show profiles/sales", "show profiles/sales --open"),
    "compare": (
        "compare profiles/january profiles/february",
        "compare profiles/january profiles/february --report changes.html",
        "compare profiles/january profiles/february --json --exit-code",
    ),
    "check": (
        "check profiles/sales gate.yaml",
        "check profiles/february gate.yaml --last profiles/january/profile.json",
    ),
    "validate": ("validate profiles/sales/*.json",),
    "serve": ("serve --data-root /data", "serve --data-root s3://lake --host 0.0.0.0 --port 4557"),
    "settings": ("settings", "settings --json"),
}


def epilog(command: str = "") -> str:
    """The examples of a command, each in a paragraph, which is how a line of its own is written here.

    :param command: its name; empty for the program as a whole.
    """
    lines = _EXAMPLES[command]
    title = "Example:" if len(lines) == 1 else "Examples:" if command else "To begin with:"
    return "\n\n".join((title, *(f"dataset-profiler {line}" for line in lines)))
