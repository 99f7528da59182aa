"""Every error that faq.md quotes (its blocks of text) is one that is raised, in these words."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import jwt
import pytest
from airflow.sdk import conf

from airflow_provider_profiler.cli.main import main
from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ProfilerError
from airflow_provider_profiler.contract.specification import DatabaseConnection, check_dataset_path
from airflow_provider_profiler.contract.states import parse_status
from airflow_provider_profiler.hooks import embedded, locating
from airflow_provider_profiler.jobs.databases import configured_server
from airflow_provider_profiler.jobs.findings import nothing_read
from airflow_provider_profiler.jobs.lost import LOST
from airflow_provider_profiler.jobs.queue_limits import refuse_when_full
from airflow_provider_profiler.jobs.redis_server import DURABLE, durability_shortcomings
from airflow_provider_profiler.jobs.refusals import of_same_request
from airflow_provider_profiler.jobs.store import QueueLimits
from airflow_provider_profiler.jobs.store_choice import check_store_fits
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator
from airflow_provider_profiler.profiling import merge, profile
from airflow_provider_profiler.profiling.readers.registry import ReaderNotInstalled, entry_for
from airflow_provider_profiler.service.auth import token_verifier
from airflow_provider_profiler.service.backend import Backend
from airflow_provider_profiler.service.signed_links import LinkSigner
from airflow_provider_profiler.storage.roots import DataRoot
from tests.unit.docs.fences import ROOT

KEY = "a-shared-secret-of-more-than-32-bytes"
JOB = UUID("550e8400-e29b-41d4-a716-446655440000")
GUIDE = (ROOT / "docs" / "faq.md").read_text(encoding="utf-8")
QUOTED = dict(re.findall(r"^### (.+)\n\n```text\n((?:(?!```).+\n)+)```$", GUIDE, re.MULTILINE))
Patch = pytest.MonkeyPatch
Printed = pytest.CaptureFixture[str]
#: Makes an error, by the heading of its question; or gives the text that is told without one.
MADE: dict[str, Callable[[Path, Patch, Printed], Any]] = {}


def about(heading: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def remember(function: Callable[..., Any]) -> Callable[..., Any]:
        MADE[heading] = function
        return function

    return remember


def verified(**claims: Any) -> str:
    verifier = token_verifier(Settings(enable_auth=True, auth_key=KEY, auth_algorithms=("HS256",)))
    assert verifier is not None
    return verifier.verify(jwt.encode({"client_id": "airflow", "exp": 4_000_000_000} | claims, KEY, "HS256"))


@about("A worker without the engine")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    patch.setitem(sys.modules, "airflow_provider_profiler.service.embedded", None)
    embedded.acquire(Settings(home=folder), run_jobs=True)


@about("A path that nobody can place")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    connectors = {"data_connectors": [{"type": "RawDataPath", "dataset_id": "sales"}]}
    embedded.settle_paths(connectors, Settings(home=folder))


@about("A connection that is missing by mistake")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    patch.setenv("AIRFLOW__PROFILER__EMBEDDED", "never")
    assert conf.get("profiler", "embedded") == "never"
    locating.locate("profiler_default", None)


@about("A DAG that cannot be imported")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    ProfileDatasetOperator(task_id="p", path="sales", profile="medium")


@about("A status that nobody knows")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    parse_status("DONE")


@about("The worker died")
def _(folder: Path, patch: Patch, printed: Printed) -> str:
    return LOST.message


@about("A dataset that is not there")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    DataRoot(folder).resolve("sales")


@about("An absolute path")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    check_dataset_path("/srv/sales")


@about("A database that is not configured")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    connector = DatabaseConnection(
        protocol="postgresql", engine="PostgreSQL", database_name="sea", host="10.0.0.5", port=5432
    )
    configured_server(connector, Settings(home=folder))


@about("A key that was used before")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    record: Any = SimpleNamespace(fingerprint="one", job_id=JOB)
    of_same_request(record, SimpleNamespace(fingerprint="other"))  # type: ignore[arg-type]


@about("Too many jobs")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    limit = Settings(home=folder).max_waiting_jobs
    assert limit is not None
    refuse_when_full(QueueLimits(total=limit, per_client=None), waiting=limit, waiting_of_client=0)


@about("Authentication without a key")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    token_verifier(Settings(enable_auth=True))


@about("Ray elsewhere, jobs here")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    check_store_fits(Settings(home=folder, ray_address="10.0.0.5:6379"))


@about("Redis that forgets")
def _(folder: Path, patch: Patch, printed: Printed) -> str:
    told = DURABLE | {"appendfsync": "everysec"}
    client = SimpleNamespace(config_get=lambda name: {name: told[name]})
    connections: Any = SimpleNamespace(call=lambda function, patience: function(client))
    (sentence,) = durability_shortcomings(connections, patience=0)
    return sentence


@about("A client that is not allowed")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    verified(client_id="another")


@about("An old token")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    verified(exp=1)


@about("A link that has ended")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    signer = LinkSigner(b"k" * 32)
    path = f"/profiler/report/{JOB}"
    link, expires = signer.signed(path, "airflow", 0)
    signer.check(path, "airflow", expires, link.rsplit("=", 1)[1], expires + 1)


@about("A file whose reader is not installed")
def _(folder: Path, patch: Patch, printed: Printed) -> str:
    patch.setitem(sys.modules, "python_calamine", None)
    patch.delitem(sys.modules, "airflow_provider_profiler.profiling.readers.spreadsheets", raising=False)
    entry = entry_for("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    assert entry is not None
    with pytest.raises(ReaderNotInstalled) as raised:
        entry.load()
    return str(raised.value)


@about("All files failed")
def _(folder: Path, patch: Patch, printed: Printed) -> str:
    for name in ("a.parquet", "b.parquet"):
        (folder / name).write_bytes(b"PAR1 is all")
    reason = nothing_read(profile(folder).model)
    assert reason is not None
    return reason.message


@about("A job that was cleaned up")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    backend: Any = SimpleNamespace(job=lambda _: SimpleNamespace(cleaned_up=True, job_id=JOB))
    Backend.job_with_results(backend, str(JOB))


@about("Documents among the data")
def _(folder: Path, patch: Patch, printed: Printed) -> str:
    (folder / "sales.csv").write_text("a\n1\n", encoding="utf-8")
    assert main(["profile", str(folder), "--out", str(folder / "profiles")]) == 2
    return printed.readouterr().err


@about("States that do not fit")
def _(folder: Path, patch: Patch, printed: Printed) -> None:
    for name in ("one.bin", "two.bin"):
        (folder / name).write_bytes(b"DPSTATES" + bytes(8))
    merge(folder / "one.bin", folder / "two.bin")


def test_every_question_quotes_an_error_that_is_made_here() -> None:
    headings = re.findall(r"^### (.+)$", GUIDE, re.MULTILINE)
    assert list(QUOTED) == headings
    assert set(QUOTED) == set(MADE)


@pytest.mark.parametrize("heading", QUOTED)
def test_the_error_is_raised_in_these_words(heading: str, tmp_path: Path, monkeypatch: Patch, capsys: Printed) -> None:
    try:
        told = MADE[heading](tmp_path, monkeypatch, capsys)
    except (ProfilerError, ValueError) as error:
        told = str(error)
    assert isinstance(told, str), "nothing was raised"
    words = [re.escape(part) for part in " ".join(QUOTED[heading].split()).split("...")]
    assert re.fullmatch(".*?".join(words), " ".join(told.split()))
