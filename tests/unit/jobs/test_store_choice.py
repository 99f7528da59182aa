"""Which store the settings mean, and which combinations are refused."""

import socket
import sys

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.jobs.redis_store import RedisJobStore
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore
from airflow_provider_profiler.jobs.store_choice import check_store_fits, open_store


def test_sqlite_under_the_home_without_redis(tmp_path):
    store = open_store(Settings(home=tmp_path))
    assert isinstance(store, SqliteJobStore)
    assert store.shortcomings() == ()
    store.close()
    assert (tmp_path / "jobs.sqlite3").is_file()


def test_redis_where_it_is_configured(tmp_path, redis_server, new_job):
    settings = Settings(home=tmp_path, redis_host="127.0.0.1", redis_port=redis_server.port, redis_db=3)
    store = open_store(settings)
    assert isinstance(store, RedisJobStore)
    job = store.submit(new_job()).record
    store.close()
    assert list(tmp_path.iterdir()) == []
    with redis_server.client(db=3) as client:
        assert client.exists(f"profiler:job:{job.job_id}")
        assert {key.partition(":")[0] for key in client.scan_iter()} == {"profiler"}


def test_a_missing_library_is_told_with_the_way_out(monkeypatch, tmp_path):
    monkeypatch.delitem(sys.modules, "airflow_provider_profiler.jobs.redis_store")
    monkeypatch.setitem(sys.modules, "airflow_provider_profiler.jobs.redis_connections", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'airflow-provider-profiler\[service\]'"):
        open_store(Settings(home=tmp_path, redis_host="127.0.0.1"))


@pytest.mark.parametrize("host", ["redis://cache", "anna:open-sesame@cache", "cache/3"])
def test_a_redis_host_that_is_more_than_a_host_is_refused_and_not_repeated(host):
    with pytest.raises(ConfigurationError, match="REDIS_PORT") as refused:
        check_store_fits(Settings(redis_host=host))
    assert host not in str(refused.value)
    assert "sesame" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    ["192.0.2.7:6379", "ray://192.0.2.7:10001", "head.invalid:6379", "ray://head.invalid", "[2001:db8::7]:6379"],
)
def test_sqlite_with_a_ray_elsewhere_is_refused(address):
    with pytest.raises(ConfigurationError, match="REDIS_HOST"):
        check_store_fits(Settings(ray_address=address))
    check_store_fits(Settings(ray_address=address, redis_host="cache"))


@pytest.mark.parametrize(
    "address",
    ["", "auto", "local", "127.0.0.1:6379", "localhost:6379", "ray://localhost:10001", f"{socket.gethostname()}:6379"],
)
def test_sqlite_with_a_ray_on_this_host_fits(address):
    check_store_fits(Settings(ray_address=address or None))


@pytest.mark.parametrize("address", ["0.0.0.0:6379", "ray://[::1"])
def test_an_address_that_names_no_host_is_refused(address):
    with pytest.raises(ConfigurationError, match="RAY_ADDRESS"):
        check_store_fits(Settings(ray_address=address))
