"""Where the CDD file of a finished job lies."""

from airflow_provider_profiler.contract.messages import CddPath
from airflow_provider_profiler.hooks.errors import UnexpectedAnswer
from airflow_provider_profiler.hooks.profiler import ProfilerHook


def cdd_path_of(hook: ProfilerHook, job_id: str, dataset_id: str | None) -> str:
    """The path of the CDD file, by the documented routes.

    :param dataset_id: the dataset's id where it is known: asking by it is cheaper than fetching whole profiles.
    :raises UnexpectedAnswer: when the service says that the heavy profile is ready but names no file.
    """
    path = hook.cdd_profile_path(dataset_id) if dataset_id else None
    if path is None:
        cdd = hook.profile(job_id).cdd_profile
        path = cdd.path if isinstance(cdd, CddPath) else None
    if path is None:
        raise UnexpectedAnswer(
            f"Profiling job {job_id} is HEAVY_PROFILES_READY, but the service names no CDD file for it. Look into the "
            "service's log, and whether CDD_PROFILE_PATH can be written to."
        )
    return path
