"""Whether a load was what it was meant to be: which requests left late, and which not at all."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

LATE_AFTER_MS = 10.0
"""A timer of an ordinary system is off by a millisecond or two; what is later had to wait here."""


@dataclass(frozen=True)
class Punctuality:
    """How a load kept to its schedule.

    Attributes
    ----------
    planned, dropped : int
        Requests on the schedule, and those of them that were never sent.
    late : int
        Requests sent later than `late_after_ms`.
    late_after_ms : float
    median_ms, worst_ms : float
        How late requests were sent, in ms; NaN where none was.
    """

    planned: int
    dropped: int
    late: int
    late_after_ms: float
    median_ms: float
    worst_ms: float

    @property
    def kept(self) -> bool:
        """Whether every request was sent, and none late."""
        return not (self.dropped or self.late)

    def __str__(self) -> str:
        return (
            f"{self.planned} requests planned, {self.dropped} dropped, {self.late} sent more than "
            f"{self.late_after_ms:g} ms late (median {self.median_ms:.1f} ms, at worst "
            f"{self.worst_ms:.1f} ms)"
        )


def punctuality(load: pd.DataFrame, late_after_ms: float = LATE_AFTER_MS) -> Punctuality:
    """Say how a load kept to its schedule.

    Where it did not, the service met another load than was meant, and what was measured holds for
    that one. Usual reasons: too few threads or connections on this side, or no free processor.

    Parameters
    ----------
    load : pandas.DataFrame
        As `run_open_loop` or `labkit.measure.calls.calls_under_load` gives it.
    late_after_ms : float
        What counts as late.
    """
    late_ms = load["late_ms"]
    ending = load["outcome" if "outcome" in load else "status"]
    return Punctuality(
        planned=len(load),
        dropped=int((ending == "not sent").sum()),
        late=int((late_ms > late_after_ms).sum()),
        late_after_ms=late_after_ms,
        median_ms=float(late_ms.median()),
        worst_ms=float(late_ms.max()),
    )
