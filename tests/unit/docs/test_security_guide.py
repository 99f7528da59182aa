"""What the guide to security promises is what the code does."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from fastapi.testclient import TestClient

from airflow_provider_profiler.config.settings import Settings, environment_names
from airflow_provider_profiler.contract.errors import NotAllowed, NotAuthenticated
from airflow_provider_profiler.contract.options import DiscoveryOptions, ReadingOptions
from airflow_provider_profiler.profiling.documents import office
from airflow_provider_profiler.profiling.readers import json_text
from airflow_provider_profiler.service.app import create_app
from airflow_provider_profiler.service.auth import TokenVerifier, token_verifier
from airflow_provider_profiler.service.page_access import SESSION
from airflow_provider_profiler.service.signed_links import LINK_SECONDS
from tests.unit.docs.fences import ROOT

GUIDE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
KEY = "a-shared-secret-of-more-than-32-bytes"
SETTINGS: dict[str, Any] = {
    "enable_auth": True,
    "auth_key": KEY,
    "auth_algorithms": ("HS256",),
    "auth_issuer": "https://login.example.org",
    "auth_audience": "profiler",
}


def token(key: str = KEY, **claims: Any) -> str:
    told = {
        "client_id": "airflow",
        "exp": datetime.now(UTC) + timedelta(minutes=5),
        "iss": "https://login.example.org",
        "aud": "profiler",
    }
    return jwt.encode({name: value for name, value in (told | claims).items() if value is not None}, key, "HS256")


@pytest.fixture
def service(tmp_path: Path) -> Any:
    (tmp_path / "data").mkdir()
    settings = Settings(home=tmp_path / "home", data_root=str(tmp_path / "data"), **SETTINGS)
    app = create_app(settings, run_jobs=False)
    with TestClient(app, base_url="https://profiler.example.org", follow_redirects=False) as client:
        yield client


def test_every_setting_that_is_named_is_one() -> None:
    named = set(re.findall(r"`((?:[A-Z]+_)+[A-Z]+)[=`]", GUIDE))
    assert len(named) > 15
    assert named <= set(environment_names().values())
    options = set(re.findall(r"`(max_\w+)`", GUIDE))
    assert len(options) == 6
    assert options <= set(ReadingOptions.model_fields) | set(DiscoveryOptions.model_fields)


def test_the_bounds_are_those_of_the_code() -> None:
    assert f"({LINK_SECONDS} seconds)" in GUIDE
    assert f"`{SESSION}`" in GUIDE
    assert f"{json_text.DEEPEST} levels" in GUIDE
    assert f"{office._MOST_RATIO} times their size" in GUIDE
    assert office._MOST_BYTES == 1 << 30


@pytest.mark.parametrize(
    ("claims", "refused"),
    [
        ({}, None),
        ({"exp": 1}, NotAuthenticated),
        ({"exp": None}, NotAuthenticated),
        ({"iss": "https://elsewhere.example.org"}, NotAuthenticated),
        ({"aud": "another"}, NotAuthenticated),
        ({"key": "another-secret-of-more-than-32-bytes-"}, NotAuthenticated),
        ({"client_id": "catalogue"}, NotAllowed),
    ],
)
def test_all_of_a_token_must_hold(claims: dict[str, Any], refused: type[Exception] | None, tmp_path: Path) -> None:
    verifier = token_verifier(Settings(home=tmp_path, **SETTINGS))
    assert isinstance(verifier, TokenVerifier)
    if refused is None:
        assert verifier.verify(token(**claims)) == "airflow"
    else:
        with pytest.raises(refused):
            verifier.verify(token(**claims))


def test_what_needs_no_token(service: Any) -> None:
    for path in ("/", "/monitoring/ready", "/monitoring/health-check", "/monitoring/metrics"):
        assert f"`{path}`" in GUIDE
        assert service.get(path).status_code == 200
    assert service.get("/profiler/jobs").status_code == 401


def test_a_session_shows_pages_and_nothing_else(service: Any) -> None:
    asked = service.get("/profiler/ui", headers={"Accept": "text/html"})
    assert asked.status_code == 401
    assert 'name="token"' in asked.text
    answer = service.post("/profiler/ui/session", data={"token": token()})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in (SESSION, "httponly", "samesite=strict", "secure"))
    page = service.get("/profiler/ui")
    assert page.status_code == 200
    assert "no-store" in page.headers["cache-control"]
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert service.get("/profiler/jobs").status_code == 401
    foreign = service.post("/profiler/ui/session", data={"token": token()}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403


def test_links_are_signed_for_reports_and_comparisons_alone(service: Any) -> None:
    bearer = {"Authorization": f"Bearer {token()}"}
    for path, status in (
        ("/profiler/report/8930240b-a0e8-46e7-ace8-aab2b42fcc01", 200),
        ("/profiler/datasets/8930240b-a0e8-46e7-ace8-aab2b42fcc01/compare?from=1&to=2", 200),
        ("/profiler/ui", 422),
        ("/profiler/jobs", 422),
    ):
        assert service.post("/profiler/links", json={"path": path}, headers=bearer).status_code == status
    assert service.post("/profiler/links", json={"path": "/profiler/ui"}).status_code == 401
