"""The same DAGs under ``airflow dags test``, as their authors try them: without scheduler, triggerer and workers."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.jobs.store import RunnerKind
from tests.e2e.airflow.running_airflow import PATIENCE, Airflow
from tests.e2e.airflow.stepped_service import Step, SteppedService

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

SENSORS = ("poke_sensor", "reschedule_sensor", "deferrable_sensor")


def conf_of(service: SteppedService, conn: str, path: str, dataset: str) -> dict[str, Any]:
    return {"conn": conn, "path": path, "jobs": {sensor: service.submit(dataset) for sensor in SENSORS}}


@pytest.fixture(scope="module")
def tried(
    airflow: Airflow, stepped: Callable[..., SteppedService], embedded_home: Path, data: Path
) -> Iterator[dict[str, tuple[int, str]]]:
    """The exit code of each command, and what it printed."""
    wire = stepped(step=Step.END)
    embedded = stepped(embedded_home, step=Step.END, runner=RunnerKind.EMBEDDED)
    confs = {
        "wire": conf_of(wire, "tried_wire", "sales", "sales"),
        "wire, failing": conf_of(wire, "tried_wire", "broken", "broken"),
        "embedded": conf_of(embedded, "tried_embedded", str(data / "sales"), "sales"),
    }

    def run(conf: dict[str, Any]) -> tuple[int, str]:
        command: subprocess.Popen[str] = airflow.command("dags", "test", "states_heavy", "--conf", json.dumps(conf))
        printed, _ = command.communicate(timeout=PATIENCE)
        return command.returncode, printed

    with (
        airflow.connection("tried_wire", wire.url),
        airflow.connection("tried_embedded", "embedded"),
        ThreadPoolExecutor(len(confs)) as pool,
    ):
        yield dict(zip(confs, pool.map(run, confs.values()), strict=True))


@pytest.mark.parametrize("where", ["wire", "embedded"])
def test_all_ways_to_wait_end_well(tried: dict[str, tuple[int, str]], where: str) -> None:
    code, printed = tried[where]
    assert code == 0, "\n".join(line for line in printed.splitlines() if "error" in line.lower())[-8000:]
    assert len(re.findall(r"The CDD file is ", printed)) >= 2, "both operators say where it is"


def test_all_ways_to_wait_see_a_failure(tried: dict[str, tuple[int, str]]) -> None:
    code, printed = tried["wire, failing"]
    assert code != 0
    assert printed.count("failed: all_failed") >= 5
