"""A worker on a Spot instance that is interrupted: which orders it finishes, which it loses."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labkit.labs.spot.metadata import MetadataService
from labkit.polling import wait_until

EVERY_S, EACH_S = 5.0, 30.0
"""An order comes so often, and takes so long, in seconds of the instance's clock."""
NOTICE_AFTER_S = 60.0

Drain = Callable[[str, Callable[[], None], Callable[[], None]], Any]
"""Takes the metadata service's address, and what stops and finishes the work."""


@dataclass(frozen=True)
class InterruptionOutcome:
    """What became of the orders.

    Attributes
    ----------
    taken, finished, lost : int
        Lost were those under way when the instance went.
    """

    taken: int
    finished: int
    lost: int


class Worker:
    """Takes an order every few seconds of a metadata service's clock, from its beginning on."""

    def __init__(self, metadata: MetadataService) -> None:
        self._metadata = metadata
        self._began = metadata.now()
        self._stopped_s = math.inf

    def stop(self) -> None:
        """Take no more orders."""
        self._stopped_s = min(self._stopped_s, self.seconds(self._metadata.now()))

    def finish(self) -> None:
        """Wait until no order is under way."""
        wait_until(
            lambda: not self.outcome(self._metadata.now()).lost,
            EACH_S / self._metadata.speed + 5,
            "the orders under way",
        )

    def seconds(self, when: datetime) -> float:
        """Give the seconds of the instance's clock since the worker began."""
        return (when - self._began).total_seconds()

    def outcome(self, when: datetime) -> InterruptionOutcome:
        """Say what became of the orders if the instance goes at this time."""
        seconds = self.seconds(when)
        taken = 1 + math.floor(min(seconds, self._stopped_s) / EVERY_S)
        finished = min(taken, max(0, 1 + math.floor((seconds - EACH_S) / EVERY_S)))
        return InterruptionOutcome(taken, finished, taken - finished)


def interrupted(drain: Drain | None = None, speed: float = 60.0) -> InterruptionOutcome:
    """Interrupt a Spot instance with a worker on it.

    Parameters
    ----------
    drain : callable, optional
        Runs beside the worker; without one nobody listens for the notice.
    speed : float
        How many of the instance's seconds pass in one of the wall's.

    Returns
    -------
    InterruptionOutcome
    """
    with MetadataService(speed) as metadata:
        worker = Worker(metadata)
        if drain is not None:
            listening = (metadata.url, worker.stop, worker.finish)
            threading.Thread(target=drain, args=listening, daemon=True).start()
        patience_s = 2 * NOTICE_AFTER_S / speed + 5
        wait_until(lambda: worker.seconds(metadata.now()) > NOTICE_AFTER_S, patience_s)
        ends = metadata.interrupt()
        wait_until(lambda: metadata.now() >= ends, 4 * patience_s)
        return worker.outcome(ends)
