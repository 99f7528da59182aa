"""Wait for a dataset's profile, whoever makes it, and read it. Trigger it with ``{"dataset_id": "<UUID or path>"}``.

``newer_than`` (ISO 8601) asks for a profile that was finished after a moment, such as the last time it was read.
"""

import json
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, task

from airflow_provider_profiler.sensors.cdd_profile import CddProfileSensor

with DAG("cdd_consumer", schedule=None, params={"dataset_id": "island_ferries", "newer_than": ""}):
    wait = CddProfileSensor(
        task_id="wait",
        dataset_id="{{ params.dataset_id }}",
        newer_than="{{ params.newer_than }}",
        deferrable=True,
        poke_interval=30,
    )

    @task
    def read(cdd_path: str) -> dict[str, Any]:
        """What a search over datasets would begin with."""
        profile = json.loads(Path(cdd_path).read_text(encoding="utf-8"))
        files = [file["name"] for file in profile["files"]]
        print(f"{cdd_path} describes {', '.join(files)}")
        return {"path": cdd_path, "files": files}

    read(wait.output)
