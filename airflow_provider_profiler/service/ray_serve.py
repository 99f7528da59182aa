"""The service as a Ray Serve application: ``serve run airflow_provider_profiler.service.ray_serve:application``.

It is the same application as that of ``dataset-profiler serve``; Serve places its replicas and starts them again. This
module is imported by Ray Serve alone.
"""

import ray
from fastapi import FastAPI
from ray import serve
from ray.serve import Application

from airflow_provider_profiler.config.settings import Settings, environment_names, load_settings
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.jobs.tracing import trace_by
from airflow_provider_profiler.service.app import create_app
from airflow_provider_profiler.telemetry.logs import configure_logging

#: Requests that a replica answers at a time: most of them wait for events, and cost nothing.
ONGOING_REQUESTS = 1_000


class ProfilerService:
    """One replica. Its jobs run on the cluster that it is part of, unless the settings name another one.

    :param settings: the settings as the application was built with them; they have no readable form with secrets.
    """

    def __init__(self, settings: Settings) -> None:
        address = settings.ray_address or ray.get_runtime_context().gcs_address
        self._settings = settings.model_copy(update={"ray_address": address})
        configure_logging(level=settings.log_level, log_format=settings.log_format)
        trace_by(settings)

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Called by Serve: the application that it serves."""
        return create_app(self._settings)


def application(arguments: dict[str, str]) -> Application:
    """Build the application, on the node where Serve does that.

    :param arguments: settings by their names, such as ``data_root``; they win over the environment of that node. Ray's
        dashboard shows them: secrets belong into the environment or into files.
    :raises ConfigurationError: for a setting that does not exist, or a value that does not fit.
    """
    unknown = sorted(set(arguments) - set(environment_names()))
    if unknown:
        raise ConfigurationError(
            f"The application has no setting {', '.join(unknown)}; 'dataset-profiler settings --json' lists them all."
        )
    deployed = serve.deployment(
        name="profiler",
        num_replicas=1,
        max_ongoing_requests=ONGOING_REQUESTS,
        # The processors are for the jobs.
        ray_actor_options={"num_cpus": 0},
    )(serve.ingress()(ProfilerService))
    return deployed.bind(load_settings(**arguments))
