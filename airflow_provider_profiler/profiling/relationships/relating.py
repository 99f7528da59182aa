"""Keys, references and names of files: what can be said of a dataset's tables once all of them are known."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import pyarrow as pa

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.profile import (
    Distribution,
    Field,
    QualityError,
    QualityErrorType,
    QualityExample,
    RecordSet,
    Reference,
)
from airflow_provider_profiler.profiling.readers.reader import Table
from airflow_provider_profiler.profiling.relations import with_declared_references
from airflow_provider_profiler.profiling.relationships.inclusion import (
    Inclusion,
    KeptColumn,
    found_inclusions,
    inclusion,
    keys_of,
)
from airflow_provider_profiler.profiling.relationships.kept_values import KeptValues, kept_values, listed_values
from airflow_provider_profiler.profiling.relationships.named_files import NamedFiles
from airflow_provider_profiler.profiling.semantics.name_hints import names_identifier, subject_words
from airflow_provider_profiler.profiling.semantics.semantic_types import with_type
from airflow_provider_profiler.profiling.semantics.value_patterns import Mask
from airflow_provider_profiler.profiling.statistics.display import show_text
from airflow_provider_profiler.profiling.table_state import TableState

log = logging.getLogger(__name__)

#: Bytes that the values of all columns of a dataset may take while its tables are read.
BUDGET = 64 * 1024 * 1024
_EXAMPLES = 5
_IDENTIFYING = frozenset({"identifier", "uuid"})


class Relating:
    """Takes the tables of a dataset one after another, and relates them when the last one is there.

    Of each table no more is kept than the values of columns that may be keys or refer to keys, within a budget.
    """

    def __init__(self, distributions: Sequence[Distribution], *, tables: int, budget: int = BUDGET) -> None:
        """Begin with the files.

        :param distributions: of the dataset, whatever became of them.
        :param tables: how many tables there are going to be: a single one refers to nothing.
        :param budget: bytes that the values of all columns may take.
        """
        self._files = NamedFiles.of(distributions) if len(distributions) > 1 else None
        self._several = tables > 1
        self._left = budget
        self._kept: dict[UUID, dict[UUID, tuple[KeptValues, ...]]] = {}
        self._tables: dict[UUID, Table] = {}
        self._left_out: list[str] = []

    def take(self, record_set: RecordSet, table: Table, state: TableState) -> RecordSet:
        """Keep what may be related to other tables.

        :param state: of the table's wanted columns.
        :return: the record set with its key, and with the columns that name files.
        """
        fields, quality = list(record_set.fields), list(record_set.quality)
        self._tables[record_set.id] = table
        kept: dict[UUID, tuple[KeptValues, ...]] = {}
        if self._several or self._files is not None:
            for place, column in enumerate(state.columns):
                forms = _forms(fields[place], kept_values(fields[place], column))
                named = self._named(_error_id(record_set, quality), fields[place], forms)
                if named is not None:
                    fields[place], errors = named
                    quality.extend(errors)
                elif self._several and forms:
                    self._keep(kept, record_set, fields[place], forms)
        self._kept[record_set.id] = kept
        update = {
            "fields": tuple(fields),
            "quality": tuple(quality),
            "key": record_set.key or _key(record_set.name, fields),
        }
        return record_set.model_copy(update=update)

    def finish(self, record_sets: Sequence[RecordSet]) -> tuple[tuple[RecordSet, ...], tuple[JobWarning, ...]]:
        """The record sets with the references between them.

        :param record_sets: those that were taken and are still there.
        :return: the record sets in the same order, and what should be known about them.
        """
        try:
            return self._related(record_sets), tuple(self._warnings())
        except Exception:  # what tables have to do with each other is worth less than the tables
            log.exception("The references between the tables could not be found")
            message = "The references between the tables could not be found; the profiler's log says why."
            return tuple(record_sets), (JobWarning(code="references_failed", message=message),)

    def _related(self, record_sets: Sequence[RecordSet]) -> tuple[RecordSet, ...]:
        read = with_declared_references([(item, self._tables[item.id]) for item in record_sets])
        columns = [
            KeptColumn(item, field, self._kept[item.id][field.id])
            for item in read
            for field in item.fields
            if field.id in self._kept[item.id]
        ]
        declared = _declared(read)
        known = {field.id for item in read for field in item.fields if field.references}
        inclusions = [*_compared(read, columns), *found_inclusions(columns, declared, known)]
        by_table: defaultdict[UUID, list[Inclusion]] = defaultdict(list)
        for found in inclusions:
            by_table[found.source.record_set.id].append(found)
        return tuple(_with(item, by_table[item.id]) for item in read)

    def _named(
        self, error_id: UUID, field: Field, forms: Sequence[KeptValues]
    ) -> tuple[Field, tuple[QualityError, ...]] | None:
        """The field with the files that its values name, and those that name none."""
        for values in forms if self._files is not None else ():
            held = self._files.named_by(field.name, values) if self._files is not None else None
            if held is not None:
                share = float(values.rows[held].sum() / values.rows.sum())
                types = with_type(field.semantic_types, "file_reference", share)
                dangling = _dangling(error_id, field, values, held, "name no file of the dataset")
                return field.model_copy(update={"semantic_types": types}), dangling
        return None

    def _keep(
        self,
        kept: dict[UUID, tuple[KeptValues, ...]],
        record_set: RecordSet,
        field: Field,
        forms: tuple[KeptValues, ...],
    ) -> None:
        size = sum(values.size for values in forms)
        if size > self._left:
            self._left_out.append(f"{record_set.name}.{field.name}")
            return
        self._left -= size
        kept[field.id] = forms

    def _warnings(self) -> list[JobWarning]:
        if not self._left_out:
            return []
        names = self._left_out
        more = f" and {len(names) - _EXAMPLES:,} more" if len(names) > _EXAMPLES else ""
        message = (
            f"Columns with many different values were not compared with those of other tables: "
            f"{', '.join(names[:_EXAMPLES])}{more}."
        )
        return [JobWarning(code="references_limited", message=message)]


def _forms(field: Field, values: KeptValues | None) -> tuple[KeptValues, ...]:
    if values is None or not len(values):
        return ()
    lists = listed_values(field, values)
    return (values,) if lists is None else (values, lists)


def _key(name: str, fields: Sequence[Field]) -> tuple[str, ...]:
    """The column that is unique and identifies by what its values are.

    The first of those that are called a key of this table and of nothing else, such as ``id``; else the first of all.
    """
    about = subject_words(name.rpartition("/")[2])
    found = [
        field.name
        for field in fields
        if field.is_unique and not _IDENTIFYING.isdisjoint(item.type for item in field.semantic_types)
    ]
    own = (column for column in found if names_identifier(column) and subject_words(column) <= about)
    best = next(own, next(iter(found), None))
    return () if best is None else (best,)


def _declared(read: Sequence[RecordSet]) -> dict[UUID, set[UUID]]:
    return {
        item.id: {reference.record_set_id for field in item.fields for reference in field.references} for item in read
    }


def _compared(read: Sequence[RecordSet], columns: Sequence[KeptColumn]) -> list[Inclusion]:
    """The declared references of single columns, with how much of them holds."""
    keys = {key.column.field.id: key for key in keys_of(columns)}
    kept = {column.field.id: column for column in columns}
    return [
        inclusion(kept[field.id], keys[reference.field_id], kept[field.id].forms[0])
        for item in read
        for field in item.fields
        for reference in field.references
        if field.id in kept and reference.field_id in keys
    ]


def _with(record_set: RecordSet, found: Sequence[Inclusion]) -> RecordSet:
    """The record set with its references, their shares, and the values that refer to nothing."""
    if not found:
        return record_set
    quality = list(record_set.quality)
    fields = {field.id: field for field in record_set.fields}
    for item in found:
        field = fields[item.source.field.id]
        fields[field.id] = _referring(field, item)
        target = item.key.column
        where = f"are not in {target.record_set.name}.{target.field.name}"
        quality.extend(_dangling(_error_id(record_set, quality), field, item.values, item.held, where))
    return record_set.model_copy(update={"fields": tuple(fields.values()), "quality": tuple(quality)})


def _referring(field: Field, found: Inclusion) -> Field:
    target = found.key.column
    known = [item for item in field.references if item.field_id == target.field.id]
    reference = Reference(
        record_set_id=target.record_set.id,
        record_set=target.record_set.name,
        field_id=target.field.id,
        field=target.field.name,
        declared=bool(known),
        separator=found.values.separator,
        share=found.share,
    )
    others = tuple(item for item in field.references if item.field_id != target.field.id)
    # Numbers that are keys of another table measure nothing.
    types = with_type([item for item in field.semantic_types if item.type != "measure"], "identifier", found.share)
    return field.model_copy(update={"references": (*others, reference), "semantic_types": types})


def _error_id(record_set: RecordSet, errors: Sequence[QualityError]) -> UUID:
    """The id of the next error of a record set."""
    return part_uuid(record_set.id, "quality", str(len(errors)))


def _dangling(id_: UUID, field: Field, values: KeptValues, held: Mask, where: str) -> tuple[QualityError, ...]:
    """What is said of values that name nothing: at most one error.

    :param id_: the error's.
    """
    if held.all():
        return ()
    rows = values.rows[~held]
    amount, total = int(rows.sum()), int(values.rows.sum())
    noun = f"keys in lists that {values.separator!r} separates" if values.separator else "values"
    sample = "" if values.exact else ", in a sample of the different ones"
    # The most frequent first.
    order = sorted(zip((-rows).tolist(), values.texts.filter(pa.array(~held)).to_pylist(), strict=True))
    return (
        QualityError(
            id=id_,
            column=field.name,
            error_type=QualityErrorType.CONSISTENCY_ERROR,
            description=f"{amount:,} of {total:,} {noun} {where}{sample}",
            # Several keys may stand in one row.
            affected_rows=min(amount, field.statistics.row_count),
            examples=tuple(QualityExample(value=show_text(text.encode()), row=None) for _, text in order[:_EXAMPLES]),
        ),
    )
