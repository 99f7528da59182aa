"""Which URLs and options are taken as a data root, and that nothing secret in them is ever told."""

import json
import pickle
from datetime import UTC, datetime

import pytest

from airflow_provider_profiler.config.settings import load_settings
from airflow_provider_profiler.contract.errors import (
    ConfigurationError,
    ConnectionFailed,
    CredentialsMissing,
    DatasetNotFound,
    InvalidRequest,
)
from airflow_provider_profiler.storage.locating import locate
from airflow_provider_profiler.storage.object_roots import ObjectRoot
from airflow_provider_profiler.storage.object_stores import ObjectStore, stamp_of

SECRET = "wJalr-never-told"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://files/data", "scheme 'ftp'"),
        ("file:///etc", "scheme 'file'"),
        ("simplecache::s3://bucket", "scheme"),
        ("s3://bucket/a::file:///etc", "scheme 's3'"),
        ("s3://key:word@bucket/a", "credentials"),
        ("s3://bucket/a?versionId=7", "query"),
        ("s3:///a", "bucket"),
        ("s3://bucket/../other", "'..'"),
    ],
)
def test_a_url_that_is_not_taken_says_why(url: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        ObjectStore.of(url)
    assert "word" not in str(caught.value)


@pytest.mark.parametrize("options", ["[1]", "{", '"text"'])
def test_options_that_are_no_object_are_refused_without_quoting_them(options: str) -> None:
    with pytest.raises(ConfigurationError, match="PROFILER_OBJECT_STORE_OPTIONS") as caught:
        ObjectStore.of("s3://bucket", options + SECRET)
    assert SECRET not in str(caught.value)


def test_credentials_travel_to_workers_and_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    options = f'{{"key": "k", "secret": "{SECRET}"}}'
    store = ObjectStore.of("s3://bucket/data/", options)
    assert store.root == "bucket/data"
    assert pickle.loads(pickle.dumps(store)).options["secret"] == SECRET
    assert SECRET not in repr(store)
    monkeypatch.setenv("PROFILER_OBJECT_STORE_OPTIONS", options)
    settings = load_settings(data_root="s3://bucket")
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings.masked())
    assert settings.for_workers().data_root == "s3://bucket"


def test_a_scheme_whose_library_is_missing_names_it() -> None:
    with pytest.raises(ConfigurationError, match=r"needs the library 'gcsfs'.*pip install 'gcsfs'"):
        ObjectRoot(ObjectStore.of("gs://bucket")).resolve("sales")


def test_a_store_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {
        "endpoint_url": "http://127.0.0.1:9",
        "key": "k",
        "secret": SECRET,
        "config_kwargs": {"retries": {"max_attempts": 0}},
    }
    with pytest.raises(ConnectionFailed, match="cannot be reached") as caught:
        ObjectRoot(ObjectStore("s3://bucket", options)).resolve("sales")
    assert SECRET not in str(caught.value)


def test_no_credentials_at_all(monkeypatch: pytest.MonkeyPatch, s3_server) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    with pytest.raises(CredentialsMissing, match="no credentials"):
        ObjectRoot(ObjectStore("s3://bucket", {"endpoint_url": s3_server.endpoint})).resolve("sales")


def test_resolving(s3_server) -> None:
    s3_server.bucket("resolving", {"root/in/sales/a.csv": b"a\n", "root/in/sales2/b.csv": b"b\n"})
    root = ObjectRoot(ObjectStore("s3://resolving/root", s3_server.options), mount_point="in")
    folder = root.resolve("sales")
    assert (folder.key, folder.name, folder.is_file) == ("resolving/root/in/sales", "sales", False)
    file = root.resolve("sales/a.csv")
    assert file.is_file
    assert file.stamp is not None
    assert file.stamp.size == 2
    for path in ("sal", "sales/none.csv", "sales/a.csv/deeper"):
        with pytest.raises(DatasetNotFound, match=path):
            root.resolve(path)
    for path in ("../other", "/sales", "sales//a.csv", ""):
        with pytest.raises(InvalidRequest):
            root.resolve(path)


def test_a_url_names_a_dataset(s3_server) -> None:
    s3_server.bucket("placed", {"deep/sales/a.csv": b"a\n"})
    options = ObjectStore("s3://x", s3_server.options).options
    found = locate("s3://placed/deep/sales/", json.dumps(dict(options)))
    assert (found.dataset_path, found.name) == ("sales", "sales")
    with pytest.raises(InvalidRequest, match="whole bucket"):
        locate("s3://placed")


@pytest.mark.parametrize(
    ("info", "version", "moment"),
    [
        (
            {"size": 3, "ETag": '"e"', "LastModified": datetime(2026, 1, 2, 3, 4, 5, 6000, UTC)},
            '"e"',
            1767323045006000000,
        ),
        ({"size": 3, "etag": "g", "updated": "2026-01-02T03:04:05.006Z"}, "g", 1767323045006000000),
        ({"size": 3, "last_modified": datetime(2026, 1, 2, 3, 4, 5)}, "1767323045000000000", 1767323045000000000),
        ({"size": None}, "None", None),
    ],
)
def test_every_store_has_stamps(info: dict, version: str, moment: int | None) -> None:
    stamp = stamp_of(info)
    assert (stamp.version, stamp.modified_ns) == (version, moment)
