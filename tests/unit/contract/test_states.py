"""The documented states in every dialect, and what is final when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.errors import UnknownStatus
from airflow_provider_profiler.contract.states import (
    JobState,
    ReportedStatus,
    RunnerStatus,
    StatusDialect,
    Target,
    has_reached,
    is_terminal,
    parse_runner_status,
    parse_status,
    runner_status,
    spell_status,
)


@pytest.mark.parametrize("dialect", StatusDialect)
@pytest.mark.parametrize("state", JobState)
def test_every_dialect_is_read_back(dialect: StatusDialect, state: JobState) -> None:
    body = spell_status(state, dialect, cleaned_up=False, dataset_id="d")
    assert parse_status(body) == ReportedStatus(state)


def test_the_documented_dialect_speaks_the_documented_words() -> None:
    words = [spell_status(s, StatusDialect.DOCUMENTED, cleaned_up=False, dataset_id="d") for s in JobState]
    assert words == ["SUBMITTING", "STARTING", "LIGHT_PROFILE_READY", "HEAVY_PROFILES_READY", "FAILED"]


def test_the_deployed_dialects_speak_the_deployed_words() -> None:
    ready = JobState.HEAVY_PROFILES_READY
    assert spell_status(ready, StatusDialect.LOWER, cleaned_up=False, dataset_id="d") == "heavy_profile_ready"
    assert spell_status(ready, StatusDialect.OBJECT, cleaned_up=False, dataset_id="d") == {
        "status": "heavy_profile_ready",
        "dataset_id": "d",
    }


def test_cleaned_up_has_a_word_in_the_deployed_dialects_only() -> None:
    failed = JobState.FAILED
    assert spell_status(failed, StatusDialect.DOCUMENTED, cleaned_up=True, dataset_id="d") == "FAILED"
    assert spell_status(failed, StatusDialect.LOWER, cleaned_up=True, dataset_id="d") == "cleaned_up"
    assert parse_status({"status": "CLEANED_UP"}) == ReportedStatus(None, cleaned_up=True)


@pytest.mark.parametrize(
    "word", ["Heavy_Profile_Ready", "HEAVY_PROFILE_READY", "heavy_profiles_ready", " heavy_profile_ready\n"]
)
def test_case_and_number_do_not_matter(word: str) -> None:
    assert parse_status(word).state is JobState.HEAVY_PROFILES_READY


@given(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text()), st.dictionaries(st.text(), st.text())
    )
)
def test_anything_else_is_an_error(body: object) -> None:
    known = {"submitting", "starting", "failed", "cleaned_up"}
    if isinstance(body, str) and body.strip().lower() in known:
        return
    with pytest.raises(UnknownStatus, match="not known"):
        parse_status(body)


@pytest.mark.parametrize(
    ("state", "light", "heavy"),
    [
        (JobState.SUBMITTING, RunnerStatus.PENDING, RunnerStatus.PENDING),
        (JobState.STARTING, RunnerStatus.IN_PROGRESS, RunnerStatus.IN_PROGRESS),
        (JobState.LIGHT_PROFILE_READY, RunnerStatus.COMPLETED, RunnerStatus.IN_PROGRESS),
        (JobState.HEAVY_PROFILES_READY, RunnerStatus.COMPLETED, RunnerStatus.COMPLETED),
        (JobState.FAILED, RunnerStatus.FAILED, RunnerStatus.FAILED),
    ],
)
def test_runner_status_follows_the_state(state: JobState, light: RunnerStatus, heavy: RunnerStatus) -> None:
    assert runner_status(state, Target.LIGHT) is light
    assert runner_status(state, Target.HEAVY) is heavy
    assert is_terminal(state, Target.HEAVY) is (heavy in (RunnerStatus.COMPLETED, RunnerStatus.FAILED))
    assert is_terminal(state, Target.LIGHT) is (light in (RunnerStatus.COMPLETED, RunnerStatus.FAILED))


def test_a_light_profile_is_ready_from_light_on() -> None:
    assert [has_reached(state, Target.LIGHT) for state in JobState] == [False, False, True, True, False]
    assert [has_reached(state, Target.HEAVY) for state in JobState] == [False, False, False, True, False]


def test_an_unknown_runner_word_is_an_error() -> None:
    assert parse_runner_status({"status": "In_Progress"}) is RunnerStatus.IN_PROGRESS
    with pytest.raises(UnknownStatus):
        parse_runner_status("done")
