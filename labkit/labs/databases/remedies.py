"""The same storm against a small database and against each of the three remedies."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass
from importlib.resources import files

import pandas as pd

from labkit.labs.databases.programs import DatabaseMissing
from labkit.labs.databases.server import Address, Databases, small_databases
from labkit.labs.databases.storm import refusal, storm

CONNECTIONS, MORE_CONNECTIONS, POOL = 20, 40, 15
ALONE = f"{CONNECTIONS} connections"
SCALED_UP = f"scaled up: {MORE_CONNECTIONS}"
PROXY = f"{CONNECTIONS}, behind a proxy"
REPLICA = f"{CONNECTIONS}, and {CONNECTIONS} of a read replica"
WRITE = "CREATE TABLE orders (id int)"


@dataclass(frozen=True)
class Remedies:
    """What the remedies did.

    Attributes
    ----------
    storms : pandas.DataFrame
        As `storm` returns it, for each ``remedy`` in the claim's order.
    replica_after_s : float
        Seconds from asking for the read replica until it answered.
    replica_refuses : str
        What it said to a write.
    source : str
        Whose run this is, in a sentence.
    """

    storms: pd.DataFrame
    replica_after_s: float
    replica_refuses: str
    source: str


def remedies(clients: int, query_s: float = 1.5) -> Remedies:
    """Storm a small database, one scaled up, one behind a pooling proxy, one with a read replica.

    Parameters
    ----------
    clients, query_s
        As in `storm`.

    Returns
    -------
    Remedies
        Where PostgreSQL or PgBouncer is missing: the recorded run, and its source says so.
    """
    try:
        with small_databases() as databases:
            return _measured(databases, clients, query_s)
    except DatabaseMissing as missing:
        return recorded(f"A recorded run, not yours: {missing}")


def _measured(databases: Databases, clients: int, query_s: float) -> Remedies:
    storms = {}
    with databases.serving(CONNECTIONS) as small:
        storms[ALONE] = storm([small], clients, query_s)
        with databases.proxy(small, POOL) as proxy:
            storms[PROXY] = storm([proxy], clients, query_s)
        asked = time.monotonic()
        with databases.replica(small, CONNECTIONS) as replica:
            replica_after_s = time.monotonic() - asked
            storms[REPLICA] = storm([small, replica], clients, query_s)
            replica_refuses = _write(replica)
    with databases.serving(MORE_CONNECTIONS) as large:
        storms[SCALED_UP] = storm([large], clients, query_s)
    frames = [storms[name].assign(remedy=name) for name in (ALONE, SCALED_UP, PROXY, REPLICA)]
    source = f"Measured on this machine: {clients} clients, queries of {query_s:g} s."
    return Remedies(pd.concat(frames, ignore_index=True), replica_after_s, replica_refuses, source)


def _write(replica: Address) -> str:
    done = subprocess.run(replica.command(WRITE), capture_output=True, text=True, check=False)
    return refusal(done.stderr)


def recorded(source: str) -> Remedies:
    """Return the run that comes with labkit: 60 clients, PostgreSQL 15 and PgBouncer, two cores."""
    run = json.loads(files(__package__).joinpath("recorded.json").read_text(encoding="utf-8"))
    storms = pd.DataFrame(run["storms"], columns=run["columns"])
    return Remedies(storms, run["replica_after_s"], run["replica_refuses"], source)
