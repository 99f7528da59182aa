"""``dataset-profiler serve``: the service on this machine."""

from typing import Annotated, Any

import typer

from airflow_provider_profiler.config.settings import absolute_root, load_settings
from airflow_provider_profiler.contract.errors import ConfigurationError


def serve(
    data_root: Annotated[
        str | None,
        typer.Option(
            "--data-root", help="Folder of all datasets, or a URL such as s3://bucket; DATA_ROOT_PATH otherwise."
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to bind; loopback where authentication is off.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to bind; 0 takes a free one.", min=0, max=65535)] = None,
) -> None:
    """Serve the profiling API. Every other setting comes from the environment (see 'dataset-profiler settings')."""
    try:
        from airflow_provider_profiler.service.server import serve as serve_until_stopped  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError(
            f"The service is not installed ({error.name} is missing): "
            "pip install 'airflow-provider-profiler[embedded]'."
        ) from error
    given: dict[str, Any] = {
        "data_root": absolute_root(data_root) if data_root else None,
        "host": host,
        "port": port,
    }
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    raise typer.Exit(serve_until_stopped(settings))
