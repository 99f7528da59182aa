"""A token endpoint on loopback, and a hook's tokens forgotten between tests."""

import base64
import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.loopback_server import serving


@pytest.fixture(autouse=True)
def _no_tokens_kept() -> Iterator[None]:
    from airflow_provider_profiler.hooks import tokens

    tokens._kept.clear()
    yield
    tokens._kept.clear()


@dataclass
class Asked:
    """One request for a token, as the endpoint saw it."""

    form: dict[str, str]
    login: tuple[str, str] | None


@dataclass
class TokenEndpoint:
    """Gives ``token-1``, ``token-2`` ... to one client; what is in ``canned`` (status, body) it answers instead."""

    client_id: str = "airflow"
    client_secret: str = "a secret: of%the client"
    lifetime: Any = 3600
    url: str = ""
    canned: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    """Cleared, it lets whoever asks wait for an answer."""
    arrived: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.open.set()

    def answer(self, asked: Asked) -> tuple[int, Any]:
        self.asked.append(asked)
        if self.canned:
            return self.canned.pop(0)
        shown = asked.login or (asked.form.get("client_id"), asked.form.get("client_secret"))
        if shown != (self.client_id, self.client_secret):
            return 401, {"error": "invalid_client"}
        if asked.form.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        token = f"token-{len(self.asked)}"
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime}


@contextmanager
def answering(endpoint: TokenEndpoint) -> Iterator[TokenEndpoint]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"])).decode()
            login, scheme = None, self.headers.get("Authorization", "")
            if scheme.startswith("Basic "):
                name, _, secret = base64.b64decode(scheme.removeprefix("Basic ")).decode().partition(":")
                login = (urllib.parse.unquote_plus(name), urllib.parse.unquote_plus(secret))
            endpoint.arrived.set()
            assert endpoint.open.wait(20)
            with lock:
                status, body = endpoint.answer(Asked(dict(urllib.parse.parse_qsl(content)), login))
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", endpoint.url)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: object) -> None:
            pass

    with serving(Handler) as port:
        endpoint.url = f"http://127.0.0.1:{port}/oauth2/token"
        try:
            yield endpoint
        finally:
            endpoint.open.set()


@pytest.fixture
def token_endpoint() -> Iterator[TokenEndpoint]:
    """Gives tokens to the client ``airflow``."""
    with ExitStack() as stack:
        yield stack.enter_context(answering(TokenEndpoint()))


@pytest.fixture
def client_credentials(token_endpoint: TokenEndpoint, connect: Callable[..., str]) -> Callable[..., str]:
    """Let Airflow know a connection whose tokens come from the endpoint; keyword arguments are fields of its extra."""

    def connect_to(base_url: str, **extra: Any) -> str:
        return connect(
            base_url,
            extra={
                "auth": "client_credentials",
                "auth_url": token_endpoint.url,
                "client_id": token_endpoint.client_id,
                "client_secret": token_endpoint.client_secret,
                **extra,
            },
        )

    return connect_to
