"""Equal requests have equal fingerprints, equal parts equal ids, and nothing else does."""

import json
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.fingerprint import request_fingerprint
from airflow_provider_profiler.contract.identity import dataset_uuid, part_uuid
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.model import canonical_json, document_json
from airflow_provider_profiler.contract.specification import ProfileSpecification

SPECIFICATION = ProfileSpecification.for_path("harbour").model_dump(mode="json")


def request(**fields: object) -> TriggerProfileRequest:
    return TriggerProfileRequest.model_validate({"profile_specification": SPECIFICATION, **fields})


def test_the_order_of_keys_and_spelt_out_defaults_do_not_matter() -> None:
    backwards = dict(reversed(SPECIFICATION.items()))
    spelt_out = TriggerProfileRequest.model_validate_json(
        json.dumps({"only_light_profile": False, "options": {"reading": {}}, "profile_specification": backwards})
    )
    assert request_fingerprint(spelt_out) == request_fingerprint(request())


def test_where_a_request_came_from_does_not_matter() -> None:
    first = request(triggered_by={"origin": "airflow", "dag_id": "d", "try_number": 1})
    second = request(triggered_by={"origin": "airflow", "dag_id": "d", "try_number": 2})
    assert request_fingerprint(first) == request_fingerprint(second)


@pytest.mark.parametrize(
    "fields",
    [
        {"only_light_profile": True},
        {"options": {"statistics": {"top_values": 3}}},
        {"labels": {"team": "sea"}},
        {"reuse_unchanged": True},
        {"reuse_unchanged": "content"},
        {"profiled_since_days": 2.5},
        {"force": True},
        {"profile_specification": {**SPECIFICATION, "contact": "x"}},
    ],
)
def test_what_is_asked_for_does(fields: dict[str, object]) -> None:
    assert request_fingerprint(request(**fields)) != request_fingerprint(request())


def test_what_was_asked_for_before_there_was_reuse_keeps_its_fingerprint() -> None:
    """Keys of submissions outlive an upgrade: sent again, they must not be taken for another request."""
    known = "871d8f117e9492ce73fc91c2fc148d7d6c819d66afa00305274c11358c87a3ef"
    assert request_fingerprint(request(reuse_unchanged=False, profiled_since_days=None)) == known


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_dataset_ids_are_stable_and_valid(name: str) -> None:
    assert dataset_uuid(name) == dataset_uuid(name)
    assert dataset_uuid(str(dataset_uuid(name))) == dataset_uuid(name)


def test_derived_ids_never_change() -> None:
    """Every id in every document hangs on these two: a change would orphan what readers have stored."""
    dataset = dataset_uuid("subway_validations")
    assert dataset == UUID("814c9eb2-2218-5145-9585-dc3d83152ff5")
    assert part_uuid(dataset, "field", "a.csv", "a", "x") == UUID("15c63261-69e2-55d2-a388-f83a10bb20fc")
    assert dataset.version == part_uuid(dataset, "field", "a").version == 5


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x1f")), min_size=1),
        min_size=2,
        unique_by=tuple,
    )
)
def test_different_parts_have_different_ids(parts: list[list[str]]) -> None:
    dataset = uuid4()
    assert len({part_uuid(dataset, "field", *part) for part in parts}) == len(parts)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_no_document_holds_nan_or_infinity(number: float) -> None:
    for serialise in (canonical_json, document_json):
        with pytest.raises(ValueError, match="JSON compliant"):
            serialise({"x": [number]})


def test_documents_keep_letters_readable() -> None:
    assert "Σύρος".encode() in document_json({"name": "Σύρος"})
