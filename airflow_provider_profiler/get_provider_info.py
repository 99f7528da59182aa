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
                    "airflow_provider_profiler.operators.check_profile",
                    "airflow_provider_profiler.operators.fetch_profile",
                    "airflow_provider_profiler.operators.list_datasets",
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
                    "airflow_provider_profiler.triggers.profile_events",
                    "airflow_provider_profiler.triggers.staged_profile",
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
        "asset-uris": [
            {
                "schemes": ["profile"],
                "handler": "airflow_provider_profiler.assets.profile.sanitize_uri",
                "factory": "airflow_provider_profiler.assets.profile.profile_asset",
                "to_openlineage_converter": "airflow_provider_profiler.assets.profile.convert_asset_to_openlineage",
            }
        ],
        # No "plugins": by default Airflow leaves those of providers unread, so ours is an entry point.
        "notifications": ["airflow_provider_profiler.notifications.profile.ProfileNotifier"],
        "task-decorators": [
            {
                "name": "profile_dataset",
                "class-name": "airflow_provider_profiler.decorators.profile_dataset.profile_dataset_task",
            }
        ],
        "extra-links": [
            "airflow_provider_profiler.links.profile_job.ProfileJobLink",
            "airflow_provider_profiler.links.profile_report.ProfileReportLink",
        ],
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
    """The fields of the connection's extra. Airflow hides by a field's name too, so no open one is named like a secret
    (``token``, ``proxy``), and every secret one is.
    """
    text: dict[str, Any] = {"type": ["string", "null"]}
    secret: dict[str, Any] = {**text, "format": "password"}
    fields: dict[str, tuple[str, str, dict[str, Any]]] = {
        "auth": (
            "Authentication",
            "Empty: a bearer token where there is a password, else none.",
            {**text, "enum": ["none", "bearer", "client_credentials", "jwt"]},
        ),
        "client_id": ("Client id", "For client_credentials and jwt: the client that the service allows.", text),
        "client_secret": ("Client secret", "For client_credentials.", secret),
        "auth_url": (
            "Token endpoint",
            "For client_credentials: https://login.example.org/oauth2/token. A token is got there when it is needed.",
            {**text, "format": "url"},
        ),
        "scope": ("Scope", "For client_credentials, where the endpoint wants one.", text),
        "audience": ("Audience", "For client_credentials and jwt: whom the token is for.", text),
        "client_auth": (
            "Client secret is sent",
            "For client_credentials: in the Authorization header (basic, the default), or in the body.",
            {**text, "enum": ["basic", "body"]},
        ),
        "private_key": ("Signing key", "For jwt: a shared secret (HS256), or a private key in PEM form.", secret),
        "key_file": ("Signing key file", "For jwt, in place of the key: a file that the workers can read.", text),
        "key_id": ("Key id", "For jwt: the name of the key, where the service knows several.", text),
        "algorithm": (
            "Algorithm",
            "For jwt: HS256 (the default), RS256 or ES256.",
            {**text, "enum": ["HS256", "RS256", "ES256"]},
        ),
        "issuer": ("Issuer", "For jwt: the claim 'iss', where the service asks for it.", text),
        "lifetime": (
            "Token lifetime",
            "For jwt: seconds for which a token is good.",
            {"type": ["number", "null"], "default": 300, "exclusiveMinimum": 0},
        ),
        "timeout": (
            "Read time-out",
            "Seconds to wait for an answer of the service.",
            {"type": ["number", "null"], "default": 30, "exclusiveMinimum": 0},
        ),
        "connect_timeout": (
            "Connect time-out",
            "Seconds to wait for a connection to the service.",
            {"type": ["number", "null"], "default": 10, "exclusiveMinimum": 0},
        ),
        "verify": (
            "Verify the certificate",
            "Off only for trials: anybody on the way could read the token.",
            {"type": ["boolean", "null"], "default": True},
        ),
        "ca_bundle": ("CA bundle", "File with the certificates to trust instead of the system's.", text),
        "cert": ("Client certificate", "File with the certificate to show, where the service asks for one.", text),
        "cert_key": ("Key of the client certificate", "File, where the key is not in the certificate's.", text),
    }
    return {
        name: {"label": label, "description": description, "schema": dict(schema)}
        for name, (label, description, schema) in fields.items()
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
