"""The fingerprint of a request: equal for equal requests, however their JSON was written."""

import hashlib

from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.model import canonical_json

#: Fields that came later: where they say nothing, a request is the one that it was before there were any.
_ADDED = ("reuse_unchanged", "profiled_since_days")


def request_fingerprint(request: TriggerProfileRequest) -> str:
    """sha256 (hex) of the canonical request, without ``triggered_by``.

    Where a submission came from may differ between two tries of one task, what it asks for may not.
    """
    body = request.model_dump(mode="json", exclude={"triggered_by"})
    for name in _ADDED:
        if body[name] == TriggerProfileRequest.model_fields[name].default:
            del body[name]
    return hashlib.sha256(canonical_json(body)).hexdigest()
