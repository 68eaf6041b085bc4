"""Finds PostgreSQL's and PgBouncer's programs on this machine."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, fields
from pathlib import Path

from labkit.errors import LabkitError

PLACES = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr/pgsql")
"""Where Debian, Homebrew and Red Hat keep PostgreSQL's programs, beside the search path."""


class DatabaseMissing(LabkitError):
    """PostgreSQL or PgBouncer is not on this machine."""


@dataclass(frozen=True)
class Programs:
    """Where the programs are."""

    initdb: Path
    postgres: Path
    pg_basebackup: Path
    psql: Path
    pgbouncer: Path


def programs() -> Programs:
    """Find PostgreSQL and PgBouncer.

    Raises
    ------
    DatabaseMissing
        With the name of what is missing, and how to install it.
    """
    found = {field.name: _find(field.name) for field in fields(Programs)}
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
