"""The tables of the SQLite job store, and the version that says which program may use them."""

import sqlite3
from pathlib import Path

from airflow_provider_profiler.contract.errors import ConfigurationError

SCHEMA_VERSION = 1

# Moments are ISO 8601 text in UTC of one fixed width, so that comparing text compares moments.
_TABLES = """
CREATE TABLE jobs (
    number              INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id              TEXT NOT NULL UNIQUE,
    dataset_id          TEXT NOT NULL,
    revision            INTEGER NOT NULL,
    request             TEXT NOT NULL,
    fingerprint         TEXT NOT NULL,
    client              TEXT NOT NULL,
    idempotency_key     TEXT,
    runner              TEXT NOT NULL,
    priority            INTEGER NOT NULL,
    state               TEXT NOT NULL,
    ended               INTEGER NOT NULL DEFAULT 0,
    reason              TEXT,
    owner               TEXT,
    attempt             INTEGER NOT NULL DEFAULT 0,
    lease_until         TEXT,
    heartbeat           TEXT,
    abort_reason        TEXT,
    cleaned_up          INTEGER NOT NULL DEFAULT 0,
    profiles_available  TEXT NOT NULL DEFAULT '[]',
    cdd_revision_path   TEXT,
    progress            TEXT NOT NULL DEFAULT '{}',
    stages              TEXT NOT NULL DEFAULT '[]',
    warnings            TEXT NOT NULL DEFAULT '[]',
    summary             TEXT,
    created             TEXT NOT NULL,
    started             TEXT,
    finished            TEXT,
    UNIQUE (dataset_id, revision)
);
CREATE UNIQUE INDEX jobs_by_key ON jobs (client, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX jobs_by_age ON jobs (created, number);
CREATE INDEX jobs_without_end ON jobs (runner, priority DESC, created, number) WHERE ended = 0;

CREATE TABLE events (
    job_id    TEXT NOT NULL,
    sequence  INTEGER NOT NULL,
    at        TEXT NOT NULL,
    kind      TEXT NOT NULL,
    data      TEXT NOT NULL,
    PRIMARY KEY (job_id, sequence)
) WITHOUT ROWID;

-- Revision numbers are counted here and not in the jobs: a number must not come again when its job is removed.
CREATE TABLE datasets (
    dataset_id          TEXT PRIMARY KEY,
    last_revision       INTEGER NOT NULL,
    published_revision  INTEGER
) WITHOUT ROWID;
"""


def create_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables in a new file; call it inside a transaction that excludes other writers.

    :param path: the file, for the message.
    :raises ConfigurationError: when the file was written by a newer version of this package, or is a database
        of another program.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        raise ConfigurationError(
            f"The job store {path} was written by a newer version of this package (schema {version}, this one knows "
            f"{SCHEMA_VERSION}). Upgrade the package, or set PROFILER_HOME to another folder."
        )
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables:
        raise ConfigurationError(
            f"{path} is a database of another program, not a job store. Set PROFILER_HOME to another folder."
        )
    # Not executescript: it would commit the surrounding transaction.
    for statement in _TABLES.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
