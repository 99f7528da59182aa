"""Nodes of a Ray cluster in tests, on machines that do other things too."""

from typing import Any


def add_node(cluster: Any, *, tries: int = 4, **arguments: Any) -> Any:
    """A node more of a ``ray.cluster_utils.Cluster``, its head where it has none.

    :param tries: Ray gives a node up that is not there within half a minute, which a busy machine may take.
    """
    for left in reversed(range(tries)):
        try:
            return cluster.add_node(**arguments)
        except Exception:
            if not left:
                raise
    raise AssertionError("there must be a try")
