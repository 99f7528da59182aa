"""An S3-compatible server of the suite's own, on a free loopback port; it checks no credentials, but wants some."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from moto.server import ThreadedMotoServer


@dataclass(frozen=True)
class S3Server:
    endpoint: str

    @property
    def options(self) -> dict[str, Any]:
        """What fsspec's file system is made with."""
        return {"endpoint_url": self.endpoint, "key": "key-of-the-tests", "secret": "secret-of-the-tests"}

    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="key-of-the-tests",
            aws_secret_access_key="secret-of-the-tests",
        )

    def bucket(self, name: str, objects: dict[str, bytes]) -> Any:
        client = self.client()
        client.create_bucket(Bucket=name)
        for key, content in objects.items():
            client.put_object(Bucket=name, Key=key, Body=content)
        return client


@contextmanager
def s3_running() -> Iterator[S3Server]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # one line a request otherwise
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield S3Server(f"http://{host}:{port}")
    finally:
        server.stop()
