"""When to look again: an interval that is never quite the same, so that many tasks do not look in step."""

import random
from dataclasses import dataclass, field

#: How far an interval may be from the one that was asked for, as a part of it.
SPREAD = 0.25


@dataclass
class Pace:
    """Intervals around one that was asked for.

    :param interval: seconds between two looks, on the average.
    :param seed: what the intervals are derived from, such as the job's id: tasks that were started in one moment drift
        apart, and a job's intervals are the same whenever they are needed again.
    """

    interval: float
    seed: str
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Begin anew."""
        self._random = random.Random(self.seed)  # noqa: S311 - no secret

    def next(self) -> float:
        """Seconds until the next look."""
        return self.interval * self._random.uniform(1 - SPREAD, 1 + SPREAD)
