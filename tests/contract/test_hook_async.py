"""The asynchronous hook gives the answers of the other one, from every service, and never blocks its loop."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import jwt
import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.messages import CddPath
from airflow_provider_profiler.contract.states import RunnerStatus, StatusDialect, Target
from airflow_provider_profiler.hooks.errors import (
    AccessDenied,
    ConnectionNotUsable,
    JobGone,
    NotFound,
    ProfileNotReady,
    ServiceFailed,
    ServiceUnreachable,
    TokenRefused,
    UnexpectedAnswer,
    UnknownJob,
    UnknownStatusAnswer,
)
from airflow_provider_profiler.hooks.patience import Patience
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook
from airflow_provider_profiler.hooks.retrying import RetryPolicy
from airflow_provider_profiler.hooks.waiting_async import AsyncJobWatch, look_async

KEY = "a shared secret of the test that is long enough"
OURS = ("wire", "wire-token", "wire-object", "wire-prefix", "embedded")
OTHERS = ("documented", "lower", "object")
QUICK = RetryPolicy(attempts=3, first_wait=0.001, longest_wait=0.002, longest_retry_after=0.01)
SALES = str(dataset_uuid("sales"))

pytestmark = pytest.mark.usefixtures("impatient")


def token(client: str = "airflow") -> str:
    claims = {"client_id": client, "exp": datetime.now(UTC) + timedelta(seconds=300)}
    return jwt.encode(claims, KEY, algorithm="HS256")


def asked(question: Callable[[ProfilerAsyncHook], Awaitable[Any]]) -> Any:
    """What the hook answers in a loop of its own."""

    async def ask() -> Any:
        async with ProfilerAsyncHook(retry=QUICK) as hook:
            return await question(hook)

    return asyncio.run(ask())


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., str]]:
    with ExitStack() as running:

        def serve(**fields: Any) -> str:
            from airflow_provider_profiler.service.app import create_app
            from airflow_provider_profiler.service.listening import ThreadedServer

            server = ThreadedServer(create_app(Settings(home=tmp_path / "home", data_root=str(tmp_path), **fields)))
            server.start()
            running.callback(server.stop)
            return server.base_url

        yield serve


@pytest.fixture(params=OURS + OTHERS)
def ours(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    serve: Callable[..., str],
    connect: Callable[..., str],
    documented_service: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> bool:
    """Whether the service that the connection leads to is one of ours."""
    (tmp_path / "sales").mkdir()
    (tmp_path / "sales" / "orders.csv").write_text("city,amount\nΑθήνα,1\nPatras,2\n", encoding="utf-8")
    match request.param.split("-"):
        case ["wire"]:
            connect(serve())
        case ["wire", "token"]:
            connect(serve(enable_auth=True, auth_key=KEY, auth_algorithms=("HS256",)), password=token())
        case ["wire", "prefix"]:
            connect(serve(base_url="/data/profiles") + "/data/profiles")
        case ["wire", dialect]:
            connect(serve(status_dialect=StatusDialect(dialect)))
        case ["embedded"]:
            monkeypatch.setenv("PROFILER_HOME", str(tmp_path / "home"))
            monkeypatch.setenv("DATA_ROOT_PATH", str(tmp_path))
        case [dialect]:
            connect(documented_service(dialect=dialect).base_url)
    return request.param in OURS


def test_the_answers_are_those_of_the_other_hook(ours: bool) -> None:
    with ProfilerHook(retry=QUICK) as hook:
        job_id = str(hook.trigger_profile(hook.specify("sales")).job_id)

        async def wait(other: ProfilerAsyncHook) -> list[Any]:
            lines: list[str] = []
            watch = AsyncJobWatch(other, job_id, None, 0.02, Patience(), lines.append)
            end = await watch.wait()
            assert end.target is Target.HEAVY
            assert lines[-1].endswith("is HEAVY_PROFILES_READY.")
            return [
                end.view,
                await other.job_status(job_id),
                await other.runner_status(job_id),
                await other.profile(job_id),
                await other.cdd_profile_path(SALES),
                await other.job_detail(job_id),
                await other.job_events(job_id, 1),
                await other.dataset(SALES),
                await other.job_url(job_id),
                await other.cdd_path_of(job_id, SALES),
                await other.cdd_path_of(job_id, None),
            ]

        view, status, runner, profile, path, detail, events, dataset, url, *paths = asked(wait)
        assert status == hook.job_status(job_id)
        assert runner is RunnerStatus.COMPLETED
        assert profile == hook.profile(job_id)
        assert isinstance(profile.cdd_profile, CddPath)
        assert {path, *paths} == {profile.cdd_profile.path} == {hook.cdd_profile_path(SALES)}
        assert detail == hook.job_detail(job_id) == view.detail
        assert events == hook.job_events(job_id, 1)
        assert dataset == hook.dataset(SALES)
        assert url == hook.job_url(job_id)
        if ours:
            assert dataset.published_revision == 1
            assert dataset.cdd_profile_path == path
            assert dataset.finished == detail.finished
        else:
            assert dataset is detail is events is None

        async def let_go(other: ProfilerAsyncHook) -> None:
            assert await other.abort(job_id) is ours
            await other.clean_up(job_id)
            await other.clean_up(job_id)

        asked(let_go)
        if ours:
            with pytest.raises(JobGone):
                asked(lambda other: other.profile(job_id))


def test_unknown_jobs_and_datasets(ours: bool) -> None:
    nobody = str(uuid4())

    async def ask(hook: ProfilerAsyncHook) -> None:
        for name in ("job_status", "profile", "job_detail", "job_events", "abort"):
            with pytest.raises(UnknownJob, match=nobody):
                await getattr(hook, name)(nobody)
        assert await hook.runner_status(nobody) is RunnerStatus.UNKNOWN
        assert await hook.cdd_profile_path(nobody) is None
        found = await hook.dataset(nobody)
        assert found is None or found.published_revision is None

    asked(ask)


def test_tokens_are_refused_with_a_reason(serve: Callable[..., str], connect: Callable[..., str]) -> None:
    url = serve(enable_auth=True, auth_key=KEY, auth_algorithms=("HS256",))
    for password, kind in [("not.a.token", TokenRefused), (None, TokenRefused), (token("somebody"), AccessDenied)]:
        connect(url, password=password)
        with pytest.raises(kind) as caught:
            asked(lambda hook: hook.cdd_profile_path(SALES))
        assert str(password) not in str(caught.value)


# -- on the wire --------------------------------------------------------------------------------------------------


@pytest.fixture
def service(documented_service: Callable[..., Any], connect: Callable[..., str]) -> Any:
    service = documented_service()
    connect(service.base_url, password="secret-token")
    return service


def test_reads_are_sent_again_and_posts_are_not(service: Any, documented: ModuleType) -> None:
    service.canned = [documented.Canned(503, {}), documented.Canned(429, {}, {"Retry-After": "0"})]
    assert asked(lambda hook: hook.cdd_profile_path(SALES)) is None
    assert len(service.requests) == 3
    service.canned = [documented.Canned(503, {"detail": "x"}, {"Retry-After": "7"})]
    with pytest.raises(ServiceFailed) as caught:
        asked(lambda hook: hook.clean_up(SALES))
    assert len(service.requests) == 4
    assert caught.value.retry_after == 7


def test_answers_that_are_no_answers(service: Any, documented: ModuleType) -> None:
    for canned, kind, words in [
        (documented.Canned(200, raw=b"<html>"), UnexpectedAnswer, "not JSON"),
        (documented.Canned(200, "DONE"), UnknownStatusAnswer, "not known"),
        (documented.Canned(302, {}, {"Location": "http://elsewhere"}), UnexpectedAnswer, "redirected"),
    ]:
        service.canned = [canned]
        with pytest.raises(kind, match=words):
            asked(lambda hook: hook.job_status(SALES))


def test_a_profile_that_is_not_there_yet(service: Any) -> None:
    with ProfilerHook() as hook:
        job_id = hook.trigger_profile(hook.specify("sales")).job_id
    with pytest.raises(ProfileNotReady):
        asked(lambda hook: hook.profile(job_id))


def test_the_token_is_sent_and_the_environment_is_not(
    service: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login me password hush\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    asked(lambda hook: hook.cdd_profile_path(SALES))
    assert service.requests[0].headers["Authorization"] == "Bearer secret-token"
    assert "Cookie" not in service.requests[0].headers


def test_a_proxy_of_the_connection_is_used(service: Any, connect: Callable[..., str]) -> None:
    connect("http://profiler.invalid", extra={"proxy": service.base_url})
    with pytest.raises(NotFound):  # the service is no proxy, but it was asked as one
        asked(lambda hook: hook.cdd_profile_path(SALES))
    assert service.requests[0].path == f"http://profiler.invalid/profiler/cdd_profile_path/{SALES}"


def test_a_service_that_is_not_there_or_silent(connect: Callable[..., str]) -> None:
    connect("http://127.0.0.1:9")
    with pytest.raises(ServiceUnreachable, match="cannot be reached"):
        asked(lambda hook: hook.cdd_profile_path(SALES))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        connect("127.0.0.1", port=silent.getsockname()[1], extra={"timeout": 0.05})
        with pytest.raises(ServiceUnreachable, match=r"no answer within 0\.05 s"):
            asked(lambda hook: hook.cdd_profile_path(SALES))


def test_certificates_are_checked(connect: Callable[..., str], tmp_path: Path) -> None:
    """A server without a certificate that anybody knows; and a bundle that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def accept() -> None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # has no certificate: every handshake fails
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    try:
                        context.wrap_socket(client, server_side=True)
                    except OSError:
                        continue

        threading.Thread(target=accept, daemon=True).start()
        connect(f"https://127.0.0.1:{port}")
        with pytest.raises(ConnectionNotUsable, match="certificate is not accepted"):
            asked(lambda hook: hook.cdd_profile_path(SALES))
        connect(f"https://127.0.0.1:{port}", extra={"ca_bundle": str(tmp_path / "missing.pem")})
        with pytest.raises(ConnectionNotUsable, match=r"missing\.pem"):
            asked(lambda hook: hook.cdd_profile_path(SALES))
        server.shutdown(socket.SHUT_RDWR)


def test_a_missing_connection_other_than_the_default_is_an_error() -> None:
    async def ask() -> None:
        async with ProfilerAsyncHook("typo") as hook:
            await hook.job_status(SALES)

    with pytest.raises(ConnectionNotUsable, match="'typo'"):
        asyncio.run(ask())


# -- nothing blocks -----------------------------------------------------------------------------------------------


class Holding:
    """A service that holds every answer back until it is let go."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.let_go = threading.Event()


@pytest.fixture
def holding(connect: Callable[..., str]) -> Iterator[Holding]:
    held = Holding()
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 26\r\nConnection: close\r\n\r\n{"cdd_profile_path": null}'

    def hold(client: socket.socket) -> None:
        with client:
            client.recv(65536)
            held.asked.release()
            held.let_go.wait()
            client.sendall(answer)

    def accept() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=hold, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        threading.Thread(target=accept, daemon=True).start()
        connect(f"http://127.0.0.1:{server.getsockname()[1]}")
        yield held
        held.let_go.set()
        server.shutdown(socket.SHUT_RDWR)


def test_the_loop_turns_while_the_service_holds_its_answers_back(holding: Holding) -> None:
    many = 20
    longest = 0.0

    async def heartbeat() -> None:
        nonlocal longest
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - began)

    async def ask_all() -> list[Any]:
        beating = asyncio.create_task(heartbeat())

        async def ask() -> Any:
            async with ProfilerAsyncHook(retry=RetryPolicy(attempts=1)) as hook:
                return await hook.cdd_profile_path(SALES)

        asking = [asyncio.create_task(ask()) for _ in range(many)]
        for _ in range(many):  # all of them are under way at once, so none of them waits for another
            assert await asyncio.to_thread(holding.asked.acquire, timeout=30)
        assert not any(task.done() for task in asking)
        assert longest > 0, "the heart beat while all of them waited"
        holding.let_go.set()
        found = await asyncio.gather(*asking)
        beating.cancel()
        return found

    assert asyncio.run(ask_all()) == [None] * many
    assert longest < 5, "the loop stood still"


def test_no_blocking_call_is_made_in_the_loop(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever could wait for a network or a disk raises, in the thread of the loop."""
    with ProfilerHook() as hook:
        job_id = str(hook.trigger_profile(hook.specify("sales")).job_id)
    loop_thread = threading.get_ident()
    real_connect, real_sleep, real_dns = socket.socket.connect, time.sleep, socket.getaddrinfo

    def refuse(real: Callable[..., Any], *, unless: Callable[..., bool] = lambda *rest: False) -> Callable[..., Any]:
        def call(*rest: Any, **named: Any) -> Any:
            if threading.get_ident() == loop_thread and not unless(*rest):
                raise AssertionError(f"{real.__name__} blocks the loop")
            return real(*rest, **named)

        return call

    monkeypatch.setattr(
        socket.socket, "connect", refuse(real_connect, unless=lambda sock, *rest: sock.gettimeout() == 0)
    )
    monkeypatch.setattr(time, "sleep", refuse(real_sleep))
    monkeypatch.setattr(socket, "getaddrinfo", refuse(real_dns))

    async def use(hook: ProfilerAsyncHook) -> Any:
        view = await look_async(hook, job_id)
        await hook.cdd_profile_path(SALES)
        await hook.clean_up(job_id)
        return view

    assert asked(use).job_id == job_id
