"""The phases of a call, and how every figure draws them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.patches import Patch

from labkit.show.style import GREEN, GREY


@dataclass(frozen=True)
class Phase:
    """A part of a call: the column with its length, its words, its look."""

    column: str
    words: str
    look: dict[str, Any]

    def handle(self) -> Patch:
        """Return its entry of a legend."""
        return Patch(label=self.words, **self.look)


UNREPORTED = Phase(
    "unreported_ms",
    "unreported: network, placing, fetching the code",
    {"facecolor": "#E4E4E4", "edgecolor": GREY, "hatch": "...", "linewidth": 0.6},
)
INIT = Phase(
    "waited_init_ms",
    "INIT",
    {"facecolor": "white", "edgecolor": GREEN, "hatch": "/////", "linewidth": 1.0},
)
HANDLER = Phase(
    "duration_ms", "handler", {"facecolor": GREEN, "edgecolor": GREEN, "linewidth": 1.0}
)
PHASES = (UNREPORTED, INIT, HANDLER)


def phases(calls: pd.DataFrame) -> pd.DataFrame:
    """Split each call that has a report into the phases that its sender waited for.

    An initialisation ahead of the call took none of the sender's time, so it is 0 here. A restore
    from a snapshot counts as INIT.

    Returns
    -------
    pandas.DataFrame
        ``unreported_ms``, ``waited_init_ms``, ``duration_ms``, ``client_ms``; the calls' index.
    """
    reported = calls.dropna(subset=["duration_ms"])
    init = reported["init_ms"].where((reported["start"] == "cold").fillna(False), 0.0)
    return pd.DataFrame(
        {
            "unreported_ms": reported["residual_ms"].clip(lower=0),
            "waited_init_ms": init + reported["restore_ms"].fillna(0.0),
            "duration_ms": reported["duration_ms"],
            "client_ms": reported["client_ms"],
        }
    )


def spans(calls: pd.DataFrame) -> pd.DataFrame:
    """Say when each call's phases were, reckoned backwards from its answer.

    The time that nobody reports is put before INIT, although the answer's way back belongs to it.
    An initialisation ahead of the call is put where it was. No call ends after the next one in its
    environment began.

    Returns
    -------
    pandas.DataFrame
        ``init_at``, ``started_at``, ``ended_at`` (UTC) and ``init_end`` of the calls that have a
        report; the calls' index.
    """
    reported = calls.dropna(subset=["duration_ms"])
    started = reported["received_at"] - pd.to_timedelta(reported["duration_ms"], unit="ms")
    length = pd.to_timedelta(reported["init_ms"].fillna(reported["restore_ms"]), unit="ms")
    ahead = (reported["start"] == "proactive").fillna(False)
    init_end = started.where(~ahead, reported["initialized_at"])
    found = pd.DataFrame(
        {
            "init_at": init_end - length,
            "init_end": init_end,
            "started_at": started,
            "ended_at": reported["received_at"],
        }
    )
    found["ended_at"] = found["ended_at"].clip(upper=_next_start(found, reported["environment"]))
    return found


def _next_start(found: pd.DataFrame, environment: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    """Say when each call's environment took its next one: it runs one at a time."""
    order = found["started_at"].sort_values().index
    following = found.loc[order, "started_at"].groupby(environment.loc[order]).shift(-1)
    following = following.reindex(found.index)
    until: pd.Series[pd.Timestamp] = following.where(following.notna(), found["ended_at"])
    return until
