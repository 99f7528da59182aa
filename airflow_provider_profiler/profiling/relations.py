"""References between tables: a foreign key becomes what its columns refer to, by the ids of the profile."""

from collections.abc import Sequence

from airflow_provider_profiler.contract.database import ForeignKey
from airflow_provider_profiler.contract.profile import Field, RecordSet, Reference
from airflow_provider_profiler.profiling.readers.reader import Table


def with_declared_references(read: Sequence[tuple[RecordSet, Table]]) -> list[RecordSet]:
    """The record sets, each column with the references that its source declares.

    A key over several columns makes a reference of each of them. One to a table or a column that the profile does not
    hold makes none: there is no id that it could have.

    :param read: the record sets of a dataset, each with the table that it was read as.
    """
    places = {(record_set.path, table.name): record_set for record_set, table in read}
    found = []
    for record_set, table in read:
        references: dict[str, list[Reference]] = {}
        for key in table.foreign_keys:
            target = _target(places, record_set.path, key)
            if target is not None:
                _refer(references, key, target)
        fields = tuple(_with(field, references.get(field.original_name, ())) for field in record_set.fields)
        found.append(record_set.model_copy(update={"fields": fields}) if references else record_set)
    return found


def _target(places: dict[tuple[str, str], RecordSet], path: str, key: ForeignKey) -> RecordSet | None:
    name = f"{key.target_schema}.{key.target_table}" if key.target_schema else key.target_table
    return places.get((path, name)) or places.get((path, key.target_table))


def _refer(references: dict[str, list[Reference]], key: ForeignKey, target: RecordSet) -> None:
    fields = {field.original_name: field for field in target.fields}
    for column, target_column in zip(key.columns, key.target_columns, strict=True):
        field = fields.get(target_column)
        if field is None:
            continue
        reference = Reference(
            record_set_id=target.id,
            record_set=target.name,
            field_id=field.id,
            field=field.name,
            declared=True,
        )
        known = references.setdefault(column, [])
        if reference not in known:
            known.append(reference)


def _with(field: Field, references: Sequence[Reference]) -> Field:
    if not references:
        return field
    # What was found in the values says the same of a column twice where the source declares it too.
    others = tuple(item for item in field.references if item.field_id not in {known.field_id for known in references})
    return field.model_copy(update={"references": (*references, *others)})
