"""What is raised where an earlier profile is of no use; a module of its own, for those who load no engine."""

from airflow_provider_profiler.contract.errors import ProfilerError


class UnusableEarlier(ProfilerError):
    """What an earlier profile left behind cannot be used; the message says why. Everything is then read."""
