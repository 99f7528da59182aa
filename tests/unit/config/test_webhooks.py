"""Targets of webhooks: what is taken, what is refused, and that nothing of a secret shows."""

import json

import pytest

from airflow_provider_profiler.config.settings import MASK, Settings, load_settings
from airflow_provider_profiler.config.sources import settings_in_force
from airflow_provider_profiler.config.webhooks import WebhookTarget, read_targets, usable_targets
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.contract.job import EventKind

SECRET = "s3cret-of-sixteen-characters"
URL = "https://hooks.example.org/T0KEN/in/the/path"
TARGET = {"url": URL, "secret": SECRET, "types": ["state", "revision_removed"]}


def test_targets_come_from_the_environment_and_from_a_file(monkeypatch, tmp_path):
    other = {"url": "http://127.0.0.1:8080/", "secret": SECRET}
    (tmp_path / "hooks.json").write_text(json.dumps([other]))
    monkeypatch.setenv("PROFILER_WEBHOOKS", json.dumps([TARGET]))
    monkeypatch.setenv("PROFILER_WEBHOOKS_FILE", str(tmp_path / "hooks.json"))
    one, two = load_settings().listed_webhooks
    assert one.url.get_secret_value() == URL
    assert one.types == (EventKind.STATE, EventKind.REVISION_REMOVED)
    assert two.types == ()


def test_neither_secret_nor_path_can_be_read_anywhere(monkeypatch, tmp_path):
    (tmp_path / "hooks.json").write_text(json.dumps([TARGET]))
    monkeypatch.setenv("PROFILER_WEBHOOKS_FILE", str(tmp_path / "hooks.json"))
    from_file = load_settings()
    given = Settings(webhooks=json.dumps([TARGET]), webhooks_file=None)
    shown = [
        repr(given),
        str(given),
        json.dumps(given.masked()),
        given.model_dump_json(),
        given.listed_webhooks[0].label,
    ]
    for settings in (given, from_file):
        told = next(item for item in settings_in_force(settings) if item.name == "webhooks").value
        assert told == [
            {"url": given.listed_webhooks[0].label, "secret": MASK, "types": ["state", "revision_removed"]},
        ]
        shown.append(json.dumps(told))
    for text in shown:
        assert SECRET not in text
        assert "T0KEN" not in text
    assert "https://hooks.example.org/..." in given.listed_webhooks[0].label


def test_workers_get_no_targets():
    assert Settings(webhooks=json.dumps([TARGET])).for_workers().listed_webhooks == ()


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({"secret": SECRET}, "url"),
        ({"url": URL}, "give the secret or the file"),
        ({"url": URL, "secret": SECRET, "secret_file": "/run/secret"}, "give the secret or the file"),
        ({"url": URL, "secret": "short"}, "at least 16 characters"),
        ({"url": "ftp://example.org", "secret": SECRET}, "begins with https://"),
        ({"url": "https:///path", "secret": SECRET}, "begins with https://"),
        ({"url": "https://example.org:http/", "secret": SECRET}, "begins with https://"),
        ({"url": "https://[::1", "secret": SECRET}, "begins with https://"),
        ({"url": f"https://me:{SECRET}@example.org", "secret": SECRET}, "must not hold a user"),
        ({"url": URL, "secret": SECRET, "types": ["weather"]}, "types"),
        ({"url": URL, "secret": SECRET, "typos": []}, "typos"),
    ],
)
def test_what_cannot_work_is_refused_without_telling_secrets(monkeypatch, target, said):
    monkeypatch.setenv("PROFILER_WEBHOOKS", json.dumps([target]))
    with pytest.raises(ConfigurationError) as refused:
        load_settings()
    assert said in str(refused.value)
    assert SECRET not in str(refused.value)
    assert "T0KEN" not in str(refused.value)


@pytest.mark.parametrize("text", ["not JSON", "{}", '["https://example.org"]'])
def test_a_list_is_wanted(text):
    with pytest.raises(ValueError, match=r"JSON|the list|valid"):
        read_targets(text)


def test_a_secret_of_a_file_is_read_without_its_line_end(tmp_path):
    (tmp_path / "secret").write_text(f"{SECRET}\r\n")
    (target,) = usable_targets((WebhookTarget.model_validate({"url": URL, "secret_file": tmp_path / "secret"}),))
    assert target.secret.get_secret_value() == SECRET
    (tmp_path / "secret").write_text("short\n")
    for name in ("secret", "missing"):
        listed = WebhookTarget.model_validate({"url": URL, "secret_file": tmp_path / name})
        with pytest.raises(ConfigurationError, match=r"example\.org/\.\.\.") as refused:
            usable_targets((listed,))
        assert "T0KEN" not in str(refused.value)


def test_certificates_that_are_not_there_are_told_at_once(tmp_path):
    target = WebhookTarget.model_validate({**TARGET, "ca_file": tmp_path / "missing.pem"})
    with pytest.raises(ConfigurationError, match=r"missing\.pem of the webhook https://hooks\.example\.org/\.\.\."):
        usable_targets((target,))


def test_one_address_is_listed_once():
    target = WebhookTarget.model_validate(TARGET)
    again = WebhookTarget.model_validate({**TARGET, "types": ["stage"]})
    with pytest.raises(ConfigurationError, match="listed twice"):
        usable_targets((target, again))
    other = WebhookTarget.model_validate({**TARGET, "url": f"{URL}/2"})
    assert len({target.key, other.key}) == 2
    assert usable_targets((target, other)) == (target, other)


def test_a_file_that_cannot_be_used_is_named(tmp_path):
    path = tmp_path / "hooks.json"
    for content in (None, b"\xff", b"[{}]"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ConfigurationError, match="PROFILER_WEBHOOKS_FILE"):
            _ = Settings(webhooks_file=path).listed_webhooks
