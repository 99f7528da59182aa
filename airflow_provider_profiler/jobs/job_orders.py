"""What a service and its processes that look after jobs say to each other."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Wake:
    """Look into the job store now."""

    job_id: UUID | None


@dataclass(frozen=True)
class End:
    """Let go, and end."""

    seconds: float
    """In which jobs are to be given back where they run in that process."""


@dataclass(frozen=True)
class Running:
    """The process takes jobs."""


@dataclass(frozen=True)
class NotRunning:
    """The process cannot take jobs, and ends."""

    message: str
    passing: bool
    """Whether the reason may be gone by itself when the process is started again."""
