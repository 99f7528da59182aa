"""Any bytes are either a model or a list of problems, never another error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.messages import CleanUpRequest, TriggerProfileRequest
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.service.body import parse_body
from airflow_provider_profiler.service.errors import InvalidBody, problems_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
GOOD = {"profile_specification": json.loads(ProfileSpecification.for_path("a/b").model_dump_json())}


def check(model, body: bytes) -> None:
    try:
        parsed = parse_body(model, body)
    except InvalidBody as refused:
        assert refused.problems
        json.dumps(refused.problems, allow_nan=False)
        for problem in refused.problems:
            assert set(problem) == {"loc", "msg", "type"}
            assert problem["loc"][0] == "body"
    else:
        json.dumps(parsed.model_dump(mode="json"), allow_nan=False).encode()


@given(st.binary())
def test_any_bytes(body):
    check(CleanUpRequest, body)


@given(JSON)
def test_any_json(value):
    check(TriggerProfileRequest, json.dumps(value).encode())


@given(
    st.sampled_from([*GOOD["profile_specification"], "unknown", "options", "labels", "priority"]), JSON, st.booleans()
)
def test_a_good_request_with_one_field_replaced(name, value, inside):
    body = json.loads(json.dumps(GOOD))
    (body["profile_specification"] if inside else body)[name] = value
    check(TriggerProfileRequest, json.dumps(body).encode())


def test_many_equal_names_take_linear_time():
    members = ",".join(f'"k{n}":1' for n in range(200_000))
    with pytest.raises(InvalidBody, match="problems"):
        parse_body(CleanUpRequest, f'{{{members},"k1":2}}'.encode())


def test_problems_are_few_and_short():
    many = [{"loc": ("a" * 5000, n), "msg": "m" * 5000, "type": "t"} for n in range(500)]
    problems = problems_of(many, "body")
    assert len(problems) == 51
    assert problems[-1]["type"] == "truncated"
    assert max(len(json.dumps(problem)) for problem in problems) < 1200
