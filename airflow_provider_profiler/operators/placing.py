"""Putting a file where it is wanted, as a whole or not at all: on a file system, or in an object store."""

import hashlib
import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from airflow.sdk.exceptions import AirflowFailException

from airflow_provider_profiler.hooks.errors import UnexpectedAnswer

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

_PIECE = 1024 * 1024
_LOCAL = ("file", "local", "")
#: Stores in which a file is there only once all of it is: they have no half-written files, and no renaming either.
_WHOLE_AT_ONCE = frozenset(
    {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "wasb", "wasbs", "oci", "oss", "memory"}
)


@dataclass(frozen=True)
class Fetched:
    """A file that was downloaded, of known content."""

    path: Path
    size: int
    sha256: str

    @classmethod
    def verified(cls, path: Path, told: str | None, what: str) -> Self:
        """A downloaded file.

        :param told: the checksum that it must have; None where nobody told it.
        :param what: what it is, for the message.
        :raises UnexpectedAnswer: when it has another one.
        """
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if told is not None and digest != told:
            raise UnexpectedAnswer(
                f"{what}: what was downloaded has the sha256 {digest}, the service tells {told}. It was damaged on the "
                "way or replaced meanwhile; nothing was written."
            )
        return cls(path, path.stat().st_size, digest)


def place(fetched: Fetched, target: "ObjectStoragePath", *, overwrite: bool) -> bool:
    """Put a file to its target.

    :param overwrite: whether another file may be replaced.
    :return: whether it was written: it is not where the same content is there already.
    :raises AirflowFailException: when there is a file of other content that must not be replaced.
    :raises OSError: when it cannot be written.
    """
    if target.protocol in _LOCAL:
        return _place_locally(fetched, Path(target.path), overwrite=overwrite)
    return _place_remotely(fetched, target, overwrite=overwrite)


def _place_locally(fetched: Fetched, target: Path, *, overwrite: bool) -> bool:
    if target.exists():
        with suppress(OSError):
            if _same(fetched, target.stat().st_size, target.open("rb")):
                return False
        if not overwrite:
            raise _taken(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, as only within one file system a file takes another's place in one step.
    part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}.part")
    try:
        with fetched.path.open("rb") as source, part.open("wb") as file:
            shutil.copyfileobj(source, file, _PIECE)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            part.replace(target)
        else:
            _take_the_name(part, target)
    finally:
        part.unlink(missing_ok=True)
    return True


def _take_the_name(part: Path, target: Path) -> None:
    """Give a file its name unless another one has got it meanwhile."""
    try:
        target.hardlink_to(part)
    except FileExistsError:
        raise _taken(target) from None
    except OSError:  # a file system without links
        part.replace(target)


def _place_remotely(fetched: Fetched, target: "ObjectStoragePath", *, overwrite: bool) -> bool:
    try:
        store: Any = target.fs
    except ValueError:
        raise AirflowFailException(
            f"No installed provider of Airflow reaches {target.protocol}://, where {target} is to be written. Install "
            "the one that does, such as apache-airflow-providers-amazon[s3fs] for s3://."
        ) from None
    place = str(target.path)
    store.invalidate_cache()
    if store.exists(place):
        if _same(fetched, store.info(place).get("size"), store.open(place, "rb")):
            return False
        if not overwrite:
            raise _taken(target)
    if target.protocol in _WHOLE_AT_ONCE:
        store.put_file(str(fetched.path), place)
    else:
        store.makedirs(place.rpartition("/")[0], exist_ok=True)
        part = f"{place}.{secrets.token_hex(8)}.part"
        try:
            store.put_file(str(fetched.path), part)
            store.mv(part, place)
        except BaseException:
            with suppress(Exception):
                store.rm(part)
            raise
    store.invalidate_cache()
    size = store.info(place).get("size")
    if size != fetched.size:
        raise OSError(f"{target} has {size} bytes after {fetched.size} were written.")
    return True


def _same(fetched: Fetched, size: int | None, file: Any) -> bool:
    with file:
        return size == fetched.size and hashlib.file_digest(file, "sha256").hexdigest() == fetched.sha256


def _taken(target: Any) -> AirflowFailException:
    return AirflowFailException(
        f"There is a file of other content at {target} already; nothing was written. Give overwrite=True to replace it."
    )
