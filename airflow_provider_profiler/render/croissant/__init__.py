"""Croissant 1.1: the document by which machine-learning tools find and load a dataset's tables.

It validates without errors and warnings, and makes a record set of each table that comes back from its readers exactly
as it is; all others are described without a claim (see :mod:`.loading`).
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.render.croissant.context import CONTEXT
from airflow_provider_profiler.render.croissant.dataset import dataset_properties
from airflow_provider_profiler.render.croissant.distribution import Base, distribution_node, mirror_node
from airflow_provider_profiler.render.croissant.field import variable_node
from airflow_provider_profiler.render.croissant.plan import DocumentPlan
from airflow_provider_profiler.render.croissant.record_set import record_set_node
from airflow_provider_profiler.render.renderer import JsonRenderer, whole
from airflow_provider_profiler.storage.results import CROISSANT as CROISSANT_NAME


def croissant_parts(profile: DatasetProfile, prefix: str = "") -> dict[str, Any]:
    """The Croissant document, its long lists as generators.

    :param prefix: the dataset's folder as it is seen from where file names are relative to; see :class:`.Base`.
    """
    plan = DocumentPlan.of(profile, at_dataset=not prefix)
    document: dict[str, Any] = {"@context": dict(CONTEXT), **dataset_properties(profile)}
    if plan.described:
        document["variableMeasured"] = _variables(plan)
    document["distribution"] = _distribution(profile, plan, Base(prefix))
    if plan.loaded:
        document["recordSet"] = _record_sets(plan)
    return document


def croissant_document(profile: DatasetProfile, prefix: str = "") -> dict[str, Any]:
    """The Croissant document as JSON-ready values. That of a light profile has no record sets.

    :param prefix: as in :func:`croissant_parts`.
    """
    document: dict[str, Any] = whole(croissant_parts(profile, prefix))
    return document


def croissant_renderer(prefix: str = "") -> JsonRenderer:
    """A renderer of the document whose file names are relative to somewhere.

    :param prefix: the dataset's folder as it is seen from there.
    """
    return JsonRenderer("croissant", lambda _: CROISSANT_NAME, partial(croissant_parts, prefix=prefix))


def _distribution(profile: DatasetProfile, plan: DocumentPlan, base: Base) -> Iterator[dict[str, Any]]:
    owners = {item.id: item for item in profile.distributions}
    for item in profile.distributions:
        owner = None if item.contained_in is None else owners.get(item.contained_in)
        yield distribution_node(
            item,
            plan.files[item.id],
            base,
            container=None if owner is None else (owner, plan.files[owner.id]),
            encoding_formats=plan.formats.get(item.id, ()),
            notes=plan.notes.get(item.id, ()),
        )
    for table in plan.loaded:
        if table.record_set.mirror is not None:
            yield mirror_node(table.record_set, table.record_set.mirror, table.source)


def _record_sets(plan: DocumentPlan) -> Iterator[dict[str, Any]]:
    for table in plan.loaded:
        yield record_set_node(table, plan.fields, plan.follows)


def _variables(plan: DocumentPlan) -> Iterator[dict[str, Any]]:
    for record_set in plan.described:
        for field in record_set.fields:
            yield variable_node(record_set.name, field)


CROISSANT: Final = croissant_renderer()
