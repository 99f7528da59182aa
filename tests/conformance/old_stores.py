"""Stores as version 1 of the layouts wrote them, made by hand: a published job, one that runs, one that waits."""

import json
import sqlite3
from pathlib import Path
from typing import Any

DATASET = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
PUBLISHED, RUNNING, WAITING, FOREIGN = (f"{n}0000000-0000-4000-8000-000000000000" for n in (1, 2, 3, 4))

_TABLES = """
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL UNIQUE, dataset_id TEXT NOT NULL,
    revision INTEGER NOT NULL, request TEXT NOT NULL, fingerprint TEXT NOT NULL, client TEXT NOT NULL,
    idempotency_key TEXT, runner TEXT NOT NULL, priority INTEGER NOT NULL, state TEXT NOT NULL,
    ended INTEGER NOT NULL DEFAULT 0, reason TEXT, owner TEXT, attempt INTEGER NOT NULL DEFAULT 0, lease_until TEXT,
    heartbeat TEXT, abort_reason TEXT, cleaned_up INTEGER NOT NULL DEFAULT 0,
    profiles_available TEXT NOT NULL DEFAULT '[]', cdd_revision_path TEXT, progress TEXT NOT NULL DEFAULT '{}',
    stages TEXT NOT NULL DEFAULT '[]', warnings TEXT NOT NULL DEFAULT '[]', summary TEXT, created TEXT NOT NULL,
    started TEXT, finished TEXT, UNIQUE (dataset_id, revision)
);
CREATE UNIQUE INDEX jobs_by_key ON jobs (client, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX jobs_by_age ON jobs (created, number);
CREATE INDEX jobs_without_end ON jobs (runner, priority DESC, created, number) WHERE ended = 0;
CREATE TABLE events (
    job_id TEXT NOT NULL, sequence INTEGER NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (job_id, sequence)
) WITHOUT ROWID;
CREATE TABLE datasets (
    dataset_id TEXT PRIMARY KEY, last_revision INTEGER NOT NULL, published_revision INTEGER
) WITHOUT ROWID;
PRAGMA user_version = 1;
"""


def _request(dataset: str, name: str, **more: Any) -> str:
    specification = {
        **{"id": dataset, "name": name, "description": "", "license": "", "headline": "", "country": ""},
        **{"date_published": "", "uploaded_by": "", "keywords": [], "fields_of_science": [], "languages": []},
        "data_connectors": [{"type": "RawDataPath", "dataset_id": "ferries"}],
    }
    return json.dumps({"profile_specification": specification, **more}, ensure_ascii=False)


def _moment(second: int) -> str:
    return f"2026-03-01T02:30:{second:02d}.000000+00:00"


#: The columns of each job's row, and the events of each.
JOBS: tuple[dict[str, Any], ...] = (
    {
        **{"number": 1, "job_id": PUBLISHED, "dataset_id": DATASET, "revision": 1, "fingerprint": "f1"},
        "request": _request(DATASET, "Sales", triggered_by={"dag_id": "nightly"}, labels={"team": "Ωμέγα"}),
        **{"client": "airflow", "idempotency_key": "k", "runner": "inline", "priority": 0, "attempt": 1, "owner": "w"},
        **{"state": "HEAVY_PROFILES_READY", "ended": 1, "created": _moment(1), "started": _moment(2)},
        **{"finished": _moment(3), "profiles_available": '["light","heavy","cdd"]'},
    },
    {
        **{"number": 2, "job_id": RUNNING, "dataset_id": DATASET, "revision": 2, "fingerprint": "f2"},
        "request": _request(DATASET, "Sales of 2026"),
        **{"client": "airflow", "runner": "inline", "priority": 0, "attempt": 1, "owner": "w", "ended": 0},
        **{"state": "STARTING", "created": _moment(4), "started": _moment(5), "lease_until": _moment(35)},
    },
    {
        **{"number": 3, "job_id": WAITING, "dataset_id": DATASET, "revision": 3, "fingerprint": "f3"},
        "request": _request(DATASET, "Sales of 2026", priority=7),
        **{"client": "airflow", "runner": "inline", "priority": 7, "state": "SUBMITTING", "created": _moment(6)},
        **{"attempt": 0, "ended": 0},
    },
    {
        **{"number": 4, "job_id": FOREIGN, "dataset_id": OTHER, "revision": 1, "fingerprint": "f4"},
        "request": _request(OTHER, "Άλλα"),
        **{"client": "analyst", "runner": "inline", "priority": 7, "state": "SUBMITTING", "created": _moment(7)},
        **{"attempt": 0, "ended": 0},
    },
)
_STATES = {PUBLISHED: ("SUBMITTING", "STARTING", "LIGHT_PROFILE_READY", "HEAVY_PROFILES_READY")}
_STATES |= {RUNNING: ("SUBMITTING", "STARTING"), WAITING: ("SUBMITTING",), FOREIGN: ("SUBMITTING",)}


def old_sqlite(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript(_TABLES)
    for job in JOBS:
        names = ", ".join(job)
        values = ", ".join(f":{name}" for name in job)
        connection.execute(f"INSERT INTO jobs ({names}) VALUES ({values})", job)
        for number, state in enumerate(_STATES[job["job_id"]], start=1):
            event = (job["job_id"], number, job["created"], "state", json.dumps({"state": state}))
            connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", event)
    connection.execute("INSERT INTO datasets VALUES (?, 3, 1)", (DATASET,))
    connection.execute("INSERT INTO datasets VALUES (?, 1, NULL)", (OTHER,))
    connection.commit()
    connection.close()


def old_redis(client: Any) -> None:
    client.set("profiler:schema", 1)
    client.set("profiler:number", len(JOBS))
    client.hset("profiler:keys", '["airflow", "k"]', PUBLISHED)
    client.hset(f"profiler:dataset:{DATASET}", mapping={"last_revision": 3, "published_revision": 1, "sections": 1})
    client.hset(f"profiler:dataset:{OTHER}", mapping={"last_revision": 1})
    for job in JOBS:
        fields = {name: value for name, value in job.items() if name != "number" and value not in (None, 0)}
        age = f"{job['created']}|{job['number']:016d}|{job['job_id']}"
        order = f"{1000 - job['priority']:04d}|{age}"
        more = {"attempt": job["attempt"], "priority": job["priority"], "age": age, "order": order, "target": "heavy"}
        client.hset(f"profiler:job:{job['job_id']}", mapping={**fields, **more})
        dataset, state = job["dataset_id"], job["state"]
        indexes = ("", f":state:{state}", f":dataset:{dataset}", f":dataset:{dataset}:state:{state}")
        for index in indexes:
            client.zadd(f"profiler:jobs{index}", {age: 0})
        if not job["ended"] and "lease_until" in job:
            client.zadd("profiler:leased:inline", {f"{job['lease_until']}|{order}": 0})
        elif not job["ended"]:
            client.zadd("profiler:waiting:inline", {order: 0})
        for state in _STATES[job["job_id"]]:
            event = f'{{"at":"{job["created"]}","kind":"state","data":{json.dumps({"state": state})}}}'
            client.rpush(f"profiler:events:{job['job_id']}", event)
