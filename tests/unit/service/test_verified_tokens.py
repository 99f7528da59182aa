"""What is remembered of tokens that have verified, and when it no longer counts."""

import time

import pytest

from airflow_provider_profiler.service import verified_tokens
from airflow_provider_profiler.service.verified_tokens import VerifiedTokens

KEY = object()


def test_a_token_counts_until_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    tokens = VerifiedTokens(leeway=30.0)
    tokens.remember("a.b.c", KEY, "airflow", now + 10.9)
    assert tokens.client_of("a.b.c", KEY) == "airflow"
    assert tokens.client_of("a.b.d", KEY) is None
    now += 39.9
    assert tokens.client_of("a.b.c", KEY) == "airflow"
    now += 0.1  # by whole seconds, as a token that is verified anew
    assert tokens.client_of("a.b.c", KEY) is None


def test_it_counts_for_the_key_that_it_verified_with() -> None:
    tokens = VerifiedTokens(leeway=0.0)
    tokens.remember("a.b.c", KEY, "airflow", time.time() + 100)
    assert tokens.client_of("a.b.c", object()) is None
    assert tokens.client_of("a.b.c", KEY) == "airflow"


def test_there_is_an_end_to_what_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verified_tokens, "_MOST", 3)
    tokens = VerifiedTokens(leeway=0.0)
    for number in range(5):
        tokens.remember(f"token {number}", KEY, f"client {number}", time.time() + 100)
    found = [tokens.client_of(f"token {number}", KEY) for number in range(5)]
    assert found == [None, None, None, "client 3", "client 4"]
