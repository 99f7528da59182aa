"""When and where a unit of work ran, told by the process that ran it to the one that waits for it.

Worker processes come and go with the cluster's moods, and know no collector of traces: the times travel back with the
results, and nothing is lost with a worker.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class TaskTimes:
    """One stretch of work. Moments are nanoseconds since the epoch, by the clock of the host that did it."""

    host: str
    process_id: int
    began_ns: int
    ended_ns: int
