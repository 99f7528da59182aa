"""Which fields of an answer stay, and what is told of those that it does not have."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.job import JobDetail, JobEvent
from airflow_provider_profiler.service.embed_syntax import Embed, Embeddable, parse_embed
from airflow_provider_profiler.service.partial_answers import WHOLE, InvalidFields, Selection, parse_fields

DETAIL: dict[str, Any] = {
    "job_id": "a",
    "state": "FAILED",
    "progress": {"percent": 50.0, "rows": 3, "stage": None},
    "stages": [{"name": "light", "started": "x"}, {"name": "heavy", "started": "y"}],
    "labels": {"team": "maths", "x.y": "z"},
    "reason": None,
}
KNOWN = {"events": Embeddable(JobEvent, limited=True, sort="sequence"), "job": Embeddable(JobDetail)}


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ("state", {"state": "FAILED"}),
        ("state;progress.percent", {"state": "FAILED", "progress": {"percent": 50.0}}),
        (" state ; job_id", {"state": "FAILED", "job_id": "a"}),
        ("progress.rows;progress", {"progress": DETAIL["progress"]}),
        ("progress;progress.rows", {"progress": DETAIL["progress"]}),
        ("stages.name", {"stages": [{"name": "light"}, {"name": "heavy"}]}),
        ("labels.team", {"labels": {"team": "maths"}}),
        ("labels.nobody", {"labels": {}}),
        ("reason.code", {"reason": None}),
        ("options.sampling;state", {"state": "FAILED"}),
    ],
)
def test_the_named_fields_stay(fields: str, left: dict[str, Any]) -> None:
    assert parse_fields(fields, JobDetail).of(DETAIL) == left


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("", "'' is not a field"),
        ("state;", "'' is not a field"),
        ("stat", "cleaned_up, created"),
        ("progress.percents", "'progress' has the fields bytes, heartbeat, percent"),
        ("state.x", "plain value"),
        ("progress.percent.x", "plain value"),
        ("stages.nme", "'stages' has the fields finished, name"),
        ("__class__", "is not a field"),
        (".".join(["labels"] * 11), "more than 10 levels"),
        ("x" * 2001, "longer than 2000"),
    ],
)
def test_what_is_no_field_is_told_with_those_that_are(fields: str, told: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        parse_fields(fields, JobDetail)
    assert told in str(refused.value)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
TREES = st.recursive(
    st.just(WHOLE), lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, max_size=3).map(Selection)
)


@given(JSON, TREES)
def test_a_selection_invents_nothing_and_is_stable(value: Any, selection: Selection) -> None:
    once = selection.of(value)
    assert selection.of(once) == once
    assert len(json.dumps(once)) <= len(json.dumps(value))


def test_embeds_are_read_with_their_parameters() -> None:
    read = parse_embed("events(limit=1, sort=-sequence, fields=kind;at), job", KNOWN)
    assert read == (
        Embed("events", 1, True, Selection({"kind": WHOLE, "at": WHOLE})),
        Embed("job", None, False, WHOLE),
    )
    assert parse_embed("job(fields=progress.rows)", KNOWN)[0].selection.of(DETAIL) == {"progress": {"rows": 3}}
    assert parse_embed("events(sort=sequence)", KNOWN) == (Embed("events"),)


@pytest.mark.parametrize(
    ("embed", "told"),
    [
        ("", "events, job"),
        ("log", "'log' cannot be embedded. What can be: events, job"),
        ("events,", "is not understood"),
        ("events(", "is not understood"),
        ("events)", "is not understood"),
        ("events(limit=1)job", "is not understood"),
        ("events(a(b))", "is not understood"),
        ("events,events", "stands twice"),
        ("events(limit=0)", "from 1 to 1000"),
        ("events(limit=-1)", "from 1 to 1000"),
        ("events(limit=1001)", "from 1 to 1000"),
        ("events(limit=99999999999999)", "from 1 to 1000"),
        ("events(limit=١)", "from 1 to 1000"),
        ("events(sort=at)", "sorted by sequence or -sequence"),
        ("events(fields=nothing)", "embed: events: 'nothing' is not a field"),
        ("job(limit=1)", "takes fields"),
        ("events(x)", "no parameter of events"),
        ("x" * 2001, "longer than"),
    ],
)
def test_what_cannot_be_embedded_is_told_with_what_can(embed: str, told: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_embed(embed, KNOWN)
    assert told in str(refused.value)


@given(st.text(alphabet="events(job),=-;. limit1fields", max_size=60) | st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (lambda: parse_embed(text, KNOWN), lambda: parse_fields(text, JobDetail)):
        try:
            parse()
        except InvalidRequest as refused:
            assert len(str(refused)) < 2500
