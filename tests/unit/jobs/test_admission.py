import socket

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import (
    ConfigurationError,
    DatasetNotFound,
    InvalidRequest,
    PathOutsideRoot,
)
from airflow_provider_profiler.jobs.admission import admit
from airflow_provider_profiler.jobs.databases import database_accesses


def database(host="db.example.org", port=5432):
    return {
        "type": "DatabaseConnection",
        "protocol": "postgresql",
        "engine": "PostgreSQL",
        "database_name": "ferries",
        "host": host,
        "port": port,
    }


def folder(path):
    return {"type": "RawDataPath", "dataset_id": path}


@pytest.fixture
def with_connectors(request_for):
    return lambda *connectors: request_for(specification={"data_connectors": connectors})


def test_folders_and_files_are_resolved_in_order(settings, with_connectors):
    datasets = admit(with_connectors(folder("ferries/a.csv"), folder("ferries")), settings)
    assert [(item.dataset_path, item.is_file) for item in datasets] == [("ferries/a.csv", True), ("ferries", False)]


def test_the_mount_point_stands_before_every_path(settings, with_connectors, tmp_path):
    mounted = settings.model_copy(update={"data_root": str(tmp_path), "mount_point": "data"})
    (dataset,) = admit(with_connectors(folder("ferries")), mounted)
    assert dataset.path == tmp_path / "data" / "ferries"


def test_an_unknown_dataset(settings, with_connectors):
    with pytest.raises(DatasetNotFound, match="trains"):
        admit(with_connectors(folder("ferries"), folder("trains")), settings)


def test_a_link_out_of_the_root(settings, with_connectors, tmp_path):
    (tmp_path / "data" / "out").symlink_to(tmp_path)
    with pytest.raises(PathOutsideRoot):
        admit(with_connectors(folder("out")), settings)


def test_no_data_root_is_named_with_its_variable(with_connectors, tmp_path):
    with pytest.raises(ConfigurationError, match="DATA_ROOT_PATH"):
        admit(with_connectors(folder("ferries")), Settings(home=tmp_path, data_root=None))


def test_a_root_that_only_others_see_is_theirs_to_look_into(settings, with_connectors, tmp_path):
    unseen = settings.model_copy(update={"data_root": str(tmp_path / "mounted elsewhere")})
    with pytest.raises(ConfigurationError, match="mounted elsewhere"):
        admit(with_connectors(folder("ferries")), unseen)
    assert admit(with_connectors(folder("ferries")), unseen, read_elsewhere=True) == ()
    with pytest.raises(DatasetNotFound):
        admit(with_connectors(folder("trains")), settings, read_elsewhere=True)
    with pytest.raises(InvalidRequest):
        admit(with_connectors(folder("ferries"), database()), unseen, read_elsewhere=True)


@pytest.mark.parametrize("root", ["ftp://files/data", "file:///srv/data", "s3://key:secret@bucket"])
def test_a_url_that_is_no_object_store_is_refused_as_data_root(root, with_connectors, tmp_path):
    with pytest.raises(ConfigurationError, match="DATA_ROOT_PATH"):
        admit(with_connectors(folder("ferries")), Settings(home=tmp_path, data_root=root))


def test_databases_alone_need_no_data_root(with_connectors, tmp_path):
    known = Settings(home=tmp_path, data_root=None, postgres_host="db.example.org")
    assert admit(with_connectors(database()), known) == ()


@pytest.mark.parametrize(
    "known",
    [
        {"postgres_host": "db.example.org"},
        {"timescale_host": "db.example.org"},
        {"postgres_host": "other", "timescale_host": "db.example.org"},
    ],
)
def test_a_configured_database_is_admitted(settings, with_connectors, known):
    configured = settings.model_copy(update=known)
    assert len(admit(with_connectors(folder("ferries"), database()), configured)) == 1


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"postgres_host": "elsewhere.example.org"},
        {"postgres_host": "db.example.org", "postgres_port": 5433},
        {"postgres_host": "db.example.org.evil.test"},
        {"postgres_host": "a", "postgres_port": 5432, "timescale_host": "db.example.org", "timescale_port": 5433},
    ],
)
def test_any_other_database_is_refused_and_nothing_is_opened(settings, with_connectors, monkeypatch, known):
    def no_network(*args, **kwargs):
        pytest.fail("a connection was opened")

    monkeypatch.setattr(socket, "create_connection", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    with pytest.raises(InvalidRequest) as refused:
        admit(with_connectors(database()), settings.model_copy(update=known))
    for word in ("db.example.org", "5432", "DATAGEMS_POSTGRES_HOST", "DATAGEMS_POSTGRES_PORT"):
        assert word in str(refused.value)


def test_a_condition_that_says_too_much_is_refused_before_a_job_is_made(settings, request_for):
    sound = request_for(options={"selection": {"where": "price > 10"}})
    assert admit(sound, settings)
    with pytest.raises(InvalidRequest, match=r"selection\.where is refused.*query"):
        admit(request_for(options={"selection": {"where": "price > (SELECT 1)"}}), settings)


def test_databases_that_are_files_are_datasets_under_the_root(settings, with_connectors, tmp_path):
    (tmp_path / "data" / "ferries" / "trips.sqlite").write_bytes(b"")
    in_file = database("nowhere.example.org") | {"protocol": "sqlite", "database_name": "ferries/trips.sqlite"}
    (dataset,) = admit(with_connectors(in_file), settings)
    assert (dataset.dataset_path, dataset.is_file) == ("ferries/trips.sqlite", True)
    for path in ("/etc/trips.sqlite", "../trips.sqlite"):
        with pytest.raises(InvalidRequest, match="database_name"):
            admit(with_connectors(in_file | {"database_name": path}), settings)


def test_what_a_job_gets_to_know_of_its_databases(settings, request_for):
    known = settings.model_copy(update={"postgres_host": "db.example.org", "postgres_username": "reader"})
    specification = request_for(
        specification={"data_connectors": (folder("ferries"), database())}
    ).profile_specification
    (access,) = database_accesses(specification, known)
    assert (access.url, access.host, access.username) == (
        "postgresql://db.example.org:5432/ferries",
        "db.example.org",
        "reader",
    )
    with pytest.raises(InvalidRequest):
        database_accesses(specification, settings)
