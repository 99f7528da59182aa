"""Triggers that one version has written down and another reads back.

``trigger_kwargs.json`` holds what each version has ever written, oldest first. An entry is never changed: where a
trigger gets another argument, the new form is added below, and all older ones must still do.
"""

import json
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from airflow.models.trigger import Trigger
from airflow.sdk.module_loading import import_string
from airflow.serialization.decoders import smart_decode_trigger_kwargs
from airflow.triggers.base import BaseTrigger

from airflow_provider_profiler.get_provider_info import get_provider_info

WRITTEN: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).resolve().parents[2] / "fixtures" / "trigger_kwargs.json").read_text(encoding="utf-8")
)
#: What no version can do without.
NEEDED: dict[str, set[str]] = {
    "ProfileJobTrigger": {"job_id"},
    "CddProfileTrigger": {"dataset_id"},
    "ProfileEventTrigger": set(),
    "StagedProfileTrigger": {"job_id"},
}
FORMS = [(path, form) for path, forms in WRITTEN.items() for form in forms]


def read_back(path: str, kwargs: dict[str, Any]) -> Any:
    """As a triggerer does: out of what Airflow has stored."""
    stored = Trigger(classpath=path, kwargs=kwargs).encrypted_kwargs
    cleaned = {name: smart_decode_trigger_kwargs(value) for name, value in Trigger._decrypt_kwargs(stored).items()}
    return import_string(path)(**cleaned)


def test_every_trigger_is_held_here() -> None:
    (entry,) = get_provider_info()["triggers"]
    found = {
        f"{name}.{item.__name__}"
        for name in entry["python-modules"]
        for item in vars(import_module(name)).values()
        if isinstance(item, type) and issubclass(item, BaseTrigger) and item.__module__ == name
    }
    assert found == set(WRITTEN)


@pytest.mark.parametrize(("path", "form"), FORMS)
def test_every_form_is_plain_and_read_by_this_version(path: str, form: dict[str, Any]) -> None:
    assert {type(value) for value in form.values()} <= {str, int, float, bool, type(None)}
    trigger = read_back(path, form)
    again = trigger.serialize()
    assert again[0] == path
    assert form.items() <= again[1].items(), "an argument of an earlier version has come to mean something else"


@pytest.mark.parametrize("path", WRITTEN)
def test_the_newest_form_is_the_present_one(path: str) -> None:
    newest = WRITTEN[path][-1]
    assert read_back(path, newest).serialize() == (path, newest)


@pytest.mark.parametrize(("path", "form"), FORMS)
def test_arguments_of_a_later_version_do_not_count(
    path: str, form: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    later = read_back(path, {**form, "colour": "green", "_next": {"a": 1}})
    assert later.serialize() == read_back(path, form).serialize()
    assert "_next, colour" in capsys.readouterr().out


@pytest.mark.parametrize(("path", "form"), FORMS)
def test_each_argument_may_be_missing(path: str, form: dict[str, Any]) -> None:
    needed = NEEDED[path.rpartition(".")[2]]
    for name in form.keys() - needed:
        less = {key: value for key, value in form.items() if key != name}
        assert read_back(path, less).serialize()[0] == path
    least = {name: form[name] for name in needed}
    assert least.items() <= read_back(path, least).serialize()[1].items()


@pytest.mark.parametrize("path", WRITTEN)
@pytest.mark.parametrize("nonsense", ["x", None, [], {}])
def test_nonsense_fails_one_trigger_and_not_the_triggerer(path: str, nonsense: Any) -> None:
    """Airflow expects a ``TypeError`` of a constructor, and nothing else."""
    for name in WRITTEN[path][-1]:
        with suppress(TypeError):
            read_back(path, {**WRITTEN[path][-1], name: nonsense})
