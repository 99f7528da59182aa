"""A task instance without Airflow around it."""

import datetime
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _impatient(impatient: None) -> None:
    pass


@dataclass
class FakeTask:
    """What an operator sees of its task instance, its run and the state store, over all its tries."""

    dag_id: str = "d"
    run_id: str = "r"
    task_id: str = "t"
    map_index: int | None = -1
    try_number: int = 1
    max_tries: int = 2
    run_start: datetime.datetime = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    xcom: dict[str, Any] = field(default_factory=dict)
    stored: dict[str, Any] = field(default_factory=dict)
    on_push: Any = None

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcom[key] = value
        if self.on_push:
            self.on_push(key)

    def get(self, key: str) -> Any:
        return self.stored.get(key)

    def set(self, key: str, value: Any) -> None:
        assert value is not None
        self.stored[key] = value

    @property
    def context(self) -> Any:
        return {"ti": self, "dag_run": SimpleNamespace(start_date=self.run_start), "task_state_store": self}


@pytest.fixture
def fake_task() -> FakeTask:
    return FakeTask()
