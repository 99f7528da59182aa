"""``make demo`` as the README tells it, in a real Airflow, on real data."""

import contextlib
import hashlib
import json
import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    DataType,
    DistributionKind,
    DistributionStatus,
)
from airflow_provider_profiler.contract.statistics import Method
from tests.e2e.conftest import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

ROOT = Path(__file__).resolve().parents[2]
STATES = ["SUBMITTING", "STARTING", "LIGHT_PROFILE_READY", "HEAVY_PROFILES_READY"]


@dataclass(frozen=True)
class DemoRun:
    printed: str
    profile: DatasetProfile
    moma: dict[str, Any]
    cdd: dict[str, Any]
    documents: dict[str, bytes]


def make_demo(work: Path, data: Path | None, *, embedded: bool = True) -> DemoRun:
    # Below another make, make would tell the folders that it enters.
    chosen = ["EMBEDDED=1"] if embedded else []
    arguments = ["make", "--no-print-directory", "demo", f"DEMO={work}", *chosen, *([f"DATA={data}"] if data else [])]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    files = [Path(line.split("  (")[0].strip()) for line in done.stdout.split("Files written:")[1].splitlines() if line]
    assert all(file.is_file() for file in files), done.stdout
    profile = DatasetProfile.from_document(files[0].read_bytes())
    return DemoRun(
        printed=done.stdout,
        profile=profile,
        moma=json.loads(files[2].read_bytes()),
        cdd=json.loads(files[4].read_bytes()),
        documents={file.name: file.read_bytes() for file in files[:4]},
    )


def without_timestamp(run: DemoRun) -> dict[str, bytes]:
    moment = run.profile.generated_at
    spellings = {moment.isoformat(), moment.isoformat().replace("+00:00", "Z")}
    documents = run.documents
    for spelling in spellings:
        documents = {name: content.replace(spelling.encode(), b"NOW") for name, content in documents.items()}
    return documents


def assert_states_passed(run: DemoRun) -> None:
    assert [word for word in re.findall(r"[A-Z_]{8,}", run.printed) if word in STATES] == STATES


def test_the_sample(tmp_path: Path) -> None:
    run = make_demo(tmp_path, None)
    assert_states_passed(run)
    assert {item.name for item in run.profile.record_sets} == {"departures", "ports", "vessels"}
    summary = run.profile.summary()
    assert (summary.failed, summary.profiled, summary.listed) == (0, 6, 0)
    assert "Σαντορίνη" in json.dumps(run.moma, ensure_ascii=False)
    assert str(tmp_path) in run.printed


def test_subway_validations(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "subway_validations" / "subway_validations.csv"
    first = make_demo(tmp_path, shared_data / "subway_validations")
    assert_states_passed(first)
    profile = first.profile
    assert profile.dataset_id == dataset_uuid("subway_validations")

    table = profile.record_sets[0]
    assert table.row_count == 20_357
    assert "20,357" in first.printed
    assert table.empty_columns == ("dv_route", "routes_per_hour")
    fields = {item.name: item for item in table.fields}
    assert fields["dv_agency"].data_type is DataType.TEXT
    assert "001" in fields["dv_agency"].sample
    assert "ΑΓΙΑ ΒΑΡΒΑΡΑ" in fields["dv_platenum_station"].sample
    assert "ΑΓΙΑ ΒΑΡΒΑΡΑ" in json.dumps(first.moma, ensure_ascii=False)

    validations = fields["dv_validations"].statistics
    assert validations.accuracy.quantiles.method is Method.EXACT
    assert validations.numeric is not None
    assert validations.numeric.quantiles is not None
    assert validations.numeric.quantiles.p50 == 192
    assert validations.numeric.mean == pytest.approx(351.1354325293511, rel=1e-12)
    assert validations.numeric.variance == pytest.approx(490537.5483205207, rel=1e-12)
    assert validations.distinct_count == 1673

    (distribution,) = profile.distributions
    assert distribution.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    ids = re.findall(r'"@id": "([0-9a-f-]{36})"', json.dumps(first.moma))
    assert ids
    assert all(UUID(item).version == 5 for item in ids)

    second = make_demo(tmp_path, shared_data / "subway_validations")
    assert without_timestamp(second) == without_timestamp(first)


def test_mathe_integration_techniques(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "mathe_integration_techniques"
    run = make_demo(tmp_path, folder)
    assert_states_passed(run)
    assert {item.name for item in run.profile.record_sets} == {"IntegrationTechniques", "Keywords", "Videos"}

    by_id = {item.id: item for item in run.profile.distributions}
    pdfs = [item for item in by_id.values() if item.path.endswith(".pdf") and item.kind is DistributionKind.FILE]
    assert {item.path for item in pdfs} == {f"PDF/{number}.pdf" for number in range(129, 139)}
    assert all(item.status is DistributionStatus.PROFILED and item.document for item in pdfs)
    (file_set,) = {item.contained_in for item in pdfs}
    assert file_set is not None
    assert by_id[file_set].kind is DistributionKind.FILE_SET

    named = {file["name"] for file in run.cdd["files"]}
    assert named >= {file.name for file in folder.rglob("*") if file.is_file()}


def processes_naming(text: str) -> list[str]:
    """Command lines and environments of processes that hold the text: whatever a demo starts knows its folder."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            with contextlib.suppress(OSError):
                known = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
                if text.encode() in known:
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found


def nothing_names(folder: Path) -> None:
    """Wait until nothing does: what is killed is gone a moment later."""
    eventually(lambda: not processes_naming(str(folder)), seconds=30, what="an end of all that knows the folder")


def test_the_real_thing_gives_the_same_profile_and_leaves_nothing_running(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "subway_validations"
    on_ray = make_demo(tmp_path / "on_ray", folder, embedded=False)
    assert_states_passed(on_ray)
    nothing_names(tmp_path)

    embedded = make_demo(tmp_path / "embedded", folder)
    assert without_timestamp(on_ray) == without_timestamp(embedded)


@pytest.mark.parametrize("said", ["Starting Airflow", "Running the DAG"])
def test_an_interrupted_demo_leaves_nothing_running(tmp_path: Path, said: str) -> None:
    process = subprocess.Popen(
        ["make", "--no-print-directory", "demo", f"DEMO={tmp_path}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert any(said in line for line in process.stdout)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does on Ctrl-C
    process.stdout.read()
    assert process.wait(120) != 0
    nothing_names(tmp_path)
