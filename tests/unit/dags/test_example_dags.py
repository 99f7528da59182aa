"""The example DAGs: what they are, and that reading them touches nothing but the code that they need."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "airflow.md").read_text(encoding="utf-8")
FILES = {
    "cdd_consumer": {"cdd_consumer"},
    "database_profile": {"database_profile"},
    "deadline_alert": {"deadline_alert"},
    "nightly_profiling": {"nightly_profiling"},
    "profile_dataset": {"profile_dataset"},
    "profiles_as_assets": {"profile_ferries", "catalogue_ferries"},
    "quality_gate": {"quality_gate"},
    "ray_cluster": {"ray_cluster"},
}
#: Of the DAGs that the guides tell task by task.
TASKS = {
    "profile_dataset": ["profile", "tell"],
    "nightly_profiling": [
        "collect",
        "datasets",
        "profile.clean_up",
        "profile.count_files",
        "profile.fetch",
        "profile.heavy",
        "profile.light",
        "profile.submit",
    ],
    "cdd_consumer": ["read", "wait"],
}
#: What no DAG file may load: it takes long, or is needed only by what runs.
HEAVY = {
    *("ray", "pandas", "numpy", "pyarrow", "polars", "duckdb", "fastapi", "uvicorn", "pydantic_settings"),
    "airflow_provider_profiler.config.settings",
    "airflow_provider_profiler.contract.job",
    "airflow_provider_profiler.contract.options",
    "airflow_provider_profiler.hooks.profiler",
    "airflow_provider_profiler.profiling",
    "airflow_provider_profiler.service",
}


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What became of each file, read where there is neither a database nor a service."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PROFILER_"))}
    nowhere = {
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite:////nowhere/airflow.db",
        "PROFILER_HOME": "/nowhere",
    }
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("read_dags.py")), str(ROOT / "dags"), *FILES],
        env=kept | nowhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    line = next(line for line in done.stdout.splitlines() if line.startswith("FOUND "))
    found: dict[str, Any] = json.loads(line.removeprefix("FOUND "))
    return found


def test_all_examples_are_known_here() -> None:
    assert {path.stem for path in (ROOT / "dags").glob("*.py")} == set(FILES)


def test_each_file_brings_its_dags(read: dict[str, Any]) -> None:
    assert {name: set(found["dags"]) for name, found in read.items()} == FILES
    assert all(dag["tasks"] and dag["doc"] for found in read.values() for dag in found["dags"].values())


def test_the_tasks_of_what_the_guides_tell_of(read: dict[str, Any]) -> None:
    assert {name: read[name]["dags"][name]["tasks"] for name in TASKS} == TASKS


def test_reading_them_touches_nothing(read: dict[str, Any]) -> None:
    assert {name: found["touched"] for name, found in read.items() if found["touched"]} == {}


def test_reading_them_loads_nothing_heavy(read: dict[str, Any]) -> None:
    # Files are read one after another: each is held against what it and those before it have loaded.
    assert {name: heavy for name, found in read.items() if (heavy := HEAVY & set(found["loaded"]))} == {}


def test_the_guide_has_a_table_of_them() -> None:
    section = GUIDE.split("## Example DAGs\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `dags/(\w+)\.py`", section, re.MULTILINE)) == set(FILES)
