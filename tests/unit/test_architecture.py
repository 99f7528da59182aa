"""The rooms and the one direction of imports, read from the code itself."""

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "airflow_provider_profiler"
ROOT = Path(__file__).resolve().parents[2] / PACKAGE

#: What each room may import of ours, itself apart.
ALLOWED: dict[str, set[str]] = {
    "contract": set(),
    "config": {"contract"},
    "storage": {"contract"},
    "telemetry": {"contract"},
    "render": {"contract", "config", "storage", "telemetry", "checks"},
    "checks": {"contract"},
    "profiling": {"contract", "config", "storage", "telemetry", "render"},
    "jobs": {"contract", "config", "storage", "telemetry", "render", "profiling"},
    "service": {"contract", "config", "storage", "telemetry", "render", "checks", "profiling", "jobs"},
    "cli": {"contract", "config", "storage", "telemetry", "render", "checks", "profiling", "jobs", "service"},
}
AIRFLOW_ROOMS = {
    "assets",
    "decorators",
    "hooks",
    "links",
    "notifications",
    "operators",
    "plugins",
    "sensors",
    "triggers",
}
AIRFLOW_MODULES = {"get_provider_info"}
for room in AIRFLOW_ROOMS:
    ALLOWED[room] = {"contract", "config", "render", "checks"} | AIRFLOW_ROOMS
ALLOWED["get_provider_info"] = set()

#: Modules that may reach further, and how far: only from inside a function.
EXCEPTIONS = {"hooks/embedded.py": {"service", "storage"}}


@functools.cache
def modules() -> tuple[tuple[str, Path, ast.Module], ...]:
    """Each with its room; read once, as that takes most of the time."""
    paths = [path for path in sorted(ROOT.rglob("*.py")) if path != ROOT / "__init__.py"]
    return tuple(
        (path.relative_to(ROOT).parts[0].removesuffix(".py"), path, ast.parse(path.read_text(encoding="utf-8")))
        for path in paths
    )


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide their direction"
            assert node.module is not None
            yield node.module, node.lineno
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def top_level_imports(tree: ast.Module) -> set[int]:
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside |= {line for child in node.body for _, line in imported(child)}
    return {line for _, line in imported(tree)} - inside


def test_every_folder_is_a_known_room() -> None:
    rooms = {room for room, _, _ in modules()}
    assert rooms == set(ALLOWED)


def test_no_room_is_empty() -> None:
    for room in {room for room, path, _ in modules() if path.parent != ROOT}:
        code = [path for path in (ROOT / room).rglob("*.py") if path.name != "__init__.py"]
        assert code, f"{room} holds no module"


def test_imports_go_one_way() -> None:
    wrong = []
    for room, path, tree in modules():
        relative = path.relative_to(ROOT).as_posix()
        top = top_level_imports(tree)
        for name, line in imported(tree):
            if not name.startswith(PACKAGE + "."):
                continue
            other = name.split(".")[1]
            if other in ("__version__",) or other == room or other in ALLOWED[room]:
                continue
            if other in EXCEPTIONS.get(relative, set()) and line not in top:
                continue
            wrong.append(f"{relative}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_only_the_airflow_side_imports_airflow() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for room, path, tree in modules()
        for name, line in imported(tree)
        if (name == "airflow" or name.startswith("airflow.")) and room not in AIRFLOW_ROOMS
    ]
    assert not wrong, wrong


def test_only_config_reads_the_environment() -> None:
    wrong = []
    for room, path, tree in modules():
        if room == "config" or "demo" in path.parts:  # the demo prepares the environment of the Airflow it starts
            continue
        for node in ast.walk(tree):
            reads = isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
            if reads and isinstance(node.value, ast.Name) and node.value.id == "os":
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not wrong, wrong


def test_modules_stay_small() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for _, path, _ in modules()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long, long


def loaded_by(statement: str, *names: str, refuse: str = "") -> set[str]:
    """The names among those given that a fresh interpreter has loaded after the statement."""
    blocker = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] == {refuse!r}: raise ImportError(name + ' is refused here')\n"
        "sys.meta_path.insert(0, Refuse())\n"
    )
    report = f"print('LOADED', *[name for name in {names!r} if name in sys.modules])"
    code = "\n".join((blocker if refuse else "import sys", statement, report))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("LOADED"))
    return set(line.split()[1:])


def test_import_budget_of_the_airflow_side() -> None:
    heavy = ("ray", "pandas", "pyarrow", "polars", "duckdb", "fastapi", "uvicorn", f"{PACKAGE}.service")
    lines = []
    # In one process, as most of it is spent on what they share: the first room that loads too much is told.
    for room in sorted(AIRFLOW_ROOMS):
        names = [
            ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
            for path in sorted((ROOT / room).rglob("*.py"))
            if path.name != "__init__.py"
        ]
        lines += [
            f"import {', '.join(names)}",
            f"assert not (found := [name for name in {heavy!r} if name in sys.modules]), ({room!r}, found)",
        ]
    assert loaded_by("\n".join(lines), *heavy) == set()


def test_the_package_root_imports_nothing() -> None:
    assert loaded_by(f"import {PACKAGE}", "pydantic", "airflow") == set()


def test_everything_but_the_airflow_side_runs_without_airflow() -> None:
    names = [
        ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
        for room, path, _ in modules()
        if room not in AIRFLOW_ROOMS | AIRFLOW_MODULES
    ]
    statement = "import " + ", ".join(sorted(names))
    assert loaded_by(statement, "airflow", f"{PACKAGE}.profiling.engine", refuse="airflow") == {
        f"{PACKAGE}.profiling.engine"
    }


def test_profiling_runs_without_airflow(tmp_path: Path) -> None:
    (tmp_path / "sea").mkdir()
    (tmp_path / "sea" / "tides.csv").write_text("port,level\nA,1\nB,2\n", encoding="utf-8")
    statement = (
        f"from {PACKAGE}.cli.main import main\n"
        f"code = main(['profile', {str(tmp_path / 'sea')!r}, '--out', {str(tmp_path / 'out')!r}, '--quiet'])\n"
        "assert code == 0, code"
    )
    assert loaded_by(statement, "airflow", refuse="airflow") == set()
    assert (tmp_path / "out" / "profile.json").is_file()
