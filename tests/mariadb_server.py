"""A MariaDB server of the suite's own, from Debian's package: on a free loopback port, in a folder of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql
import pytest

#: What tests look for wherever it must not be.
PASSWORD = "hunter2-hunter2 'quoted\\"
SUPERUSER = "profiler_tests"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class MariadbServer:
    """A running server; it asks for passwords."""

    port: int
    host: str = "127.0.0.1"
    username: str = SUPERUSER
    password: str = PASSWORD

    def execute(self, *statements: str, database: str | None = None) -> None:
        with closing(self.connect(database)) as connection, closing(connection.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, query: str, database: str | None = None) -> list[tuple[Any, ...]]:
        with closing(self.connect(database)) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def connect(self, database: str | None = None) -> Any:
        return pymysql.connect(
            host=self.host, port=self.port, user=self.username, password=self.password, database=database,
            autocommit=True, charset="utf8mb4",
        )  # fmt: skip

    def create(self, name: str, *statements: str) -> str:
        """A database with what the statements make."""
        self.execute(f"CREATE DATABASE `{name.replace('`', '``')}` CHARACTER SET utf8mb4")
        self.execute(*statements, database=name)
        return name


def _found(name: str) -> str:
    # The folder of servers is not on everybody's path.
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.fail(
            f"{name} is not installed, and the tests of MariaDB need it: "
            "apt-get update && apt-get install -y --no-install-recommends mariadb-server",
            pytrace=False,
        )
    return found


def _fast_folder() -> str | None:
    """Memory, where there is enough of it: a new server writes its system tables durably, which takes a disk long."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 1024**3 else None


@contextmanager
def mariadb_running() -> Iterator[MariadbServer]:
    server, install = _found("mariadbd"), _found("mariadb-install-db")
    folder = Path(tempfile.mkdtemp(prefix="mariadb-", dir=_fast_folder()))
    owner = pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:  # MariaDB refuses to run as root
        owner = "mysql"
        account = pwd.getpwnam(owner)
        os.chown(folder, account.pw_uid, account.pw_gid)
    data, port = folder / "data", free_port()
    setup = folder / "setup.sql"
    escaped = PASSWORD.replace("\\", "\\\\").replace("'", "\\'")
    setup.write_text(
        f"CREATE USER '{SUPERUSER}'@'%' IDENTIFIED BY '{escaped}';\n"
        f"GRANT ALL ON *.* TO '{SUPERUSER}'@'%' WITH GRANT OPTION;\n",
        encoding="utf-8",
    )
    setup.chmod(0o644)
    process = None
    try:
        subprocess.run(
            [install, "--no-defaults", f"--datadir={data}", f"--user={owner}", "--skip-test-db", "--force"],
            check=True,
            capture_output=True,
        )
        process = subprocess.Popen(
            [
                *(server, "--no-defaults", f"--datadir={data}", f"--user={owner}", "--bind-address=127.0.0.1"),
                *(f"--port={port}", f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}"),
                *(f"--log-error={folder / 'log'}", f"--init-file={setup}", "--innodb-buffer-pool-size=32M"),
                *("--innodb-log-file-size=16M", "--loose-performance-schema=off"),
                *("--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve", "--sql-mode="),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running = MariadbServer(port)
        patience = time.monotonic() + 60
        while True:
            try:
                running.rows("SELECT 1")
                break
            except pymysql.MySQLError:
                assert process.poll() is None, (folder / "log").read_text("utf-8", "replace")
                assert time.monotonic() < patience, "MariaDB does not answer"
                time.sleep(0.02)
        yield running
    finally:
        if process is not None:
            process.kill()
            process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)
