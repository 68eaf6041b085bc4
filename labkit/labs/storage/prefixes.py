"""S3 key prefixes against the request rates that one partitioned prefix serves."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import pandas as pd

from labkit.errors import LabkitError

WRITES_PER_S = 3_500
"""PUT, COPY, POST and DELETE per second and partitioned prefix, at least (Amazon S3 user guide,
"Best practices design patterns: optimizing Amazon S3 performance")."""
READS_PER_S = 5_500
"""GET and HEAD, likewise."""


def prefixes_needed(writes_per_s: float, reads_per_s: float) -> int:
    """Say into how many prefixes a load has to be spread evenly.

    Parameters
    ----------
    writes_per_s, reads_per_s : float
        Requests per second.

    Returns
    -------
    int
        1 or more.

    Examples
    --------
    >>> prefixes_needed(writes_per_s=10_000, reads_per_s=55_000)
    10
    """
    if writes_per_s < 0 or reads_per_s < 0:
        raise LabkitError("A request rate is 0 per second or more.")
    return max(1, math.ceil(writes_per_s / WRITES_PER_S), math.ceil(reads_per_s / READS_PER_S))


def prefix_load(
    keys: Iterable[str], length: int, writes_per_s: float, reads_per_s: float
) -> pd.DataFrame:
    """Spread a load over keys, and see what each of their prefixes gets.

    Each key gets the same part of the load. S3 is taken to have partitioned by the first `length`
    characters already; in truth it does so gradually, while the load lasts, and answers 503 Slow
    Down meanwhile.

    Parameters
    ----------
    keys : iterable of str
        The keys in use at one time, such as those of the current hour.
    length : int
        Characters of a key that make its prefix.
    writes_per_s, reads_per_s : float
        Requests per second on all keys together.

    Returns
    -------
    pandas.DataFrame
        The busiest prefix first: ``prefix``, ``keys``, ``writes_per_s``, ``reads_per_s``, ``used``
        (the larger of the two as a part of what a prefix serves; more than 1 is too much) and
        ``slowed_per_s`` (requests per second beyond that).

    Raises
    ------
    LabkitError
        If there is no key.
    """
    counts = Counter(key[:length] for key in keys)
    if not counts:
        raise LabkitError("There are no keys to spread the load over; give one or more.")
    frame = pd.DataFrame(counts.most_common(), columns=["prefix", "keys"])
    share = frame["keys"] / frame["keys"].sum()
    writes, reads = share * writes_per_s, share * reads_per_s
    slowed = (writes - WRITES_PER_S).clip(lower=0) + (reads - READS_PER_S).clip(lower=0)
    return frame.assign(
        writes_per_s=writes,
        reads_per_s=reads,
        used=pd.concat([writes / WRITES_PER_S, reads / READS_PER_S], axis=1).max(axis=1),
        slowed_per_s=slowed,
    )
