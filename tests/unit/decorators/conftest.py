"""Decorated tasks against our service on loopback, and embedded."""

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_profiler.decorators.profile_dataset import ProfileDatasetDecoratedOperator, profile_dataset_task


@pytest.fixture(autouse=True)
def _impatient(impatient: None) -> None:
    pass


@pytest.fixture
def fake_task() -> Any:
    """The same as the operators' tests have, of a DAG of its own."""
    path = Path(__file__).parents[1] / "operators" / "conftest.py"
    name = "operators_conftest"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name].FakeTask()


@pytest.fixture
def decorated() -> Callable[..., ProfileDatasetDecoratedOperator]:
    """Make a task of a function; keyword arguments are the decorator's."""

    def decorated(function: Callable[..., Any], *args: Any, **fields: Any) -> ProfileDatasetDecoratedOperator:
        with DAG("d", schedule=None):
            given = {"task_id": "t", "poll_interval": 0.01, "deferrable": False, **fields}
            task: Any = profile_dataset_task(**given)(function)(*args)
        operator = task.operator
        assert isinstance(operator, ProfileDatasetDecoratedOperator)
        return operator

    return decorated


@pytest.fixture
def files() -> Callable[[Path], list[str]]:
    """All files below a folder."""
    return lambda folder: sorted(os.path.relpath(path, folder) for path in folder.rglob("*") if path.is_file())
