import json
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.errors import ProfilerError
from airflow_provider_profiler.contract.messages import CddProfilePathResponse, HealthReport, ProfileResponse
from airflow_provider_profiler.hooks.answers import Answer
from airflow_provider_profiler.hooks.errors import (
    AccessDenied,
    Conflict,
    JobGone,
    NotFound,
    ProfilerHookError,
    RequestRefused,
    ServiceFailed,
    TokenRefused,
    UnexpectedAnswer,
)


def answer(
    status: int, body: Any = None, *, raw: bytes | None = None, token_sent: bool = False, **headers: str
) -> Answer:
    return Answer("GET", "http://x/y", status, json.dumps(body).encode() if raw is None else raw, headers, token_sent)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RequestRefused),
        (401, TokenRefused),
        (403, AccessDenied),
        (404, NotFound),
        (405, NotFound),
        (409, Conflict),
        (410, JobGone),
        (415, RequestRefused),
        (418, UnexpectedAnswer),
        (422, RequestRefused),
        (429, ServiceFailed),
        (500, ServiceFailed),
        (503, ServiceFailed),
        (302, UnexpectedAnswer),
    ],
)
def test_each_status_has_its_error(status: int, kind: type[ProfilerHookError]) -> None:
    with pytest.raises(kind) as caught:
        answer(status, {"detail": "because of this"}, Location="http://elsewhere").raise_for_status()
    assert isinstance(caught.value, ProfilerError)
    assert isinstance(caught.value, AirflowException)
    assert "GET http://x/y" in str(caught.value)


def test_success_is_no_error() -> None:
    answer(200).raise_for_status()
    answer(204).raise_for_status()


def test_a_refused_request_lists_its_fields_but_not_their_values() -> None:
    problems = [
        {"loc": ["body", "profile_specification", "id"], "msg": "must be a UUID", "input": "hush"},
        {"loc": ["body", "options", "reading", "encodng"], "msg": "Extra inputs are not permitted", "input": "hush"},
    ]
    with pytest.raises(RequestRefused) as caught:
        answer(422, {"detail": problems}).raise_for_status()
    lines = str(caught.value).splitlines()
    assert "  - profile_specification.id: must be a UUID" in lines
    assert "  - options.reading.encodng: Extra inputs are not permitted" in lines
    assert "hush" not in str(caught.value)


def test_a_refused_request_fails_a_task_without_retries() -> None:
    assert issubclass(RequestRefused, AirflowFailException)
    assert not issubclass(ServiceFailed, AirflowFailException)


def test_a_refused_token_and_a_missing_one_are_told_apart() -> None:
    with pytest.raises(TokenRefused, match="not accepted"):
        answer(401, {"detail": "x"}, token_sent=True).raise_for_status()
    with pytest.raises(TokenRefused, match="wants a token"):
        answer(401, {"detail": "x"}).raise_for_status()


def test_what_is_not_json_is_quoted_in_part() -> None:
    with pytest.raises(UnexpectedAnswer, match="not JSON") as caught:
        answer(200, raw=b"<html>" + b"x" * 10_000).json()
    assert "<html>" in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_models_ignore_what_they_do_not_know_and_name_what_is_missing() -> None:
    assert answer(200, {"cdd_profile_path": None, "news": 1}).model(CddProfilePathResponse).cdd_profile_path is None
    profile = answer(200, {"moma_profile_light": {}, "cdd_profile": {"path": "/x", "size": 3}}).model(ProfileResponse)
    assert profile.cdd_profile == ProfileResponse.model_validate({"cdd_profile": {"path": "/x"}}).cdd_profile
    with pytest.raises(UnexpectedAnswer, match=r"ray, redis\."):
        answer(200, {"status": "healthy"}).model(HealthReport)


@given(st.binary(max_size=400), st.sampled_from([400, 401, 403, 404, 409, 410, 422, 429, 500, 999]))
def test_any_bytes_make_a_readable_error(raw: bytes, status: int) -> None:
    with pytest.raises(ProfilerHookError) as caught:
        answer(status, raw=raw).raise_for_status()
    assert str(status) in str(caught.value)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.text(max_size=6) | st.just("detail") | st.just("loc"), inner)
        ),
        max_leaves=8,
    )
)
def test_any_json_makes_a_readable_error(body: Any) -> None:
    with pytest.raises(RequestRefused):
        answer(422, body).raise_for_status()
