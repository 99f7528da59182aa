"""How requests leave: token, headers, time-outs, retries. On the wire, against a service of the documented routes."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from airflow_provider_profiler.hooks.errors import (
    AccessDenied,
    ConnectionNotUsable,
    RequestRefused,
    ServiceFailed,
    ServiceUnreachable,
    TokenRefused,
    UnexpectedAnswer,
    UnknownDataset,
    UnknownStatusAnswer,
)
from airflow_provider_profiler.hooks.profiler import NOBODY, ProfilerHook
from airflow_provider_profiler.hooks.retrying import RetryPolicy

QUICK = RetryPolicy(attempts=3, first_wait=0.001, longest_wait=0.002, longest_retry_after=0.01)
TOKEN = "secret-token-of-the-test"


@pytest.fixture
def service(documented_service: Callable[..., Any], connect: Callable[..., str]) -> Any:
    service = documented_service(token=TOKEN)
    connect(service.base_url, password=TOKEN)
    return service


@pytest.fixture
def hook() -> Iterator[ProfilerHook]:
    with ProfilerHook(retry=QUICK) as hook:
        yield hook


def test_the_token_is_sent_as_a_bearer_and_the_extra_as_nothing(service: Any, connect: Callable[..., str]) -> None:
    connect(service.base_url, password=TOKEN, extra={"timeout": 5, "verify": False, "X-Leak": "leak", "colour": "red"})
    with ProfilerHook() as hook:
        hook.cdd_profile_path(NOBODY)
    (seen,) = service.requests
    assert seen.headers["Authorization"] == f"Bearer {TOKEN}"
    text = str(seen.headers).lower()
    assert "leak" not in text
    assert "colour" not in text
    assert "timeout" not in text


def test_no_token_means_no_header_even_where_netrc_has_a_login(
    documented_service: Callable[..., Any], connect: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password hush\n")
    monkeypatch.setenv("NETRC", str(netrc))
    service = documented_service()
    # A name, so that the environment counts: it is switched off on loopback addresses anyway.
    monkeypatch.setattr(socket, "getaddrinfo", _to_loopback(socket.getaddrinfo))
    connect(service.base_url.replace("127.0.0.1", "profiler.example"))
    monkeypatch.setenv("NO_PROXY", "*")
    with ProfilerHook(retry=QUICK) as hook:
        hook.cdd_profile_path(NOBODY)
    assert "Authorization" not in service.requests[0].headers


def _to_loopback(resolve: Callable[..., Any]) -> Callable[..., Any]:
    return lambda host, *rest, **named: resolve("127.0.0.1", *rest, **named)


def test_loopback_is_reached_past_the_environments_proxy(
    service: Any, hook: ProfilerHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert hook.cdd_profile_path(NOBODY) is None


def test_the_path_prefix_is_kept(documented_service: Callable[..., Any], connect: Callable[..., str]) -> None:
    service = documented_service(prefix="/data/profiles")
    connect(service.base_url + "/")
    with ProfilerHook(retry=QUICK) as hook:
        assert hook.cdd_profile_path(NOBODY) is None
    assert service.paths() == [f"/data/profiles/profiler/cdd_profile_path/{NOBODY}"]


def test_reads_are_sent_again(service: Any, hook: ProfilerHook, documented: ModuleType) -> None:
    service.canned = [documented.Canned(503, {"detail": "later"}), documented.Canned(429, {}, {"Retry-After": "0"})]
    assert hook.cdd_profile_path(NOBODY) is None
    assert len(service.requests) == 3


def test_a_read_that_stays_refused_says_so(service: Any, hook: ProfilerHook, documented: ModuleType) -> None:
    service.canned = [documented.Canned(503, {"detail": "the store is away"})] * 3
    with pytest.raises(ServiceFailed, match="the store is away"):
        hook.cdd_profile_path(NOBODY)
    assert len(service.requests) == 3


def test_a_submission_with_a_key_is_sent_again_under_the_same_key(
    service: Any, hook: ProfilerHook, documented: ModuleType
) -> None:
    service.canned = [documented.Canned(502, raw=b"<html>bad gateway")]
    assert hook.trigger_profile(hook.specify("sales"), idempotency_key="k1").job_id is not None
    assert [seen.headers["Idempotency-Key"] for seen in service.requests] == ["k1", "k1"]


def test_a_post_without_a_key_is_never_sent_again(service: Any, hook: ProfilerHook, documented: ModuleType) -> None:
    service.canned = [documented.Canned(503, {"detail": "x"})]
    with pytest.raises(ServiceFailed):
        hook.trigger_profile(hook.specify("sales"))
    service.canned = [documented.Canned(503, {"detail": "x"})]
    with pytest.raises(ServiceFailed):
        hook.clean_up(NOBODY)
    assert len(service.requests) == 2


def test_only_what_says_something_is_sent_beside_the_documented_fields(service: Any, hook: ProfilerHook) -> None:
    hook.trigger_profile(hook.specify("sales"))
    hook.trigger_profile(hook.specify("sales"), True, options={"statistics": {"top_values": 3}}, labels={"team": "x"})
    plain, rich = (seen.body for seen in service.requests)
    assert set(plain) == {"profile_specification", "only_light_profile"}
    assert set(plain["profile_specification"]) >= {"cite_as", "doi", "published_url"}
    assert rich["options"] == {"statistics": {"top_values": 3}}
    assert rich["labels"] == {"team": "x"}
    assert rich["only_light_profile"] is True


def test_a_wrong_request_is_refused_before_it_is_sent(service: Any, hook: ProfilerHook) -> None:
    with pytest.raises(RequestRefused) as caught:
        hook.trigger_profile({"id": "no uuid", "name": 7}, options={"reading": {"encodng": "utf-8"}})
    message = str(caught.value)
    for place in ("profile_specification.id", "profile_specification.name", "options.reading.encodng"):
        assert place in message
    with pytest.raises(RequestRefused, match="absolute"):
        hook.specify("/data/sales")
    assert service.requests == []


def test_an_unknown_dataset_is_told_apart_from_an_unknown_job(
    service: Any, hook: ProfilerHook, documented: ModuleType
) -> None:
    service.canned = [documented.Canned(404, {"detail": "no dataset at sales"})]
    with pytest.raises(UnknownDataset, match="no dataset at sales"):
        hook.trigger_profile(hook.specify("sales"))


def test_a_refused_token_is_not_repeated_in_the_message(
    service: Any, connect: Callable[..., str], documented: ModuleType
) -> None:
    connect(service.base_url, password="another-token")
    with ProfilerHook(retry=QUICK) as hook:
        with pytest.raises(TokenRefused) as caught:
            hook.cdd_profile_path(NOBODY)
        assert "another-token" not in str(caught.value)
        service.canned = [documented.Canned(403, {"detail": "client not allowed"})]
        with pytest.raises(AccessDenied, match="client_id"):
            hook.cdd_profile_path(NOBODY)
    assert len(service.requests) == 2, "a refusal is final"


def test_a_redirect_is_not_followed_with_the_token(service: Any, hook: ProfilerHook, documented: ModuleType) -> None:
    service.canned = [documented.Canned(307, {}, {"Location": "https://elsewhere.example/profiler"})]
    with pytest.raises(UnexpectedAnswer, match=r"https://elsewhere\.example/profiler"):
        hook.trigger_profile(hook.specify("sales"))
    assert len(service.requests) == 1


def test_unknown_statuses_and_foreign_pages_are_errors(
    service: Any, hook: ProfilerHook, documented: ModuleType
) -> None:
    service.canned = [documented.Canned(200, "PAUSED")]
    with pytest.raises(UnknownStatusAnswer, match="PAUSED"):
        hook.job_status(NOBODY)
    service.canned = [documented.Canned(200, raw=b"<html>welcome")]
    with pytest.raises(UnexpectedAnswer, match="not JSON"):
        hook.job_status(NOBODY)
    service.canned = [documented.Canned(200, "perhaps")]
    with pytest.raises(UnknownStatusAnswer, match="perhaps"):
        hook.runner_status(NOBODY)


def test_an_id_cannot_lead_to_another_route(service: Any, hook: ProfilerHook) -> None:
    assert hook.runner_status("../../clean_up?x=1#y").value == "unknown"
    assert service.paths() == ["/profiler/runner_status/..%2F..%2Fclean_up%3Fx%3D1%23y"]


def test_nobody_there(connect: Callable[..., str]) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        connect("127.0.0.1", port=reserved.getsockname()[1], password=TOKEN)
        with ProfilerHook(retry=QUICK) as hook:
            with pytest.raises(ServiceUnreachable, match="refused") as caught:
                hook.cdd_profile_path(NOBODY)
            assert TOKEN not in str(caught.value)
            assert not hook.alive()
            assert not hook.ready()


def test_a_silent_service_is_given_up_after_the_time_out(connect: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connect("127.0.0.1", port=silent.getsockname()[1], extra={"timeout": 0.05})
        with (
            ProfilerHook(retry=RetryPolicy(attempts=1)) as hook,
            pytest.raises(ServiceUnreachable, match=r"no answer within 0\.05 s"),
        ):
            hook.cdd_profile_path(NOBODY)


def test_http_hooks_own_run_speaks_to_the_service_too(service: Any, hook: ProfilerHook) -> None:
    response = hook.run(f"/profiler/cdd_profile_path/{NOBODY}")
    assert response.json() == {"cdd_profile_path": None}
    assert service.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_test_connection(service: Any, connect: Callable[..., str], documented: ModuleType) -> None:
    good, message = ProfilerHook(retry=QUICK).test_connection()
    assert good
    assert message.startswith("The profiling service answers and accepts the connection")
    assert [(seen.method, seen.path) for seen in service.requests] == [
        ("GET", f"/profiler/runner_status/{NOBODY}"),
        ("GET", "/openapi.json"),  # for the version, which this service does not tell
    ]
    service.canned = [documented.Canned(403, {"detail": "no"})]
    good, message = ProfilerHook(retry=QUICK).test_connection()
    assert not good
    assert "client_id" in message
    service.canned = [documented.Canned(404, raw=b"<html>")]
    good, message = ProfilerHook(retry=QUICK).test_connection()
    assert not good
    assert "path prefix" in message
    connect(service.base_url, password="wrong")
    good, message = ProfilerHook(retry=QUICK).test_connection()
    assert not good
    assert "token" in message
    assert "wrong" not in message


def test_a_missing_connection_other_than_the_default_is_an_error() -> None:
    with pytest.raises(ConnectionNotUsable, match="'typo'"):
        ProfilerHook("typo").alive()


@pytest.mark.parametrize("exists", [True, False])
def test_embedded_can_be_forbidden(connect: Callable[..., str], monkeypatch: pytest.MonkeyPatch, exists: bool) -> None:
    monkeypatch.setenv("AIRFLOW__PROFILER__EMBEDDED", "never")
    if exists:
        connect("embedded")
    with pytest.raises(ConnectionNotUsable, match="never"):
        ProfilerHook().alive()


def test_embedded_takes_two_words_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PROFILER__EMBEDDED", "sometimes")
    with pytest.raises(ConnectionNotUsable, match="sometimes"):
        ProfilerHook().alive()
