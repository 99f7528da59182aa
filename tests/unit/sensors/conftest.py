"""A task instance and its state store, over the looks and tries of a sensor."""

from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class SensorTask:
    """What outlives a sensor that is rescheduled."""

    try_number: int = 1
    first_look: Any = None
    stored: dict[str, Any] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        return self.stored.get(key)

    def set(self, key: str, value: Any) -> None:
        assert value is not None
        self.stored[key] = value

    def delete(self, key: str) -> None:
        del self.stored[key]

    def get_first_reschedule_date(self, context: Any) -> Any:
        return self.first_look

    @property
    def context(self) -> Any:
        return {"ti": self, "task_state_store": self}


@pytest.fixture
def sensor_task() -> SensorTask:
    return SensorTask()
