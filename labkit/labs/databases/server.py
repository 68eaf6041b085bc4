"""A small PostgreSQL with few connections, and PgBouncer before it: real servers on 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.errors import LabkitError
from labkit.polling import NotInTime, wait_until

PLACES = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr/pgsql")
"""Where Debian, Homebrew and Red Hat keep PostgreSQL's programs, beside the search path."""
READY_S = 30
OPEN_TO_ALL = "/tmp"
"""Where root puts the database: its user cannot enter root's own temporary folders."""
USER = "postgres"
"""The database's superuser; root may not run PostgreSQL, so there it also runs as this user."""


class DatabaseMissing(LabkitError):
    """PostgreSQL or PgBouncer is not on this machine."""


@dataclass(frozen=True)
class Programs:
    """Where the programs are."""

    initdb: Path
    postgres: Path
    psql: Path
    pgbouncer: Path


def programs() -> Programs:
    """Find PostgreSQL and PgBouncer.

    Raises
    ------
    DatabaseMissing
        With the name of what is missing, and how to install it.
    """
    names = ("initdb", "postgres", "psql", "pgbouncer")
    found = {name: _find(name) for name in names}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        raise DatabaseMissing(
            f"{', '.join(missing)} not found, so there is no database to storm. On Debian and "
            f"Ubuntu: apt install postgresql pgbouncer; on macOS: brew install postgresql "
            f"pgbouncer. Until then the lesson shows a recorded run."
        )
    return Programs(**{name: path for name, path in found.items() if path})


def _find(name: str) -> Path | None:
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    for place in map(Path, PLACES):
        for folder in sorted(place.glob("*/bin"), reverse=True):
            if (folder / name).exists():
                return folder / name
    found = shutil.which(name, path=path)
    return Path(found) if found else None


@dataclass(frozen=True)
class Address:
    """Where a server listens on 127.0.0.1."""

    port: int
    psql: Path


@contextmanager
def small_database(max_connections: int = 20, pool: int | None = None) -> Iterator[Address]:
    """Run a PostgreSQL with few connections, and with `pool` a PgBouncer before it.

    Parameters
    ----------
    max_connections : int
        What PostgreSQL accepts; three of them it keeps for its superuser.
    pool : int, optional
        Connections that PgBouncer holds to PostgreSQL; it shares them by transaction.

    Yields
    ------
    Address
        Of the proxy where there is one, else of the database. Everything is gone afterwards.
    """
    found = programs()
    with ExitStack() as stack:
        where = OPEN_TO_ALL if os.geteuid() == 0 else None
        made = tempfile.TemporaryDirectory(prefix="labkit-pg-", dir=where)
        folder = Path(stack.enter_context(made))
        _hand_over(folder)
        port = _start_postgres(found, folder, max_connections, stack)
        if pool is not None:
            port = _start_pgbouncer(found, folder, port, pool, stack)
        yield Address(port, found.psql)


def _start_postgres(found: Programs, folder: Path, most: int, stack: ExitStack) -> int:
    data, port = folder / "data", _free_port()
    made = _run([found.initdb, "-D", data, "-U", USER, "-A", "trust", "--no-sync"], folder)
    if made.returncode:
        raise LabkitError(f"initdb failed, so there is no database: {made.stderr.strip()}")
    command = [found.postgres, "-D", data, "-p", port, "-h", "127.0.0.1", "-k", folder]
    settings = {"max_connections": most, "fsync": "off"}
    _serve([*command, *_flags(settings)], folder, stack)
    ask = [found.psql, "-h", "127.0.0.1", "-p", port, "-U", USER, "-c", ""]
    _wait(lambda: _run([*ask, USER], folder).returncode == 0, "PostgreSQL")
    _run([*ask[:-1], "CREATE ROLE app LOGIN", USER], folder)
    return port


def _flags(settings: dict[str, Any]) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _start_pgbouncer(found: Programs, folder: Path, port: int, pool: int, stack: ExitStack) -> int:
    own = _free_port()
    (folder / "users.txt").write_text('"app" ""\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\npostgres = host=127.0.0.1 port={port}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {own}\nunix_socket_dir =\n"
        f"auth_type = trust\nauth_file = {folder / 'users.txt'}\n"
        f"pool_mode = transaction\ndefault_pool_size = {pool}\nmax_client_conn = 2000\n"
    )
    _hand_over(folder / "users.txt", folder / "pgbouncer.ini")
    _serve([found.pgbouncer, "-q", folder / "pgbouncer.ini"], folder, stack)
    ask = [found.psql, "-h", "127.0.0.1", "-p", own, "-U", "app", "-c", "", USER]
    _wait(lambda: _run(ask, folder).returncode == 0, "PgBouncer")
    return own


def _serve(command: list[Any], folder: Path, stack: ExitStack) -> None:
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **_as_user(),
    )
    stack.callback(process.wait, READY_S)
    stack.callback(process.send_signal, 2)  # SIGINT: PostgreSQL's "fast", PgBouncer's "safe" end


def _run(command: list[Any], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **_as_user(),
    )


def _as_user() -> dict[str, Any]:
    return {"user": USER, "group": USER} if os.geteuid() == 0 else {}


def _hand_over(*paths: Path) -> None:
    if os.geteuid() == 0:
        for path in paths:
            shutil.chown(path, USER, USER)


def _wait(ready: Any, who: str) -> None:
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
