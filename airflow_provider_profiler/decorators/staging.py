"""The folder in which a task lays its frames for the service: one for each task instance, gone when that is over."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_provider_profiler.contract.model import canonical_json
from airflow_provider_profiler.decorators.frames import write_parquet
from airflow_provider_profiler.hooks.errors import StagingFailed
from airflow_provider_profiler.operators.idempotency import TaskIdentity

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

#: How the name of every staged folder begins. Nothing else is ever removed.
PREFIX = "airflow-frames-"


@dataclass(frozen=True)
class StagedFolder:
    """Where the frames of one task instance lie, for the worker and for the service."""

    uri: str
    """For whoever writes and removes: a path, or the URI of a store such as ``s3://conn_id@bucket/root/folder``."""
    path: str
    """For the service: under its data root; embedded, absolute."""

    def write(self, frames: Mapping[str, Any]) -> dict[str, int]:
        """Write the frames, each as a whole or not at all, and take away what an earlier try left beside them.

        :return: the rows of each.
        :raises RequestRefused: when a frame cannot be written.
        :raises StagingFailed: when the folder cannot be.
        """
        try:
            folder = _storage(self.uri)
            fs, place = folder.fs, folder.path.rstrip("/")
            local = "file" in _protocols(fs)
            fs.makedirs(place, exist_ok=True)
            rows = {}
            for name, frame in frames.items():
                final = f"{place}/{name}.parquet"
                # A job of an earlier try may be reading: it goes on with the file that it has opened.
                part = f"{final}.part" if local else final
                with fs.open(part, "wb") as file:
                    rows[name] = write_parquet(frame, name, file)
                if local:
                    Path(part).replace(final)
            fs.invalidate_cache()
            wanted = {f"{name}.parquet" for name in frames}
            for left in fs.ls(place, detail=False):
                if str(left).rsplit("/", 1)[-1] not in wanted:
                    fs.rm(left, recursive=True)
        except (OSError, ImportError, ValueError) as error:
            raise StagingFailed(
                f"The data frame cannot be written to {self.uri} ({type(error).__name__}: {str(error)[:200]}). "
                "'staging' must be a folder that the worker may write to and the service reads from."
            ) from error
        return rows

    def remove(self) -> None:
        """Take the folder away, if it is there.

        :raises StagingFailed: when that does not work.
        """
        folder = _storage(self.uri)
        place = folder.path.rstrip("/")
        if not place.rsplit("/", 1)[-1].startswith(PREFIX):
            raise StagingFailed(f"{self.uri} is no folder of staged frames; nothing was removed.")
        try:
            folder.fs.invalidate_cache()
            folder.fs.rm(place, recursive=True)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise StagingFailed(
                f"The staged frames at {self.uri} cannot be removed ({type(error).__name__}); remove them by hand."
            ) from error


def folder_name(identity: TaskIdentity) -> str:
    """The folder of a task instance: the same in all its tries, and no other's."""
    parts = [identity.instance_id, identity.dag_id, identity.run_id, identity.task_id, identity.map_index]
    readable = re.sub(r"[^\w.-]", "-", f"{identity.dag_id}.{identity.task_id}")[:60]
    return f"{PREFIX}{readable}-{hashlib.sha256(canonical_json(parts)).hexdigest()[:16]}"


def staged_on_wire(staging: "str | ObjectStoragePath", staging_path: str, name: str) -> StagedFolder:
    """Where a service elsewhere finds the frames.

    :param staging: the folder as the worker sees it.
    :param staging_path: the same folder under the service's data root; empty for the root itself.
    """
    below = staging_path.strip("/")
    return StagedFolder(uri=f"{str(staging).rstrip('/')}/{name}", path=f"{below}/{name}" if below else name)


def staged_embedded(root: Path, name: str) -> StagedFolder:
    """Where the service within the task finds the frames.

    :param root: the folder for it, which belongs to this installation alone.
    """
    return StagedFolder(uri=str(root / name), path=str(root / name))


def _storage(uri: str) -> "ObjectStoragePath":
    from airflow.sdk import ObjectStoragePath  # noqa: PLC0415 - DAG files are parsed often

    return ObjectStoragePath(uri)


def _protocols(fs: Any) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)
