"""Fixtures that every part of the suite may use."""

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real datasets that lies beside the checkout; the only fixture that may skip."""
    if not SHARED_DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the real datasets are missing: {SHARED_DATA} is not a folder")
        pytest.skip(f"no real datasets at {SHARED_DATA}")
    return SHARED_DATA
