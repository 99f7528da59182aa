"""The guide to Ray names what there is."""

import re
from pathlib import Path

from airflow_provider_profiler.config.settings import environment_names
from airflow_provider_profiler.jobs.ray_pool import NAMESPACE
from airflow_provider_profiler.profiling.ray_executor import MAX_RETRIES

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "ray.md").read_text(encoding="utf-8")
#: Read by Ray, or by the documents' timestamp.
OTHERS = {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "SOURCE_DATE_EPOCH"}


def test_every_variable_is_a_setting() -> None:
    named = set(re.findall(r"`((?:[A-Z]+_)+[A-Z]+)", GUIDE))
    assert named - set(environment_names().values()) == OTHERS


def test_numbers_and_names_are_those_of_the_code() -> None:
    assert MAX_RETRIES == 3
    assert "three times at most" in GUIDE
    assert f"namespace `{NAMESPACE}`" in GUIDE
