"""Which tables the readers of Croissant load exactly as they are, and as what.

A field that names a source is a promise: whoever asks for the records gets the rows of the table. The reader that is
promised here is mlcroissant, which reads with pandas and without any options, so that most of what people publish is
read wrongly or not at all. What cannot be promised is not claimed; the reason is told instead.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final
from uuid import UUID

from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import Distribution, DistributionKind, RecordSet
from airflow_provider_profiler.render.croissant.delimited import load_delimited
from airflow_provider_profiler.render.croissant.json import load_json, load_json_lines
from airflow_provider_profiler.render.croissant.parquet import load_parquet
from airflow_provider_profiler.render.croissant.promise import LoadedField, Loading, NotLoadable

_Rule = Callable[[RecordSet, Sequence[Distribution], bool], Loading]

#: How fields are marked whose values stand in the names of folders (``year=2019``).
_PARTITION_KEY: Final = "path"

#: How bytes that are not UTF-8 are shown in a path: the file itself has another name.
_ODD_BYTES: Final = re.compile(r"\\x[0-9a-f]{2}")

_RULES: Final[Mapping[str, _Rule]] = {
    "text/csv": load_delimited,
    "text/tab-separated-values": load_delimited,
    "application/x-parquet": load_parquet,
    "application/jsonlines": load_json_lines,
    "application/json": load_json,
    "application/geo+json": load_json,
}


class Origins:
    """Where tables were read from."""

    def __init__(self, distributions: Sequence[Distribution]) -> None:
        self._known = {item.id: item for item in distributions}
        self._members: defaultdict[UUID, list[Distribution]] = defaultdict(list)
        for item in distributions:
            if item.contained_in is not None:
                self._members[item.contained_in].append(item)
        self._paths = [item.path for item in distributions if item.kind is DistributionKind.FILE]

    def files(self, table: RecordSet) -> list[Distribution]:
        """The files with the rows of a table.

        :raises NotLoadable: when readers do not find them, and no others.
        """
        origin = self._known.get(table.distribution_id)
        if origin is None or origin.kind is DistributionKind.DATABASE:
            raise NotLoadable("it is not a table of files")
        owner = None if origin.contained_in is None else self._known.get(origin.contained_in)
        if owner is not None and owner.kind is not DistributionKind.FILE_SET:
            raise NotLoadable(
                "readers mix up what they unpack of archives with the same name"
                if owner.kind is DistributionKind.FILE
                else "it is a table of a database"
            )
        if origin.kind is DistributionKind.FILE:
            if _ODD_BYTES.search(origin.path):
                raise NotLoadable("its name holds bytes that are not UTF-8")
            return [origin]
        found = {path for path in self._paths if any(fnmatchcase(path, pattern) for pattern in origin.includes)}
        files = [item for item in self._members[origin.id] if item.path in found]
        if not files or len(files) < len(found):
            raise NotLoadable("readers take more files for parts of it")
        return files


def loading_of(record_set: RecordSet, origins: Origins, options: ProfileOptions, *, at_dataset: bool = True) -> Loading:
    """How a table is loaded.

    :param at_dataset: the document is to lie in the dataset's folder.
    :raises NotLoadable: saying why it cannot be.
    """
    if not record_set.fields:
        raise NotLoadable("it has no columns")
    if record_set.mirror is not None:
        return _mirrored(record_set)
    files = origins.files(record_set)
    if len(files) > 1 and not at_dataset:
        raise NotLoadable("readers find the files of a set beneath the document alone")
    if record_set.selection is not None:
        raise NotLoadable("only some of its rows were profiled")
    if any(field.physical_type == _PARTITION_KEY for field in record_set.fields):
        raise NotLoadable("names of its folders are values of a column")
    contents = {_content_type(item) for item in files}
    rule = _RULES.get(min(contents))
    if rule is None or len(contents) > 1:
        raise NotLoadable(f"{min(contents)} is no format that readers take")
    chosen = options.selection
    loading = rule(record_set, files, not (chosen.columns or chosen.exclude_columns))
    if len({tuple(item.extract.values()) for item in loading.fields}) < len(loading.fields):
        raise NotLoadable("several of its columns have one name")
    return loading


def _content_type(item: Distribution) -> str:
    """The media type of what is in a file once it is unpacked.

    :raises NotLoadable: when readers cannot unpack it.
    """
    reading = item.reading
    if reading is None or reading.compression is None:
        return item.media_type
    if reading.compression != "gzip":
        raise NotLoadable(f"it is compressed with {reading.compression}")
    return reading.content_media_type or item.media_type


def _mirrored(record_set: RecordSet) -> Loading:
    mirror = record_set.mirror
    if mirror is None:
        raise AssertionError("asked for the mirror of a table that has none")
    return Loading(
        tuple(
            LoadedField(data_type, {"column": field.name})
            for field, data_type in zip(record_set.fields, mirror.data_types, strict=True)
        )
    )
