"""From what a DAG author writes to a request, checked before it is sent, and its body on the wire."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from airflow_provider_profiler.contract.messages import TriggeredBy, TriggerProfileRequest
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.hooks.answers import readable
from airflow_provider_profiler.hooks.errors import RequestRefused

Specification = ProfileSpecification | Mapping[str, Any]
Options = ProfileOptions | Mapping[str, Any]

#: The documented fields are always sent; the others only where they say something, so that a service that knows
#: the documented ones alone is not asked for more than it needs to be.
_DOCUMENTED = ("profile_specification", "only_light_profile")


def specification_for(path: str, dataset_id: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A specification for a dataset of which a path or a name is known.

    :param path: the dataset's path, the name where it is empty.
    :param dataset_id: a UUID, or a name that a UUID is derived from; the path where it is empty.
    :param metadata: any fields of the specification.
    :raises RequestRefused: when something does not fit, with the field's name.
    """
    try:
        known = ProfileSpecification.for_path(path or dataset_id, dataset_id=dataset_id, **metadata)
    except (ValidationError, TypeError) as error:
        raise _refused(error) from None
    return known.model_dump(mode="json")


def build_request(
    specification: Specification,
    *,
    only_light_profile: bool = False,
    options: Options | None = None,
    dry_run: bool = False,
    force: bool = False,
    reuse_unchanged: bool | str = False,
    profiled_since_days: float | None = None,
    priority: int = 0,
    labels: Mapping[str, str] | None = None,
    triggered_by: TriggeredBy | None = None,
) -> TriggerProfileRequest:
    """Check a submission by the same rules as the service.

    :raises RequestRefused: with one line for each field that does not fit.
    """
    # Values that are models already are not checked again, and so not turned into something else on the way.
    body = {
        "profile_specification": specification
        if isinstance(specification, ProfileSpecification)
        else dict(specification),
        "only_light_profile": only_light_profile,
        "options": options if isinstance(options, ProfileOptions) else dict(options or {}),
        "dry_run": dry_run,
        "force": force,
        "reuse_unchanged": reuse_unchanged,
        "profiled_since_days": profiled_since_days,
        "priority": priority,
        "labels": dict(labels or {}),
        "triggered_by": triggered_by or TriggeredBy(),
    }
    try:
        return TriggerProfileRequest.model_validate(body)
    except ValidationError as error:
        raise _refused(error) from None


def wire_body(request: TriggerProfileRequest) -> dict[str, Any]:
    """The JSON body of a submission."""
    whole = request.model_dump(mode="json")
    telling = request.model_dump(mode="json", exclude_defaults=True)
    return {name: whole[name] for name in _DOCUMENTED} | {
        name: value for name, value in telling.items() if name not in _DOCUMENTED
    }


def _refused(error: ValidationError | TypeError) -> RequestRefused:
    problems = readable(error) if isinstance(error, ValidationError) else f"\n  - {error}"
    return RequestRefused(f"The profile request is not valid; nothing was submitted:{problems}")
