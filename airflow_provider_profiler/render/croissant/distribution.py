"""The distribution nodes: files, sets of files and mirrors, each where a reader finds it."""

from collections.abc import Sequence
from typing import Any

from airflow_provider_profiler.contract.profile import Distribution, DistributionKind, Mirror, RecordSet

PARQUET = "application/x-parquet"


class Base:
    """What file names in the document are relative to."""

    def __init__(self, prefix: str = "") -> None:
        """Name the dataset's folder as it is seen from there.

        :param prefix: relative path with a slash at its end, such as ``../data/``; empty for the dataset's folder
            itself, as if the document lay there.
        """
        self._prefix = prefix

    def of(self, path: str) -> str:
        """A path of the dataset as it is found from the base; addresses stay as they are."""
        return path if "://" in path else self._prefix + path


def distribution_node(
    item: Distribution,
    identity: str,
    base: Base,
    *,
    container: tuple[Distribution, str] | None = None,
    encoding_formats: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """The node of a file, a set of files or a database.

    :param container: what it is in, with its id in the document.
    :param encoding_formats: what a file with a loadable table is declared as; its media type where it is empty.
    :param notes: what readers should know of it.
    """
    formats = list(encoding_formats) or [item.media_type]
    node: dict[str, Any] = {
        "@type": "cr:FileSet" if item.kind is DistributionKind.FILE_SET else "cr:FileObject",
        "@id": identity,
        "name": item.name,
        "encodingFormat": formats[0] if len(formats) == 1 else formats,
    }
    description = " ".join(part for part in (item.description, *notes) if part)
    if description:
        node["description"] = description
    if item.kind is DistributionKind.FILE_SET:
        node["includes"] = [base.of(pattern) for pattern in item.includes or (item.path,)]
        return node
    if container is not None and container[0].kind is DistributionKind.FILE:
        # Within an archive names are relative to it.
        node["containedIn"] = {"@id": container[1]}
        node["contentUrl"] = item.path.removeprefix(f"{container[0].path}/")
    else:
        node["contentUrl"] = base.of(item.content_url)
    if item.content_size is not None:
        node["contentSize"] = f"{item.content_size} B"
    if item.sha256 is not None:
        node["sha256"] = item.sha256
    return node


def mirror_node(record_set: RecordSet, mirror: Mirror, identity: str) -> dict[str, Any]:
    """The node of the Parquet file that a table was written to; it lies beside the document wherever that is."""
    return {
        "@type": "cr:FileObject",
        "@id": identity,
        "name": mirror.path.rpartition("/")[2],
        "description": f"The rows of {record_set.path} as typed Parquet",
        "encodingFormat": PARQUET,
        "contentUrl": mirror.path,
        "contentSize": f"{mirror.content_size} B",
        "sha256": mirror.sha256,
    }
