"""Who runs the jobs: this process with the engine in it, others beside it, or the supervisors on a Ray cluster."""

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.jobs.process_pool import ProcessPool
from airflow_provider_profiler.jobs.ray_supervisor import RaySupervisor
from airflow_provider_profiler.jobs.store import JobStore, RunnerKind
from airflow_provider_profiler.service.backend import Supervisor, SupervisorFactory
from airflow_provider_profiler.storage.results import ResultStore


def supervision(settings: Settings, runner: RunnerKind) -> SupervisorFactory:
    """Makes what runs jobs of this kind; for jobs of this process it raises ConfigurationError without the engine."""
    if runner is RunnerKind.RAY:
        # The actors open the stores by the settings: nothing of this process reaches them.
        return lambda store, results: RaySupervisor(settings)  # noqa: ARG005

    if runner is RunnerKind.INLINE and settings.job_processes:
        return lambda store, results: ProcessPool(settings)  # noqa: ARG005

    def supervise(store: JobStore, results: ResultStore) -> Supervisor:
        # Here and not above: a service that only looks at jobs starts without the engine and its libraries.
        try:
            from airflow_provider_profiler.jobs.supervisor import InlineSupervisor  # noqa: PLC0415
            from airflow_provider_profiler.profiling.engine import ProfilingEngine  # noqa: PLC0415
        except ImportError as error:
            raise ConfigurationError(
                f"The engine that runs jobs is not installed ({error.name} is missing): "
                "pip install 'airflow-provider-profiler[embedded]'."
            ) from error

        return InlineSupervisor(store, results, ProfilingEngine(), settings, runner)

    return supervise
