"""A thousand submissions, each sent twice at the same time to two services of one store, are a thousand jobs."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_profiler.contract.specification import ProfileSpecification

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

KEYS = 1000
#: Submissions under way at a time, of both services together.
AT_ONCE = 64


async def submit_all(services: tuple[str, str], keys: int) -> list[tuple[str, int, str]]:
    """Send each key to both services at once; the key, the status and the job of each answer."""
    specification = ProfileSpecification.for_path("quay").model_dump(mode="json")
    room = asyncio.Semaphore(AT_ONCE // 2)

    async with httpx.AsyncClient(timeout=120, trust_env=False) as http:

        async def send(base_url: str, key: str) -> tuple[str, int, str]:
            answer = await http.post(
                f"{base_url}/profiler/trigger_profile",
                json={"profile_specification": specification, "only_light_profile": True},
                headers={"Idempotency-Key": key},
            )
            return key, answer.status_code, answer.json().get("job_id", answer.text)

        async def both(key: str) -> tuple[tuple[str, int, str], ...]:
            async with room:
                return await asyncio.gather(*(send(base_url, key) for base_url in services))

        pairs = await asyncio.gather(*(both(f"night {number}") for number in range(keys)))
    return [answer for pair in pairs for answer in pair]


@pytest.mark.parametrize("store", ["sqlite", "redis"])
def test_each_is_one_job(serve: Callable[..., Any], tmp_path: Path, redis_servers: Any, store: str) -> None:
    (tmp_path / "data" / "quay").mkdir(parents=True)
    (tmp_path / "data" / "quay" / "ships.csv").write_text("ship,draught\nArgo,4\n", encoding="utf-8")
    environment = {
        "PROFILER_HOME": str(tmp_path / "home"),
        "DATA_ROOT_PATH": str(tmp_path / "data"),
        "PROFILER_MAX_RUNNING_JOBS": "1",
    }
    if store == "redis":
        environment |= {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(redis_servers().port)}
    first, second = serve(**environment), serve(**environment)
    answers = asyncio.run(submit_all((first.base_url, second.base_url), KEYS))

    assert Counter(status for _, status, _ in answers) == {200: 2 * KEYS}, answers[0]
    jobs = {(key, job) for key, _, job in answers}
    assert len(jobs) == len({job for _, job in jobs}) == KEYS, "one job a key, and one key a job"
    for service in (first, second):
        listed = httpx.get(f"{service.base_url}/profiler/jobs", params={"limit": 1}, timeout=60, trust_env=False)
        assert listed.json()["total"] == KEYS
    # One that is sent again a good while later is the same job still; with another body it is refused.
    again = asyncio.run(submit_all((second.base_url, first.base_url), 50))
    assert {(key, job) for key, _, job in again} <= jobs
    refused = httpx.post(
        f"{second.base_url}/profiler/trigger_profile",
        json={"profile_specification": ProfileSpecification.for_path("quay").model_dump(mode="json")},
        headers={"Idempotency-Key": "night 7"},
        timeout=60,
        trust_env=False,
    )
    assert refused.status_code == 409
