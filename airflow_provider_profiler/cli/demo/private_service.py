"""A profiling service for the demo: on Ray, on a free loopback port, with authentication on."""

import secrets
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import jwt
import requests

from airflow_provider_profiler.cli.demo.private_airflow import binary, free_port, plain_environment
from airflow_provider_profiler.cli.demo.session_process import SessionProcess
from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.contract.model import canonical_json

#: Seconds within which the service must be up; starting Ray takes most of them.
START_PATIENCE = 120.0
TOKEN_LIFETIME = timedelta(hours=12)


class PrivateService:
    """``dataset-profiler serve`` with a Ray of its own; a context manager.

    :param home: its ``PROFILER_HOME``.
    :param data_root: folder of the datasets.
    :param log: file for everything that it prints.
    """

    def __init__(self, home: Path, data_root: Path, log: Path) -> None:
        self.log = log
        self._port = free_port()
        self._key = secrets.token_hex(32)
        environment = plain_environment() | {
            "PROFILER_HOME": str(home),
            "DATA_ROOT_PATH": str(data_root),
            "PROFILER_HOST": "127.0.0.1",
            "PROFILER_PORT": str(self._port),
            "RAY_ADDRESS": "local",
            "ENABLE_AUTH": "true",
            "PROFILER_AUTH_KEY": self._key,
            "PROFILER_AUTH_ALGORITHMS": "HS256",
        }
        self._process = SessionProcess([binary("dataset-profiler"), "serve"], environment, log, signal.SIGTERM)

    def __enter__(self) -> Self:
        """Start it and wait until it takes requests.

        :raises ServiceUnavailable: when it does not come up.
        """
        try:
            self._process.start()
            self._wait_until_ready()
        except BaseException:
            self._process.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it, and the Ray that it started."""
        self._process.stop()

    def connection(self) -> str:
        """The Airflow connection that leads here, as the JSON of an ``AIRFLOW_CONN_`` variable."""
        claims = {"client_id": "airflow", "exp": datetime.now(UTC) + TOKEN_LIFETIME}
        token = jwt.encode(claims, self._key, algorithm="HS256")
        fields = {"conn_type": "profiler", "host": "127.0.0.1", "port": self._port, "password": token}
        return canonical_json(fields).decode()

    def _wait_until_ready(self) -> None:
        patience = time.monotonic() + START_PATIENCE
        while not self._ready():
            if not self._process.running or time.monotonic() > patience:
                raise ServiceUnavailable(f"The profiling service did not start; its log: {self.log}")
            time.sleep(0.2)

    def _ready(self) -> bool:
        with requests.Session() as session:
            session.trust_env = False
            try:
                return session.get(f"http://127.0.0.1:{self._port}/monitoring/ready", timeout=5).ok
            except requests.RequestException:
                return False
