"""Whether a file that was found is going to be read, and what people are told where it is not what its name says."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.options import DiscoveryOptions
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.profiling.archives.looking import is_archive
from airflow_provider_profiler.profiling.formats import PLAIN_TEXT, extension_of, media_type_of
from airflow_provider_profiler.profiling.readers.registry import ReaderNotInstalled, entry_for

#: Files that a warning names.
_TOLD = 5


def why_not_read(
    path: str, size: int, media_type: str, packed_by: str | None, options: DiscoveryOptions
) -> FileReason | None:
    """Why a sound file is only listed, or None where it is going to be read or looked into.

    :param packed_by: the codec of a compressed tar file.
    """
    looked_into = is_archive(media_type, packed_by)
    if looked_into and not options.archives:
        message = f"{path}: archives are not looked into, for the option discovery.archives is off"
        return FileReason(code=FileReasonCode.UNSUPPORTED_FORMAT, message=message)
    if not looked_into:
        entry = entry_for(media_type)
        if entry is None:
            message = f"{path}: files of {media_type} are listed; there is no reader for them in this version"
            return FileReason(code=FileReasonCode.UNSUPPORTED_FORMAT, message=message)
        try:
            entry.load()
        except ReaderNotInstalled as error:
            return FileReason(code=FileReasonCode.READER_NOT_INSTALLED, message=f"{path}: {error}")
    if options.max_file_size is not None and size > options.max_file_size:
        message = (
            f"{path}: has {size} bytes, more than the {options.max_file_size} that the option "
            "discovery.max_file_size allows"
        )
        return FileReason(code=FileReasonCode.TOO_LARGE, message=message)
    return None


def differing_type(name: str, media_type: str) -> str | None:
    """The media type that a file's name promises, where its content is of another one."""
    declared = media_type_of(name)
    if extension_of(name) == "txt" and not media_type.startswith("text/"):
        declared = PLAIN_TEXT
    return declared if declared not in (None, media_type) else None


def type_note(name: str, media_type: str) -> str:
    """What the description of a file says where its name promises another media type; ``""`` where it does not."""
    declared = differing_type(name, media_type)
    return "" if declared is None else f"Its name says {declared}, its content is {media_type}."


def type_warnings(files: Iterable[tuple[str, str]]) -> Iterator[JobWarning]:
    """One warning for each pair of what names say and what files are.

    :param files: path and media type of each file.
    """
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path, media_type in files:
        declared = differing_type(path.rpartition("/")[2], media_type)
        if declared is not None:
            pairs[declared, media_type].append(path)
    for (declared, media_type), paths in sorted(pairs.items()):
        more = f" and {len(paths) - _TOLD} more" if len(paths) > _TOLD else ""
        are = "files are" if len(paths) > 1 else "file is"
        message = (
            f"{len(paths)} {are} named as {declared}, but the content is {media_type}, and taken as such: "
            f"{', '.join(paths[:_TOLD])}{more}."
        )
        yield JobWarning(code="media_type_differs", message=message)
