"""References between fields that readers can follow: they join the tables, and fail where that is not one to one."""

from collections.abc import Mapping, Set
from uuid import UUID

from airflow_provider_profiler.contract.profile import Field, RecordSet
from airflow_provider_profiler.render.croissant.promise import Loading


def followed(tables: Mapping[UUID, tuple[RecordSet, Loading]]) -> dict[UUID, UUID]:
    """By the id of a field, that of the field which it refers to.

    One reference a table: of several, readers follow the first alone and stumble over the others. The target has to
    hold each value once, be of the same type, and lead back to the table on no way.

    :param tables: the tables that can be loaded, by their ids.
    """
    chosen: dict[UUID, UUID] = {}
    leads_to: dict[UUID, set[UUID]] = {}
    for identity, (table, loading) in tables.items():
        for field, loaded in zip(table.fields, loading.fields, strict=True):
            target = _target(field, tables)
            if target is None:
                continue
            owner, place = target
            same_type = tables[owner][1].fields[place].data_type is loaded.data_type
            if not same_type or owner == identity or _reaches(owner, identity, leads_to):
                continue
            chosen[field.id] = tables[owner][0].fields[place].id
            leads_to.setdefault(identity, set()).add(owner)
            break
    return chosen


def _target(field: Field, tables: Mapping[UUID, tuple[RecordSet, Loading]]) -> tuple[UUID, int] | None:
    for reference in field.references:
        if reference.record_set_id in tables and not reference.separator:  # lists of keys are not joined
            for place, candidate in enumerate(tables[reference.record_set_id][0].fields):
                if candidate.id == reference.field_id and candidate.is_unique:
                    return reference.record_set_id, place
    return None


def _reaches(start: UUID, goal: UUID, leads_to: Mapping[UUID, Set[UUID]]) -> bool:
    return start == goal or any(_reaches(step, goal, leads_to) for step in leads_to.get(start, ()))
