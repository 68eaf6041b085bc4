"""Many clients that all connect at once, and what became of each."""

from __future__ import annotations

import subprocess
import time
from importlib.resources import files

import pandas as pd

from labkit.labs.databases.server import Address, DatabaseMissing, small_database

COLUMNS = ["remedy", "client", "served", "seconds", "error"]


def storm(address: Address, clients: int, query_s: float = 1.5) -> pd.DataFrame:
    """Have many clients connect at once, each with one query.

    Parameters
    ----------
    address : Address
        Of a database or a proxy.
    clients : int
        Each a process of its own, as each Lambda environment or container would be.
    query_s : float
        How long each query takes, in seconds.

    Returns
    -------
    pandas.DataFrame
        ``client``, ``served`` (bool), ``seconds`` (until the storm's answer was read, measured
        from its beginning), ``error`` (the server's words, or empty).
    """
    command = [str(address.psql), "-h", "127.0.0.1", "-p", str(address.port), "-U", "app"]
    command += ["-At", "-c", f"SELECT pg_sleep({query_s})", "postgres"]
    began = time.perf_counter()
    running = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(clients)
    ]
    rows = []
    for number, process in enumerate(running):
        _, error = process.communicate()
        seconds = time.perf_counter() - began
        rows.append((number, process.returncode == 0, seconds, error.strip().rpartition(": ")[2]))
    return pd.DataFrame(rows, columns=COLUMNS[1:])


def remedies(clients: int, query_s: float = 1.5) -> pd.DataFrame:
    """Storm a small database, one that was scaled up, and one behind a pooling proxy.

    Returns
    -------
    pandas.DataFrame
        As `storm`, with ``remedy``. Where PostgreSQL or PgBouncer is missing: the recorded run,
        with ``attrs["recorded"]`` saying of what.
    """
    cases = {
        "20 connections": (20, None),
        "scaled up: 40": (40, None),
        "20, behind a proxy": (20, 15),
    }
    frames = []
    try:
        for remedy, (connections, pool) in cases.items():
            with small_database(connections, pool) as address:
                frames.append(storm(address, clients, query_s).assign(remedy=remedy))
    except DatabaseMissing as missing:
        return recorded(f"A recorded run, not yours: {missing}")
    return pd.concat(frames, ignore_index=True)[COLUMNS]


def recorded(why: str) -> pd.DataFrame:
    """Return the run that comes with labkit: 60 clients, PostgreSQL 15 and PgBouncer, two cores."""
    file = files(__package__).joinpath("recorded.csv")
    frame = pd.read_csv(file.open(encoding="utf-8"), keep_default_na=False)
    frame.attrs["recorded"] = why
    return frame
