"""Many clients that all connect at once, and what became of each."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import pandas as pd

from labkit.labs.databases.server import Address

COLUMNS = ["client", "served", "began_s", "ended_s", "error"]
NOW = "extract(epoch FROM clock_timestamp())"
"""The server's clock, which is this machine's; a column is computed after the one before it."""


@dataclass(frozen=True)
class Fate:
    """What became of one client.

    Attributes
    ----------
    served : bool
    began_s : float or None
        When its query began, in seconds from the storm's beginning; None where it was refused.
    ended_s : float
        When its query ended, or when it had its refusal.
    error : str
        The server's words, or empty.
    """

    served: bool
    began_s: float | None
    ended_s: float
    error: str


def storm(servers: Sequence[Address], clients: int, query_s: float) -> pd.DataFrame:
    """Have many clients connect at once, each with one query.

    Parameters
    ----------
    servers : sequence of Address
        Databases or a proxy; the clients take them in turn.
    clients : int
        Each a process of its own, as each Lambda environment or container would be.
    query_s : float
        How long each query takes, in seconds.

    Returns
    -------
    pandas.DataFrame
        A row for each client: ``client`` (from 0) and the attributes of `Fate`.
    """
    query = f"SELECT {NOW}, pg_sleep({query_s}), {NOW}"
    commands = [servers[number % len(servers)].command(query) for number in range(clients)]
    with ThreadPoolExecutor(clients) as pool:
        fates = list(pool.map(partial(_connect, began=time.time()), commands))
    return pd.DataFrame([vars(fate) for fate in fates]).rename_axis("client").reset_index()[COLUMNS]


def _connect(command: list[str], began: float) -> Fate:
    """Run one client to its end."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return Fate(False, None, time.time() - began, refusal(done.stderr))
    query_began, _, query_ended = done.stdout.strip().split("|")
    return Fate(True, float(query_began) - began, float(query_ended) - began, "")


def refusal(said: str) -> str:
    """Return the server's own words from what psql prints."""
    return said.rpartition(": ")[2].strip()
