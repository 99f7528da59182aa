"""The README's commands exist, its DAG is a DAG, and its table names real classes."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def run_python(code: str, home: Path) -> str:
    environment = {**os.environ, "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^make (\w+)", "\n".join(blocks("console")), re.MULTILINE))
    assert targets == {"demo", "test"}
    defined = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert targets <= defined


def test_the_dag_is_a_dag_of_ten_lines(tmp_path: Path) -> None:
    (code,) = blocks("python")
    assert len(code.strip().splitlines()) <= 10
    printed = run_python(
        code + "\nprint('TASKS', [t.task_id for t in profile.dag.tasks], profile.dag.dag_id)", tmp_path
    )
    assert "TASKS ['profile'] profile_sales" in printed


def test_the_table_names_real_classes(tmp_path: Path) -> None:
    names = re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)
    assert len(names) >= 4
    code = (
        "from importlib import import_module\n"
        "from airflow_provider_profiler.get_provider_info import get_provider_info\n"
        "told = get_provider_info()\n"
        "kinds = [kind for name in ('operators', 'sensors', 'hooks') for kind in told[name]]\n"
        "modules = [import_module(name) for kind in kinds for name in kind['python-modules']]\n"
        "classes = {name.rpartition('.')[2] for name in told['notifications']} | set(dir(import_module("
        "'airflow_provider_profiler.assets')))\n"
        f"for name in {names!r}:\n"
        "    assert name in classes or any(callable(getattr(module, name, None)) for module in modules), name\n"
    )
    run_python(code, tmp_path)


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
