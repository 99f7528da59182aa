"""One task instance, one job: the key that the service knows it by, and what the task remembers between its tries."""

import datetime
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from airflow.sdk import conf

from airflow_provider_profiler.contract.model import canonical_json

if TYPE_CHECKING:
    from airflow.sdk import Context

#: The key of the task state store.
STORE_KEY = "profiler_job"


class StateStore(Protocol):
    """What is used of ``context["task_state_store"]``."""

    def get(self, key: str) -> Any:
        """The value, or None."""
        ...

    def set(self, key: str, value: Any) -> None:
        """Write a JSON value."""
        ...


@dataclass(frozen=True)
class TaskIdentity:
    """What tells one execution of a task from all others, in the order in which it enters the key."""

    instance_id: str
    dag_id: str
    run_id: str
    run_start: str
    """ISO 8601: a run that was deleted and made again under its old id is another run."""
    task_id: str
    map_index: int
    max_tries: int
    """Raised when a user clears the task, and only then: clearing means "run it again"."""

    def key(self, ordinal: int, fingerprint: str) -> str:
        """The idempotency key of a submission: sha256, hex.

        :param ordinal: how many jobs of this task ended without success before.
        :param fingerprint: of the canonical request.
        """
        parts = [
            self.instance_id,
            self.dag_id,
            self.run_id,
            self.run_start,
            self.task_id,
            self.map_index,
            self.max_tries,
            ordinal,
            fingerprint,
        ]
        return hashlib.sha256(canonical_json(parts)).hexdigest()


def instance_id() -> str:
    """What tells this Airflow from others: ``[profiler] instance_id``, else the base URL of its API server."""
    return str(conf.get("profiler", "instance_id", fallback="") or conf.get("api", "base_url", fallback="") or "")


def map_index(ti: Any) -> int:
    """The index of a mapped task instance, -1 for one that is not mapped."""
    return -1 if ti.map_index is None else int(ti.map_index)


def task_identity(context: "Context") -> TaskIdentity:
    """The identity of the task instance that runs in this context."""
    ti = context["ti"]
    started = context["dag_run"].start_date
    return TaskIdentity(
        instance_id=instance_id(),
        dag_id=ti.dag_id,
        run_id=ti.run_id,
        run_start=started.astimezone(datetime.UTC).isoformat() if started else "",
        task_id=ti.task_id,
        map_index=map_index(ti),
        max_tries=ti.max_tries,
    )


@dataclass(frozen=True)
class Memory:
    """What a task remembers of its job from one try to the next."""

    ordinal: int
    epoch: int
    """The ``max_tries`` under which it was written."""
    fingerprint: str
    job_id: str | None = None
    """None between the decision to submit and the service's answer."""
    began: float | None = None
    """When that was decided, in seconds since the epoch: deadlines count from here."""
    try_number: int = 0
    """The try that decided it."""
    forced: bool = False
    """Whether everything is read, whatever the request says: because the task was cleared."""

    def save(self, store: StateStore | None) -> None:
        """Write to the task state store, where there is one."""
        if store is not None:
            store.set(
                STORE_KEY,
                {
                    "ordinal": self.ordinal,
                    "epoch": self.epoch,
                    "fingerprint": self.fingerprint,
                    "job_id": self.job_id or "",
                    "began": self.began or 0.0,
                    "try_number": self.try_number,
                    "forced": self.forced,
                },
            )


def recall(store: StateStore | None) -> Memory | None:
    """What an earlier try left behind, or None."""
    value = store.get(STORE_KEY) if store is not None else None
    if not isinstance(value, dict):
        return None
    try:
        return Memory(
            ordinal=int(value["ordinal"]),
            epoch=int(value["epoch"]),
            fingerprint=str(value["fingerprint"]),
            job_id=str(value["job_id"]) or None,
            # Not there in what the first version wrote.
            began=float(value.get("began") or 0.0) or None,
            try_number=int(value.get("try_number") or 0),
            forced=value.get("forced") is True,
        )
    except (KeyError, TypeError, ValueError):
        return None  # written by another version: the key of the service still keeps a job from running twice


def next_attempt(memory: Memory | None, *, epoch: int, fingerprint: str, alive: bool) -> Memory:
    """What this try stands for: the remembered job, or a submission under a key that was not used up.

    :param memory: what an earlier try left behind.
    :param alive: whether the remembered job is running or ended well; only then is it taken up again.
    """
    if memory is None:
        return Memory(ordinal=0, epoch=epoch, fingerprint=fingerprint)
    same = (memory.epoch, memory.fingerprint) == (epoch, fingerprint)
    if same and (memory.job_id is None or alive):
        return memory
    # Raised for another epoch or request too: should either come back to an earlier value, its key is still new.
    return Memory(ordinal=memory.ordinal + 1, epoch=epoch, fingerprint=fingerprint)
