"""Looking into single files without a dataset around them."""

from dataclasses import replace
from pathlib import Path

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.discovery.content import InspectionTask, inspect
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.formats import media_type_of
from airflow_provider_profiler.profiling.readers.inspecting import InspectedTable, inspect_tables
from airflow_provider_profiler.profiling.source import FileSource
from airflow_provider_profiler.storage.opening import FileStamp


def inspect_file(path: Path, reading: ReadingOptions) -> tuple[InspectedTable, ...] | str:
    """What the readers deliver of a file, or why they do not. Never raises for what is wrong with the file.

    :param path: the file; links are followed.
    """
    name = str(path)
    try:
        place = path.resolve(strict=True)
        if not place.is_file():
            return f"{name}: is no file"
        stamp = FileStamp.of(place.stat())
        source = FileSource(place.parent, place.name, name, media_type_of(place.name) or "", stamp)
        looked = inspect(InspectionTask(source, checksum=False))
        if looked.reason is not None:
            return looked.reason.message
        return tuple(inspect_tables(replace(source, media_type=looked.media_type), reading))
    except Exception as error:
        return file_reason(error, name).message
