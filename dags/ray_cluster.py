"""A Ray cluster for one run: it starts before the jobs, they run on it, and it ends whatever becomes of them.

The profiling service is there all the time, with ``RAY_ADDRESS`` set to where the cluster listens; it answers 503 as
long as there is none, and connects by itself. The two tasks around the jobs start and stop a cluster of one host, the
one on which Airflow's workers run; put ``ray up`` and ``ray down``, or your Kubernetes operator, in their place for any
other.

Give the service and Airflow's workers the same ``RAY_AUTH_MODE=token`` and ``RAY_AUTH_TOKEN``: ``ray start`` takes them
from the task's environment, and where they are not set it asks for the token in ``~/.ray`` if there is one, which the
service does not know.
"""

import os
import signal
import subprocess
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Param, setup, task, teardown

from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

#: Seconds within which the cluster must be up.
PATIENCE = 120

with DAG(
    "ray_cluster",
    schedule=None,
    params={
        "datasets": Param(["island_ferries"], type="array", items={"type": "string"}),
        "port": Param(6379, type="integer"),
        "processors": Param(2, type="integer", minimum=1),
    },
):
    # Ray gives a head up that is not there within half a minute, which a busy host may take.
    @setup
    @task(retries=3, retry_delay=timedelta(seconds=5))
    def start_cluster(params: dict[str, Any]) -> int:
        """Start Ray's head, and return the id of its process."""
        log = Path(tempfile.mkdtemp(prefix="ray-")) / "head.log"
        ray = ["ray", "start", "--head", "--block", f"--port={params['port']}", f"--num-cpus={params['processors']}"]
        with log.open("wb") as output:
            # Its own session: it outlives this task.
            head = subprocess.Popen(  # noqa: S603 - whole numbers alone come from outside
                [*ray, "--include-dashboard=false", "--disable-usage-stats"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        patience = time.monotonic() + PATIENCE
        while "Ray runtime started" not in log.read_text(encoding="utf-8", errors="replace"):
            if head.poll() is not None or time.monotonic() > patience:
                head.terminate()
                raise RuntimeError(f"Ray did not start; {log} says why.")
            time.sleep(0.5)
        return head.pid

    @task.sensor(poke_interval=5, timeout=300)
    def connected() -> bool:
        """Whether the service has found the cluster."""
        from airflow_provider_profiler.hooks.profiler import ProfilerHook

        with ProfilerHook(DEFAULT_CONN_NAME) as hook:
            return hook.health().ray.status == "healthy"

    @task
    def datasets(params: dict[str, Any]) -> list[str]:
        """What to profile, as paths under the service's data root."""
        return params["datasets"]

    @teardown
    def stop_cluster(process_id: int) -> None:
        """Stop this cluster, and no other that may run here."""
        try:
            os.kill(process_id, signal.SIGTERM)
        except ProcessLookupError:
            print("It was gone already")

    started = start_cluster()
    profiles = ProfileDatasetOperator.partial(task_id="profile", deferrable=True, retries=2).expand(path=datasets())
    started >> connected() >> profiles >> stop_cluster(started)
