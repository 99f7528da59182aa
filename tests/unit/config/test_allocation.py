"""Freed memory is kept for the next array, unless somebody has said how memory is to be handed out."""

import os
import platform
import resource
import subprocess
import sys

import pytest

from airflow_provider_profiler.config.allocation import keep_freed_memory

PROGRAM = """
import resource
from airflow_provider_profiler.config.allocation import keep_freed_memory
kept = keep_freed_memory()
import numpy as np
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(200):
    arrays = [np.ones(100_000) for _ in range(10)]
print(kept, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
GLIBC = platform.libc_ver()[0] == "glibc"


def outcome(**environment: str) -> tuple[bool, int]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=kept | environment, capture_output=True, text=True, check=True
    )
    word, faults = run.stdout.split()
    return word == "True", int(faults)


@pytest.mark.parametrize("name", ["MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"])
def test_what_the_environment_says_counts(name: str) -> None:
    value = "4194304" if name.startswith("MALLOC") else "glibc.malloc.trim_threshold=4194304"
    assert outcome(**{name: value})[0] is False


def test_arrays_that_come_and_go_do_not_get_new_pages_each_time() -> None:
    kept, faults = outcome()
    assert kept is GLIBC
    if GLIBC:
        # A million doubles are 8 MB: the first round touches new pages, the other 199 none.
        pages = 8_000_000 // resource.getpagesize()
        assert faults < 5 * pages


def test_it_is_done_once() -> None:
    assert keep_freed_memory() is keep_freed_memory()
