"""A small PostgreSQL, its read replica, and PgBouncer before it: real servers on 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.errors import LabkitError
from labkit.labs.databases.programs import Programs, programs
from labkit.polling import NotInTime, wait_until

READY_S = 30
OPEN_TO_ALL = "/tmp"
"""Where root puts the database: its user cannot enter root's own temporary folders."""
USER = "postgres"
"""The database's superuser; root may not run PostgreSQL, so there it also runs as this user."""
CLIENT = "app"
"""Whom the clients connect as; what PostgreSQL reserves for superusers is not for it."""
SETTINGS = {"fsync": "off", "shared_buffers": "16MB"}
"""Nothing here outlives the lesson, and nothing is large."""


@dataclass(frozen=True)
class Address:
    """Where a server listens on 127.0.0.1."""

    port: int
    psql: Path

    def command(self, query: str) -> list[str]:
        """Return the command line of a client that connects, asks once, and prints the answer."""
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", CLIENT]
        return [str(self.psql), "-X", "-At", *where, "-c", query, "postgres"]


class Databases:
    """A folder with a database in it that can be served in several ways, one after the other."""

    def __init__(self, found: Programs, folder: Path) -> None:
        self._found = found
        self._folder = folder
        self._data = folder / "data"
        options = ["-U", USER, "-A", "trust", "--locale=C", "--encoding=UTF8", "--no-sync"]
        self._do([found.initdb, "-D", self._data, *options], "initdb")
        self._do(
            [found.postgres, "--single", "-D", self._data, "postgres"],
            "postgres --single",
            f"CREATE ROLE {CLIENT} LOGIN\n",
        )

    @contextmanager
    def serving(self, max_connections: int) -> Iterator[Address]:
        """Serve the database.

        Parameters
        ----------
        max_connections : int
            What PostgreSQL accepts; three of them it keeps for its superuser.
        """
        with self._postgres(self._data, max_connections) as address:
            yield address

    @contextmanager
    def replica(self, writer: Address, max_connections: int) -> Iterator[Address]:
        """Copy the database that is served, and serve the copy: it follows and only reads.

        Parameters
        ----------
        writer : Address
            The server to follow, by streaming replication.
        max_connections : int
            At least the writer's own (PostgreSQL documentation, "Hot Standby").
        """
        copy = self._folder / "replica"
        source = ["-h", "127.0.0.1", "-p", writer.port, "-U", USER]
        options = ["--checkpoint=fast", "--no-sync", "--write-recovery-conf"]
        self._do([self._found.pg_basebackup, *source, "-D", copy, *options], "pg_basebackup")
        with self._postgres(copy, max_connections) as address:
            yield address

    @contextmanager
    def proxy(self, writer: Address, pool: int) -> Iterator[Address]:
        """Put PgBouncer before a server: it shares so many connections, by transaction.

        Parameters
        ----------
        writer : Address
        pool : int
            Connections that it holds to the server.
        """
        port, users = _free_port(), self._folder / "users.txt"
        settings = self._folder / "pgbouncer.ini"
        users.write_text(f'"{CLIENT}" ""\n')
        settings.write_text(
            f"[databases]\npostgres = host=127.0.0.1 port={writer.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {users}\n"
            f"pool_mode = transaction\ndefault_pool_size = {pool}\nmax_client_conn = 2000\n"
        )
        _hand_over(users, settings)
        address = Address(port, self._found.psql)
        with self._served([self._found.pgbouncer, "-q", settings], address, "PgBouncer"):
            yield address

    @contextmanager
    def _postgres(self, data: Path, max_connections: int) -> Iterator[Address]:
        address = Address(_free_port(), self._found.psql)
        settings = {**SETTINGS, "max_connections": max_connections}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        where = ["-p", address.port, "-h", "127.0.0.1", "-k", self._folder]
        command = [self._found.postgres, "-D", data, *where, *flags]
        with self._served(command, address, "PostgreSQL"):
            yield address

    @contextmanager
    def _served(self, command: list[Any], address: Address, who: str) -> Iterator[None]:
        """Run a server while the block runs, from when it answers."""
        process = subprocess.Popen(
            _text(command),
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **_as_user(),
        )
        try:
            _wait(lambda: self._run(address.command("")).returncode == 0, who)
            yield
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" end, PgBouncer's "safe" one
            process.wait(READY_S)

    def _do(self, command: list[Any], what: str, said: str = "") -> None:
        done = self._run(command, said)
        if done.returncode:
            raise LabkitError(f"{what} failed, so there is no database: {done.stderr.strip()}")

    def _run(self, command: list[Any], said: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            _text(command),
            input=said,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
            **_as_user(),
        )


@contextmanager
def small_databases() -> Iterator[Databases]:
    """Make a database in a folder of its own; everything is gone afterwards.

    Raises
    ------
    DatabaseMissing
        If a program is not on this machine.
    LabkitError
        If a server does not start.
    """
    found = programs()
    where = OPEN_TO_ALL if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="labkit-pg-", dir=where) as name:
        folder = Path(name)
        _hand_over(folder)
        yield Databases(found, folder)


def _text(command: list[Any]) -> list[str]:
    return [str(part) for part in command]


def _as_user() -> dict[str, Any]:
    return {"user": USER, "group": USER} if os.geteuid() == 0 else {}


def _hand_over(*paths: Path) -> None:
    if os.geteuid() == 0:
        for path in paths:
            shutil.chown(path, USER, USER)


def _wait(ready: Callable[[], bool], who: str) -> None:
    try:
        wait_until(ready, READY_S, who)
    except NotInTime:
        raise LabkitError(
            f"{who} did not answer within {READY_S} s; nothing is left of it."
        ) from None


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
