"""Makes ``requirements-service.txt`` out of pyproject.toml: what the service and Ray need, Airflow left out.

Run ``python docker/requirements.py`` after a dependency changed; a test holds both equal.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = Path(__file__).with_name("requirements-service.txt")
_HEADER = "# Made by docker/requirements.py out of pyproject.toml: the base without Airflow, and the extra 'all'.\n"


def requirements() -> list[str]:
    """The base dependencies without Airflow, and those of the extra ``all`` with every extra it names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras: dict[str, list[str]] = project["optional-dependencies"]
    own = re.compile(rf"{re.escape(project['name'])}\[(?P<extras>[^\]]+)\]")
    found = {item for item in project["dependencies"] if not item.startswith("apache-airflow")}
    names, seen = ["all"], set()
    while names:
        name = names.pop()
        if name in seen:
            continue
        seen.add(name)
        for item in extras[name]:
            if itself := own.fullmatch(item):
                names.extend(part.strip() for part in itself["extras"].split(","))
            else:
                found.add(item)
    return sorted(found)


def document() -> str:
    """The text of the list."""
    return _HEADER + "".join(f"{item}\n" for item in requirements())


if __name__ == "__main__":
    LIST.write_text(document(), encoding="utf-8")
