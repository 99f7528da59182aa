"""Without a cluster: the service is told what is wrong within seconds, and goes on."""

import socket
from collections.abc import Iterator

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.jobs.code_version import code_version
from airflow_provider_profiler.jobs.ray_actor import Assignment
from airflow_provider_profiler.jobs.ray_link import _not_let_in, _versions_in
from airflow_provider_profiler.jobs.ray_supervisor import RaySupervisor


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.parametrize("form", ["127.0.0.1:{}", "ray://127.0.0.1:{}"])
def test_an_address_where_nothing_listens(form: str, closed_port: int, tmp_path) -> None:
    supervisor = RaySupervisor(Settings(home=tmp_path, ray_address=form.format(closed_port)))
    supervisor.start()
    try:
        with pytest.raises(ServiceUnavailable, match=r"There is no Ray cluster at RAY_ADDRESS .*refused"):
            supervisor.check()
        assert supervisor.health().status == "unhealthy"
        assert str(closed_port) in supervisor.health().message
        supervisor.wake()
    finally:
        supervisor.stop()


def test_an_address_where_something_else_listens(deaf_port: int, tmp_path) -> None:
    settings = Settings(home=tmp_path, ray_address=f"127.0.0.1:{deaf_port}", ray_connect_seconds=2)
    supervisor = RaySupervisor(settings)
    supervisor.start()
    try:
        with pytest.raises(ServiceUnavailable, match="RAY_AUTH_MODE=token"):
            supervisor.check()
    finally:
        supervisor.stop()


def test_the_versions_in_rays_refusal() -> None:
    refusal = (
        "Version mismatch: The cluster was started with:\n    Ray: 2.9.0\n    Python: 3.9.1\n"
        "This process on node 10.0.0.1 was started with:\n    Ray: 2.60.0\n    Python: 3.11.9\n"
    )
    assert _versions_in(refusal) == "Ray 2.9.0 on Python 3.9.1"
    assert _versions_in("something else went wrong") is None


def test_a_cluster_that_listens_and_lets_nobody_in_is_told_apart_from_none() -> None:
    told = _not_let_in("ray://head:10001", "ray client connection timeout")
    assert "RAY_ADDRESS (ray://head:10001) takes connections" in told
    assert "(ray client connection timeout)" in told
    failed = _not_let_in("ray://head:10001", "Initialization failure from server:\nTraceback: " + "x" * 10_000)
    assert "(Initialization failure from server)" in failed
    assert "tells no reason" in _not_let_in("head:6379", "")
    assert _not_let_in("auto", "Could not find any running Ray instance.").startswith("There is no Ray cluster")


def test_what_an_actor_works_by_shows_nothing_and_holds_no_key(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(home="home", auth_key="do not tell", postgres_password="hunter2", enable_auth=True)
    sent = settings.for_workers()
    assert sent.auth_key is None
    assert sent.home == tmp_path / "home"
    assert "hunter2" not in repr(Assignment(sent, code_version())) + str(Assignment(sent, code_version()))
