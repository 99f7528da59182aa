"""Tokens that are got or made: once for many requests, anew before they expire, and once more where one is refused."""

import asyncio
import functools
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
import requests
from airflow.sdk._shared.secrets_masker import redact

from airflow_provider_profiler.hooks import tokens, transport_async
from airflow_provider_profiler.hooks.address import ServiceAddress
from airflow_provider_profiler.hooks.credentials import SigningKey
from airflow_provider_profiler.hooks.errors import (
    ProfilerHookError,
    TokenEndpointUnavailable,
    TokenNotIssued,
    TokenRefused,
)
from airflow_provider_profiler.hooks.profiler import NOBODY, ProfilerHook
from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook
from airflow_provider_profiler.hooks.retrying import RetryPolicy
from airflow_provider_profiler.hooks.transport import send_once

QUICK = RetryPolicy(attempts=3, first_wait=0.001, longest_wait=0.002, longest_retry_after=0.01)


@pytest.fixture
def service(documented_service: Callable[..., Any], client_credentials: Callable[..., str]) -> Any:
    """Accepts the first token of the endpoint."""
    service = documented_service(token="token-1")
    client_credentials(service.base_url)
    return service


@pytest.fixture
def hook() -> Iterator[ProfilerHook]:
    with ProfilerHook(retry=QUICK) as hook:
        yield hook


def sent(service: Any) -> list[str | None]:
    return [seen.headers.get("Authorization") for seen in service.requests]


def test_one_token_serves_all_hooks_of_the_process(service: Any, hook: ProfilerHook, token_endpoint: Any) -> None:
    hook.cdd_profile_path(NOBODY)
    with ProfilerHook() as another:
        another.cdd_profile_path(NOBODY)
    (asked,) = token_endpoint.asked
    assert asked.login == (token_endpoint.client_id, token_endpoint.client_secret)
    assert asked.form == {"grant_type": "client_credentials"}
    assert sent(service) == ["Bearer token-1"] * 2


def test_scope_audience_and_secret_go_where_the_endpoint_wants_them(
    service: Any, client_credentials: Callable[..., str], token_endpoint: Any
) -> None:
    client_credentials(service.base_url, scope="profiles read", audience="profiler", client_auth="body")
    with ProfilerHook() as hook:
        hook.cdd_profile_path(NOBODY)
    (asked,) = token_endpoint.asked
    assert asked.login is None
    assert asked.form == {
        "grant_type": "client_credentials",
        "scope": "profiles read",
        "audience": "profiler",
        "client_id": token_endpoint.client_id,
        "client_secret": token_endpoint.client_secret,
    }


@pytest.mark.parametrize(
    ("lifetime", "kept_for", "replaced_after"),
    [(3600, 3539, 3541), ("3600", 3539, 3541), (100, 79, 81), (None, 239, 241), ("soon", 239, 241), (0, None, 0)],
)
def test_a_token_is_replaced_shortly_before_it_expires(
    service: Any,
    hook: ProfilerHook,
    token_endpoint: Any,
    monkeypatch: pytest.MonkeyPatch,
    lifetime: Any,
    kept_for: float | None,
    replaced_after: float,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(tokens, "time", SimpleNamespace(monotonic=lambda: now[0]))
    token_endpoint.lifetime = lifetime
    hook.cdd_profile_path(NOBODY)
    if kept_for is not None:
        now[0] = 1000.0 + kept_for
        hook.cdd_profile_path(NOBODY)
        assert len(token_endpoint.asked) == 1
    now[0], service.token = 1000.0 + replaced_after, "token-2"
    hook.cdd_profile_path(NOBODY)
    assert len(token_endpoint.asked) == 2


def test_a_refused_token_is_replaced_once_whatever_the_request(
    service: Any, hook: ProfilerHook, token_endpoint: Any
) -> None:
    hook.cdd_profile_path(NOBODY)
    service.token = "token-2"  # as when the service's trust, or the client, was renewed
    assert hook.trigger_profile(hook.specify("sales")).job_id is not None
    assert len(service.jobs) == 1
    assert sent(service) == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]
    service.token = "token-3"
    assert hook.run(f"/profiler/cdd_profile_path/{NOBODY}").status_code == 200, "the HTTP hook's own way too"


def test_a_token_that_stays_refused_is_an_error_that_names_the_endpoint(
    service: Any, hook: ProfilerHook, token_endpoint: Any
) -> None:
    service.token = "another issuer's"
    with pytest.raises(TokenRefused, match="oauth2/token") as caught:
        hook.cdd_profile_path(NOBODY)
    assert "token-" not in str(caught.value)
    assert len(token_endpoint.asked) == len(service.requests) == 2


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"error": "invalid_client", "error_description": "bad a secret: of%the client"}, "client_secret"),
        (400, {"error": "invalid_scope"}, "scope"),
        (403, b"<html>a secret: of%the client", "auth_url"),
        (307, {}, "307"),
        (200, b"<html>welcome", "not a bearer token"),
        (200, {"token_type": "Bearer"}, "not a bearer token"),
        (200, {"access_token": "two\nlines"}, "not a bearer token"),
        (200, {"access_token": "x", "token_type": "mac"}, "not a bearer token"),
    ],
)
def test_a_refusal_of_the_endpoint_is_told_and_not_repeated(
    service: Any, hook: ProfilerHook, token_endpoint: Any, status: int, body: Any, words: str
) -> None:
    token_endpoint.canned = [(status, body)]
    with pytest.raises(TokenNotIssued, match=words) as caught:
        hook.cdd_profile_path(NOBODY)
    assert token_endpoint.client_secret not in str(caught.value)
    assert len(token_endpoint.asked) == 1
    assert service.requests == [], "nothing is sent without the token"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_endpoint_that_cannot_at_the_moment_is_asked_again(
    service: Any, hook: ProfilerHook, token_endpoint: Any, status: int
) -> None:
    token_endpoint.canned, service.token = [(status, {"error": "temporarily_unavailable"})], "token-2"
    hook.cdd_profile_path(NOBODY)
    token_endpoint.canned = [(status, b"")] * 3
    tokens._kept.clear()
    with pytest.raises(TokenEndpointUnavailable, match=str(status)):
        hook.cdd_profile_path(NOBODY)


def test_an_endpoint_that_is_not_there(service: Any, client_credentials: Callable[..., str]) -> None:
    client_credentials(service.base_url, auth_url="http://127.0.0.1:9/token?tenant=hush")
    with ProfilerHook(retry=QUICK) as hook, pytest.raises(TokenEndpointUnavailable, match="/token cannot") as caught:
        hook.cdd_profile_path(NOBODY)
    assert "hush" not in str(caught.value)


def test_a_token_is_masked_in_a_task(service: Any, hook: ProfilerHook) -> None:
    hook.cdd_profile_path(NOBODY)
    assert "token-1" not in str(redact("the header was token-1"))


# -- in an event loop -----------------------------------------------------------------------------------------------


def test_many_triggers_ask_for_one_token(service: Any, token_endpoint: Any) -> None:
    async def look() -> None:
        async with ProfilerAsyncHook(retry=QUICK) as hook:
            assert await hook.cdd_profile_path(NOBODY) is None

    async def all_at_once() -> None:
        await asyncio.gather(*(look() for _ in range(20)))

    asyncio.run(all_at_once())
    assert len(token_endpoint.asked) == 1
    service.token = "token-2"
    asyncio.run(all_at_once())
    assert len(token_endpoint.asked) == 2


def test_one_failure_is_the_failure_of_all_who_wait(
    service: Any, token_endpoint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token_endpoint.canned = [(400, {"error": "invalid_client"})]
    token_endpoint.open.clear()
    waiting, all_wait = [], asyncio.Event()
    real = transport_async.bearer_token_async

    async def noted(*given: Any, **more: Any) -> Any:
        waiting.append(given)
        if len(waiting) == 10:
            all_wait.set()
        return await real(*given, **more)

    monkeypatch.setattr(transport_async, "bearer_token_async", noted)

    async def look() -> None:
        async with ProfilerAsyncHook(retry=QUICK) as hook:
            await hook.cdd_profile_path(NOBODY)

    async def all_at_once() -> list[Any]:
        looks = [asyncio.ensure_future(look()) for _ in range(10)]
        await asyncio.to_thread(token_endpoint.arrived.wait, 60)
        await all_wait.wait()  # each looks its connection up first
        looks[0].cancel()  # one that goes must not take the token of the others along
        token_endpoint.open.set()
        return await asyncio.gather(*looks, return_exceptions=True)

    gone, *others = asyncio.run(all_at_once())
    assert isinstance(gone, asyncio.CancelledError)
    assert {type(error) for error in others} == {TokenNotIssued}
    assert len(token_endpoint.asked) == 1


def test_a_token_that_stays_refused_is_an_error_in_a_loop_too(service: Any, token_endpoint: Any) -> None:
    service.token = "another issuer's"

    async def look() -> None:
        async with ProfilerAsyncHook(retry=QUICK) as hook:
            await hook.cdd_profile_path(NOBODY)

    with pytest.raises(TokenRefused, match="oauth2/token"):
        asyncio.run(look())
    assert len(token_endpoint.asked) == len(service.requests) == 2


# -- tokens that are made here --------------------------------------------------------------------------------------


def test_a_signed_token_is_kept_and_made_anew_before_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(tokens, "time", SimpleNamespace(monotonic=lambda: now[0]))
    key = SigningKey("airflow", "HS256", key="s" * 40, lifetime=100.0)
    address = ServiceAddress(base_url="http://x", credentials=key)
    first = tokens.bearer_token(address)
    now[0] += 79
    assert tokens.bearer_token(address) == first == asyncio.run(tokens.bearer_token_async(address))
    now[0] += 2
    second = tokens.bearer_token(address)
    assert second != first
    assert jwt.decode(second, "s" * 40, algorithms=["HS256"])["client_id"] == "airflow"


# -- the last request of a task that is killed ------------------------------------------------------------------------


@pytest.fixture
def address(token_endpoint: Any, service: Any) -> ServiceAddress:
    return ProfilerHook().address()


def test_the_last_token_is_the_kept_one_even_while_another_is_being_got(
    address: ServiceAddress, token_endpoint: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens.bearer_token(address)
    monkeypatch.setattr(tokens, "mask_secret", lambda token: pytest.fail("Airflow was called"))
    token_endpoint.open.clear()
    getting = threading.Thread(target=_quietly, args=(address,))
    token_endpoint.arrived.clear()
    getting.start()
    assert token_endpoint.arrived.wait(20)
    assert tokens.last_token(address) == "token-1"
    token_endpoint.open.set()
    getting.join()


def _quietly(address: ServiceAddress) -> None:
    tokens._renewed(tokens._kept_for(address.credentials), address, "token-1")  # type: ignore[arg-type]


def test_without_a_kept_token_the_last_one_is_got_without_a_word_to_airflow(
    address: ServiceAddress, monkeypatch: pytest.MonkeyPatch, token_endpoint: Any
) -> None:
    monkeypatch.setattr(tokens, "mask_secret", lambda token: pytest.fail("Airflow was called"))
    assert tokens.last_token(address) == "token-1"
    token_endpoint.canned = [(503, b"")]
    with pytest.raises(ProfilerHookError):
        tokens.last_token(address)


def test_the_last_request_carries_the_token_and_is_sent_once(
    address: ServiceAddress, service: Any, token_endpoint: Any
) -> None:
    tokens.bearer_token(address)
    with requests.Session() as session:
        last = functools.partial(
            send_once, session, address, "POST", "/profiler/clean_up", body={"profile_job_id": "j"}, last=True
        )
        assert last().status == 200
        service.token = "token-2"
        assert last().status == 401
    assert sent(service) == ["Bearer token-1"] * 2
    assert len(token_endpoint.asked) == 1
