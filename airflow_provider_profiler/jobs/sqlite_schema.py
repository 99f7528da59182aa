"""The tables of the SQLite job store, and the version that says which program may use them."""

import sqlite3
from pathlib import Path

from airflow_provider_profiler.contract.errors import ConfigurationError

SCHEMA_VERSION = 2

# Moments are ISO 8601 text in UTC of one fixed width, so that comparing text compares moments.
_TABLES_1 = """
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

# A new file goes through every step too, so that the steps are what they are tested to be.
_STEP_2 = """
ALTER TABLE jobs ADD COLUMN dag_id TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';
ALTER TABLE jobs ADD COLUMN reused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN reused_from INTEGER;
ALTER TABLE jobs ADD COLUMN traceparent TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN losses INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET dag_id = coalesce(json_extract(request, '$.triggered_by.dag_id'), ''),
    labels = coalesce(json_extract(request, '$.labels'), '{}');
DROP INDEX jobs_without_end;
-- The queue, with all that is asked about it: the rows themselves, which are long, are not looked at.
CREATE INDEX jobs_waiting ON jobs
    (runner, client, priority DESC, created, number, job_id, attempt, ended, lease_until)
    WHERE ended = 0 AND lease_until IS NULL;
CREATE INDEX jobs_held ON jobs
    (runner, client, lease_until, priority, created, number, job_id, ended)
    WHERE ended = 0 AND lease_until IS NOT NULL;
CREATE INDEX jobs_by_state ON jobs (state, created, number);
CREATE INDEX jobs_by_dag ON jobs (dag_id, created, number) WHERE dag_id <> '';
CREATE INDEX jobs_by_client ON jobs (client, created, number);
CREATE INDEX jobs_by_end ON jobs (ended, created, number);

ALTER TABLE datasets ADD COLUMN name TEXT NOT NULL DEFAULT '';
UPDATE datasets SET name = coalesce((SELECT json_extract(request, '$.profile_specification.name') FROM jobs
    WHERE jobs.dataset_id = datasets.dataset_id ORDER BY revision DESC LIMIT 1), '');
CREATE INDEX datasets_by_name ON datasets (name, dataset_id);

-- Events once more, those of all jobs in one order and for a time of their own: a number never comes again.
CREATE TABLE feed (
    cursor      INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id      TEXT NOT NULL,
    dataset_id  TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    sequence    INTEGER NOT NULL,
    at          TEXT NOT NULL,
    kind        TEXT NOT NULL,
    data        TEXT NOT NULL
);

CREATE TABLE duties (
    name    TEXT PRIMARY KEY,
    owner   TEXT NOT NULL,
    until   TEXT NOT NULL,
    cursor  INTEGER
) WITHOUT ROWID;
"""

_STEPS = (_TABLES_1, _STEP_2)


def create_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables in a new file, or bring those of an earlier version to this one, keeping what they hold.

    Call it inside a transaction that excludes other writers: another process sees the one version or the other.

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
    if version == 0 and tables:
        raise ConfigurationError(
            f"{path} is a database of another program, not a job store. Set PROFILER_HOME to another folder."
        )
    for step in _STEPS[version:]:
        # Not executescript: it would commit the surrounding transaction.
        for statement in step.split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
