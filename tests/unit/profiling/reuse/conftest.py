"""A dataset that is profiled again and again, with and without what was kept of the time before."""

import io
import itertools
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.profiling.reuse.earlier import EarlierProfile
from airflow_provider_profiler.profiling.reuse.keeping import Keeping
from airflow_provider_profiler.profiling.reuse.layout import decoded
from airflow_provider_profiler.profiling.reuse.ledger import Ledger, Outcome
from airflow_provider_profiler.render.documents import documents_of
from airflow_provider_profiler.storage.atomic import write_atomic
from airflow_provider_profiler.storage.results import REUSE

#: Files are of the past: what was just written may be written again within the same tick of a clock.
LONG_AGO = 1_700_000_000_000_000_000


@dataclass
class Night:
    """What one profile left behind."""

    folder: Path
    outcome: Outcome
    profile: Any

    def documents(self) -> dict[str, bytes]:
        """All files but the one that says when the data was looked at, of which the rest stands here."""
        found = {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file()
        }
        reuse = decoded(io.BytesIO(found.pop(REUSE)))
        # Checksums that are only compared are noted as well, where they were.
        noted = reuse.model_dump_json(exclude={"looked_at": True, "files": {"__all__": {"sha256"}}})
        return found | {REUSE: noted.encode()}


@dataclass
class Nights:
    """One dataset, night after night."""

    bench: Any
    folder: Path
    clock: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def dataset(self) -> Path:
        return self.bench.dataset

    def write(self, name: str, content: bytes) -> Path:
        path = self.dataset / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.touch(name)
        return path

    def touch(self, name: str) -> None:
        moment = LONG_AGO + next(self.clock) * 1_000_000_001
        os.utime(self.dataset / name, ns=(moment, moment))

    def overwrite_unseen(self, name: str, content: bytes) -> None:
        """Other content of the same size, and no trace of that."""
        path = self.dataset / name
        before = path.stat()
        assert len(content) == before.st_size
        path.write_bytes(content)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def profile(
        self,
        after: Night | EarlierProfile | None = None,
        *,
        compare: Any = "stamp",
        parts: bool = True,
        engine: ProfilingEngine | None = None,
        observer: Any = None,
        metadata: dict[str, Any] | None = None,
        **options: Any,
    ) -> Night:
        """Profile the dataset into a folder of its own.

        :param after: what may be reused.
        """
        earlier = EarlierProfile.open(after.folder) if isinstance(after, Night) else after
        folder = self.folder / str(next(self.clock))
        folder.mkdir()
        engine, observer, ledger = (
            engine or ProfilingEngine(),
            observer or NullObserver(),
            Ledger(earlier, compare=compare),
        )
        light = self.bench.light(
            self.bench.options(**options), engine=engine, observer=observer, ledger=ledger, metadata=metadata
        )
        profile = engine.heavy(
            light, observer=observer, states=folder / "states.bin", mirrors=folder, keep=Keeping(folder, parts=parts)
        )
        for document in documents_of(profile, light.profile):
            write_atomic(folder / document.name, document.chunks)
        return Night(folder, ledger.outcome, profile)


@pytest.fixture
def nights(bench: Any, tmp_path: Path) -> Nights:
    folder = tmp_path / "nights"
    folder.mkdir()
    return Nights(bench, folder)
