"""Read DAG files in a process that reports what they do meanwhile: ``read_dags.py FOLDER name name ...``."""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

# Airflow's own share, before anything is watched: its configuration, and what it brings for DAG authors.
import airflow.providers.standard.operators.hitl  # noqa: F401
from airflow.sdk import DAG
from airflow.sdk.definitions._internal.contextmanager import DagContext

_REACHING = ("socket.", "subprocess.", "sqlite3.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "shutil.")


class Watch:
    """Notes connections, processes, and files that are no code."""

    def __init__(self, code: tuple[str, ...]) -> None:
        self.code, self.on = code, False
        self.seen: list[str] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event.startswith(_REACHING):
            self.seen.append(f"{event} {arguments!r}"[:300])
        if event == "open":
            path, mode, _ = arguments
            is_code = isinstance(path, str) and path.startswith(self.code) and path.endswith((".py", ".pyc", ".so"))
            # Python writes down what it has compiled under a name of this kind.
            if not is_code and "__pycache__" not in str(path):
                self.seen.append(f"open {path} {mode}"[:300])


def main() -> None:
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    package = importlib.util.find_spec("airflow_provider_profiler")
    assert package is not None
    ours = str(Path(str(package.origin)).parent)
    # What Airflow loads for the first DAG of all, timetables with it, is Airflow's.
    DAG("first", schedule="@daily")
    watch = Watch((str(folder), ours, sys.prefix, sys.base_prefix))
    sys.addaudithook(watch)
    before = set(sys.modules)
    found: dict[str, Any] = {}
    for name in names:
        spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        DagContext.current_autoregister_module_name = name
        watch.on = True
        spec.loader.exec_module(module)
        watch.on = False
        found[name] = {"touched": watch.seen[:], "loaded": sorted(set(sys.modules) - before), "dags": {}}
        watch.seen.clear()
    from airflow.serialization.serialized_objects import DagSerialization

    for dag, module in DagContext.autoregistered_dags:
        dag.check_cycle()
        DagSerialization.to_dict(dag)
        found[module.__name__]["dags"][dag.dag_id] = {"tasks": sorted(dag.task_ids), "doc": module.__doc__}
    sys.stdout.write("FOUND " + json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
