"""What the tests' Airflow is set up with: its DAGs, its settings, and what its workers need not import again."""

import json
import secrets
from pathlib import Path

from tests.e2e.conftest import ROOT, clean_environment, free_port
from tests.e2e.ray_cluster import token_environment

_DAGS = {
    "integration": ROOT / "tests" / "integration" / "airflow" / "dags",
    "e2e": ROOT / "tests" / "e2e" / "airflow" / "dags",
    "examples": ROOT / "dags",
}
#: What tasks import of the provider when they run; engine and store of embedded jobs are left to those that need them.
_PRELOADED = (
    "airflow_provider_profiler.hooks.profiler",
    "airflow_provider_profiler.operators.profile_dataset",
    "airflow_provider_profiler.sensors.profile_job",
    "airflow_provider_profiler.triggers.profile_job",
)


def made_dags(home: Path) -> Path:
    """A folder of DAGs that are made out of the examples: what would take hours in them takes seconds here."""
    folder = home / "dags"
    folder.mkdir()
    alert = (ROOT / "dags" / "deadline_alert.py").read_text(encoding="utf-8")
    soon = alert.replace("timedelta(minutes=30)", "timedelta(seconds=3)").replace(
        '"deadline_alert"', '"deadline_alert_soon"'
    )
    assert soon.count("deadline_alert_soon") == soon.count("seconds=3") == 1
    (folder / "deadline_alert_soon.py").write_text(soon, encoding="utf-8")
    return folder


def preload(folder: Path) -> None:
    """Settings that import these modules before workers are forked: hundreds of tasks begin on few processors."""
    folder.mkdir()
    lines = "".join(f"import {module}\n" for module in _PRELOADED)
    (folder / "airflow_local_settings.py").write_text(f"{lines}__all__ = []\n", encoding="utf-8")


def airflow_environment(home: Path, port: int, database: str, embedded_home: Path) -> dict[str, str]:
    """What all parts and all tasks see."""
    bundles = [
        {
            "name": name,
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(path)},
        }
        for name, path in {**_DAGS, "made": made_dags(home)}.items()
    ]
    preload(home / "config")
    inherited = clean_environment()
    # Compiled once: where nothing compiled is kept, each part and each task would compile all that it imports.
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    # A cluster that a task starts asks for this token; without it, for the one in ~/.ray if there is one.
    inherited |= token_environment()
    return inherited | {
        "PYTHONPYCACHEPREFIX": str(home / "bytecode"),
        "AIRFLOW_HOME": str(home),
        "PROFILER_HOME": str(embedded_home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        # Many of these tasks only wait; how many begin at a time is up to the DAGs.
        "AIRFLOW__CORE__PARALLELISM": "20",
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        # Many tasks begin at once on few processors: a request that is given up and made again is the more to do, and a
        # task whose first word was heard, but not answered in time, ends as one that runs already.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "120",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
        # How long a task may be silent whose worker was killed.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "45",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
        # Above what processes that start take from each other on a small machine, with no trigger running at all. Looks
        # that blocked would do so one after another, each for as long as the service holds its answer.
        "AIRFLOW__TRIGGERER__BLOCKED_MAIN_THREAD_WARNING_THRESHOLD": "30.0",
        # The DAG files do not change: parsing them every few seconds would take a processor for itself.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "3600",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
