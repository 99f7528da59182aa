"""How the time of an orderly stop is shared: the answers that are under way, the jobs, and what is sent to others."""

from airflow_provider_profiler.config.settings import Settings

_ANSWERS, _DUTIES = 0.3, 0.1


def answer_seconds(settings: Settings) -> float:
    """How long an orderly stop waits for the answers that are under way."""
    return settings.shutdown_seconds * _ANSWERS


def give_back_seconds(settings: Settings) -> float:
    """How long it then waits for running jobs to be given back."""
    return settings.shutdown_seconds * (1 - _ANSWERS - _DUTIES)


def duty_seconds(settings: Settings) -> float:
    """How long it waits at last for an event that is on its way to a webhook."""
    return settings.shutdown_seconds * _DUTIES
