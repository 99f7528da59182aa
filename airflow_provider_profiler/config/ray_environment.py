"""The variables that Ray reads for itself, set before it is imported."""

import os


def prepare_ray_environment() -> None:
    """Let Ray in this process, and in the cluster that it may start, report to nobody and compare what matters."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # Pickles travel between patch releases of one minor version; Ray would refuse those too.
    os.environ["RAY_DEFAULT_PYTHON_VERSION_MATCH_LEVEL"] = "minor"
    # The address is passed as an argument; Ray would let the variable win over it in places.
    os.environ.pop("RAY_ADDRESS", None)
