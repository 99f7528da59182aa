"""What becomes of each table, and the ids of all nodes: found out before the first node is written."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from airflow_provider_profiler.contract.profile import DatasetProfile, DistributionKind, RecordSet
from airflow_provider_profiler.render.croissant.loading import Origins, loading_of
from airflow_provider_profiler.render.croissant.names import Names
from airflow_provider_profiler.render.croissant.promise import Loading, NotLoadable
from airflow_provider_profiler.render.croissant.references import followed


@dataclass(frozen=True)
class LoadedTable:
    """A table that readers load, its id, and that of the file it is loaded from."""

    record_set: RecordSet
    loading: Loading
    identity: str
    source: str
    in_set: bool = False
    """The source is a set of files."""


@dataclass(frozen=True)
class DocumentPlan:
    """The ids of a document, and what is said of each table."""

    files: Mapping[UUID, str]
    """Of distributions."""
    fields: Mapping[UUID, str]
    """Of the fields of loaded tables."""
    loaded: Sequence[LoadedTable]
    described: Sequence[RecordSet]
    """Tables that readers cannot load."""
    formats: Mapping[UUID, Sequence[str]]
    """What files with a loaded table are to be declared as."""
    notes: Mapping[UUID, Sequence[str]]
    """What is to be said of files: why they were not read, or why their tables cannot be loaded."""
    follows: Mapping[UUID, UUID]
    """By the id of a field, that of the field which it refers to."""

    @classmethod
    def of(cls, profile: DatasetProfile, *, at_dataset: bool = True) -> "DocumentPlan":
        """The plan of a profile's document.

        :param at_dataset: the document is to lie in the dataset's folder.
        """
        names = Names()
        names.give(str(profile.dataset_id))
        files = {
            item.id: names.give(item.path, "files") if item.kind is DistributionKind.FILE_SET else names.give(item.path)
            for item in profile.distributions
        }
        origins = Origins(profile.distributions)
        sets = {item.id for item in profile.distributions if item.kind is DistributionKind.FILE_SET}
        notes: defaultdict[UUID, list[str]] = defaultdict(list)
        for item in profile.distributions:
            if item.reason is not None:
                notes[item.id].append(f"Not profiled: {item.reason.message}.")
        loaded: list[LoadedTable] = []
        described: list[RecordSet] = []
        fields: dict[UUID, str] = {}
        formats: dict[UUID, Sequence[str]] = {}
        for table in profile.record_sets:
            in_set = table.mirror is None and table.distribution_id in sets
            try:
                loading = loading_of(table, origins, profile.options, at_dataset=at_dataset)
            except NotLoadable as why:
                described.append(table)
                notes[table.distribution_id].append(f"The table {table.name} is not loadable as it is: {why}.")
                continue
            identity = names.give(table.name)
            mirror = table.mirror
            source = files[table.distribution_id] if mirror is None else names.give(mirror.path)
            if mirror is None:
                formats[table.distribution_id] = loading.encoding_formats
            fields |= {field.id: names.give(identity, field.name.replace("/", "_")) for field in table.fields}
            loaded.append(LoadedTable(table, loading, identity, source, in_set))
        follows = followed({item.record_set.id: (item.record_set, item.loading) for item in loaded})
        return cls(files, fields, loaded, described, formats, notes, follows)
