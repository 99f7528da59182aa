"""The supervisor that runs the jobs of this process, with the engine behind it."""

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.jobs.store import JobStore, RunnerKind
from airflow_provider_profiler.service.backend import Supervisor, SupervisorFactory
from airflow_provider_profiler.storage.results import ResultStore


def supervision(settings: Settings, runner: RunnerKind) -> SupervisorFactory:
    """Makes supervisors that run jobs in this process; they raise ConfigurationError where the engine is missing."""

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
