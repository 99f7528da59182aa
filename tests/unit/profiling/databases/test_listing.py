"""Databases that are listed without a server: what is told of them, and what tasks carry."""

import pickle
import socket
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from airflow_provider_profiler.contract.database import TableFacts
from airflow_provider_profiler.contract.options import DatabaseOptions, ProfileOptions
from airflow_provider_profiler.contract.profile import DistributionKind, DistributionStatus
from airflow_provider_profiler.contract.reasons import FileReasonCode
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.databases import servers
from airflow_provider_profiler.profiling.databases.access import DatabaseAccess, Limits
from airflow_provider_profiler.profiling.databases.choosing import takes_part
from airflow_provider_profiler.profiling.databases.failures import DatabaseFailure
from airflow_provider_profiler.profiling.databases.identifiers import backquoted, quoted
from airflow_provider_profiler.profiling.databases.listing import list_databases
from airflow_provider_profiler.profiling.databases.mysql_catalogue import catalogue
from airflow_provider_profiler.profiling.observer import NullObserver

CONNECTOR = {
    "type": "DatabaseConnection",
    "protocol": "postgresql",
    "engine": "PostgreSQL",
    "database_name": "trips",
    "host": "db.example",
    "port": 5432,
}
URL = "postgresql://db.example:5432/trips"


def listed(*connectors, accesses=()):
    specification = ProfileSpecification.for_path("d", data_connectors=connectors)
    return list_databases(specification, accesses, ProfileOptions(), NullObserver())


def test_a_database_without_credentials_is_listed_and_not_contacted():
    (item,) = listed(CONNECTOR, CONNECTOR).distributions
    assert (item.kind, item.media_type, item.content_url) == (DistributionKind.DATABASE, "text/sql", URL)
    assert (item.status, item.reason.code) == (DistributionStatus.LISTED, FileReasonCode.CREDENTIALS_MISSING)


def test_a_driver_that_is_not_installed_is_named_with_its_extra(monkeypatch):
    def missing(name):
        raise ImportError("no such library", name="adbc_driver_postgresql")

    monkeypatch.setattr(servers.importlib, "import_module", missing)
    (item,) = listed(CONNECTOR, accesses=[DatabaseAccess("postgresql", URL, "db.example", 5432, "trips")]).distributions
    assert (item.status, item.reason.code) == (DistributionStatus.LISTED, FileReasonCode.READER_NOT_INSTALLED)
    assert "airflow-provider-profiler[databases]" in item.reason.message


def test_files_that_are_databases_are_found_as_files():
    assert listed(CONNECTOR | {"protocol": "sqlite", "database_name": "a/b.sqlite"}).distributions == ()


def test_access_travels_and_shows_no_password():
    access = DatabaseAccess("postgresql", URL, "db.example", 5432, "trips", "me", SecretStr("Zq9-hidden"))
    assert pickle.loads(pickle.dumps(access)) == access
    assert "Zq9" not in f"{access!r} {access}"


@given(st.text(st.characters(exclude_characters="\0"), min_size=1))
def test_a_quoted_name_ends_where_it_ends(name):
    for quote, write in (('"', quoted), ("`", backquoted)):
        written = write(name)
        assert (written[0], written[-1]) == (quote, quote)
        assert written[1:-1].replace(quote * 2, "") == name.replace(quote, "")
        assert written[1:-1].replace(quote * 2, quote) == name


def test_a_name_with_a_nul_is_refused():
    with pytest.raises(ValueError, match="NUL"):
        quoted("a\0b")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, True),
        ({"schemas": ("s*",)}, True),
        ({"schemas": ("public",)}, False),
        ({"include_tables": ("ord*",)}, True),
        ({"include_tables": ("sales.orders",)}, True),
        ({"include_tables": ("ORDERS",)}, False),
        ({"include_tables": ("orders",), "exclude_tables": ("sales.*",)}, False),
    ],
)
def test_patterns_of_tables(options, expected):
    facts = TableFacts(schema_name="sales", name="orders")
    assert takes_part(facts, DatabaseOptions(**options)) is expected


def test_a_server_that_takes_a_connection_and_says_nothing():
    access = DatabaseAccess("mysql", "mysql://db", "127.0.0.1", 0, "trips", "me")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        there = replace(access, port=silent.getsockname()[1])
        with pytest.raises(DatabaseFailure, match=r"no connection could be made|connection was lost"):
            catalogue(there, Limits(0.1, 0.1, connect_seconds=0.1), DatabaseOptions())
