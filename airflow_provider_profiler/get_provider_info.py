"""What Airflow is told about this package: its connection type, its modules and its configuration section."""

from typing import Any

from airflow_provider_profiler import __version__

INTEGRATION = "Dataset Profiler"


def get_provider_info() -> dict[str, Any]:
    """The provider's description, in the form of Airflow's ``provider_info.schema.json``.

    Airflow calls this in every process while it reads its own configuration, so it must import nothing of Airflow.
    """
    return {
        "package-name": "airflow-provider-profiler",
        "name": INTEGRATION,
        "description": "Profile datasets from a DAG: files, tables and columns, as one profile in several renderings.",
        "versions": [__version__],
        "integrations": [{"integration-name": INTEGRATION, "tags": ["service"]}],
        "operators": [
            {
                "integration-name": INTEGRATION,
                "python-modules": [
                    "airflow_provider_profiler.operators.profile_dataset",
                    "airflow_provider_profiler.operators.clean_up",
                ],
            }
        ],
        "sensors": [
            {
                "integration-name": INTEGRATION,
                "python-modules": [
                    "airflow_provider_profiler.sensors.profile_job",
                    "airflow_provider_profiler.sensors.cdd_profile",
                ],
            }
        ],
        "triggers": [
            {
                "integration-name": INTEGRATION,
                "python-modules": [
                    "airflow_provider_profiler.triggers.profile_job",
                    "airflow_provider_profiler.triggers.cdd_profile",
                ],
            }
        ],
        "hooks": [
            {
                "integration-name": INTEGRATION,
                "python-modules": [
                    "airflow_provider_profiler.hooks.profiler",
                    "airflow_provider_profiler.hooks.profiler_async",
                ],
            }
        ],
        "extra-links": ["airflow_provider_profiler.links.profile_job.ProfileJobLink"],
        "connection-types": [
            {
                "connection-type": "profiler",
                "hook-class-name": "airflow_provider_profiler.hooks.profiler.ProfilerHook",
                "hook-name": INTEGRATION,
                "ui-field-behaviour": {
                    "hidden-fields": ["login"],
                    "relabeling": {"password": "Bearer token", "schema": "http or https"},
                    "placeholders": {
                        "host": "profiler.example.org, https://example.org/prefix, or embedded",
                        "port": "4557",
                        "schema": "http",
                        "password": "empty where the service runs without authentication",
                    },
                },
                "conn-fields": _connection_fields(),
            }
        ],
        "config": {"profiler": {"description": "Settings of the dataset profiler's provider.", "options": _options()}},
    }


def _connection_fields() -> dict[str, Any]:
    return {
        "timeout": {
            "label": "Read time-out",
            "description": "Seconds to wait for an answer of the service.",
            "schema": {"type": ["number", "null"], "default": 30, "exclusiveMinimum": 0},
        },
        "connect_timeout": {
            "label": "Connect time-out",
            "description": "Seconds to wait for a connection to the service.",
            "schema": {"type": ["number", "null"], "default": 10, "exclusiveMinimum": 0},
        },
        "verify": {
            "label": "Verify the certificate",
            "description": "Off only for trials: anybody on the way could read the token.",
            "schema": {"type": ["boolean", "null"], "default": True},
        },
        "ca_bundle": {
            "label": "CA bundle",
            "description": "File with the certificates to trust instead of the system's.",
            "schema": {"type": ["string", "null"]},
        },
    }


def _options() -> dict[str, Any]:
    return {
        "embedded": {
            "description": "Whether a task without the connection `profiler_default` starts the service inside its own "
            "process: `auto` or `never`.",
            "version_added": "0.1.0",
            "type": "string",
            "example": "never",
            "default": "auto",
        },
        "instance_id": {
            "description": "What tells this Airflow from others that use the same profiling service. It is part of "
            "every idempotency key; empty means the base URL of the API server.",
            "version_added": "0.1.0",
            "type": "string",
            "example": "production",
            "default": "",
        },
        "poll_interval": {
            "description": "Seconds between two looks at a running job, where a task does not say otherwise.",
            "version_added": "0.1.0",
            "type": "float",
            "example": "30",
            "default": "10",
        },
    }
