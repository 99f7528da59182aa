"""From earlier layouts of the Redis job store to the present one, by one process while others wait."""

import json
import secrets
import time
from functools import partial
from typing import Any

from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.jobs.redis_connections import RedisConnections
from airflow_provider_profiler.jobs.redis_scripts import PRELUDE

_LOCK = "profiler:migrating"
#: Milliseconds after which another process may go on where this one died; every step of it may be done again.
_LOCK_MILLISECONDS = 10_000
#: Seconds for which a process waits until another has brought the store to the present layout.
_PATIENCE = 600.0
_PAGE = 500

_UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
_MIGRATE_JOB = (
    PRELUDE
    + """
-- 1 job, 2 DAG, 3 labels, 4 name of the dataset
local job = ARGV[1]
local row = call('HMGET', key('job', job), 'dataset_id', 'revision')
if not row[1] then return 0 end
call('HSET', key('job', job), 'dag_id', ARGV[2], 'labels', ARGV[3])
call('ZADD', key('revisions', row[1]), row[2], job)
take_places(job)
list_job(job)
local dataset = key('dataset', row[1])
-- The latest submission names the dataset.
if call('HGET', dataset, 'last_revision') == row[2] or not call('HGET', dataset, 'name') then
  local name = call('HGET', dataset, 'name')
  if name then call('ZREM', 'profiler:datasets', name .. '\\0' .. row[1]) end
  call('HSET', dataset, 'name', ARGV[4])
  call('ZADD', 'profiler:datasets', 0, ARGV[4] .. '\\0' .. row[1])
end
return 1
"""
)


def migrate(connections: RedisConnections, schema_key: str, version: int) -> None:
    """Bring a store to the present layout, keeping what it holds. The feed begins with what happens from then on.

    Processes of the earlier version must have ended: they would go on to write in their layout.

    :param schema_key: where the version stands.
    :param version: the present one.
    :raises ServiceUnavailable: when the server is away, or another process is at it for too long.
    """
    token = secrets.token_hex(8)
    until = time.monotonic() + _PATIENCE
    while int(connections.call(lambda client: client.get(schema_key))) < version:
        if connections.call(lambda client: client.set(_LOCK, token, nx=True, px=_LOCK_MILLISECONDS)):
            _migrate_jobs(connections)
            connections.call(lambda client: client.set(schema_key, version))
            # It may have run out, and be another's by now.
            connections.call(lambda client: client.register_script(_UNLOCK)(keys=[_LOCK], args=[token]))
            return
        if time.monotonic() > until:
            raise ServiceUnavailable(
                f"Another process has been migrating the job store in {connections.address} for more than "
                f"{_PATIENCE:g} seconds. See whether it is still alive, and start again."
            )
        time.sleep(0.05)


def _migrate_jobs(connections: RedisConnections) -> None:
    first = 0
    while count := connections.call(partial(_migrate_page, first=first)):
        first += count


def _migrate_page(client: Any, first: int) -> int:
    script = client.register_script(_MIGRATE_JOB)
    client.pexpire(_LOCK, _LOCK_MILLISECONDS)
    ages = client.zrange("profiler:jobs", first, first + _PAGE - 1)
    for age in ages:
        job = age.rpartition("|")[2]
        request = json.loads(client.hget(f"profiler:job:{job}", "request"))
        labels = json.dumps(request.get("labels", {}), ensure_ascii=False)
        dag_id = request.get("triggered_by", {}).get("dag_id", "")
        script(args=[job, dag_id, labels, request["profile_specification"]["name"]])
    return len(ages)
