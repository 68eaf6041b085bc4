"""How long an execution that has ended is kept, with its history.

AWS keeps it for 90 days. Here an account of a Region keeps so many besides, the last ones that
ended, so that a server does not grow with each execution.
Source: Step Functions Developer Guide, "Service quotas" ("Execution history retention time").
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from labkit.sandbox.services.place import Place, here
from labkit.sandbox.upstream.stepfunctions import stepfunctions

SECONDS = 90 * 24 * 3600

MOST = 5_000
"""Executions that have ended, of an account in a Region."""

Execution = dict[str, Any]


class Ended:
    """The executions that have ended, in the order of their ends.

    Parameters
    ----------
    forget
        Called with each execution that is kept no longer.
    most
        How many are kept of an account in a Region.
    clock
        Tells the time in seconds.
    """

    def __init__(
        self,
        forget: Callable[[Execution], None],
        most: int = MOST,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._forget = forget
        self._most = most
        self._clock = clock
        self._ended: dict[Place, deque[tuple[float, Execution]]] = defaultdict(deque)
        self._lock = threading.Lock()

    def add(self, place: Place, execution: Execution) -> None:
        """Keep one more of an account and a Region."""
        with self._lock:
            self._ended[place].append((self._clock(), execution))
        self.forget_old(place)

    def forget_old(self, place: Place) -> None:
        """Forget those that are too old, or too many."""
        since = self._clock() - SECONDS
        while True:
            with self._lock:
                kept = self._ended[place]
                if not kept or (len(kept) <= self._most and kept[0][0] >= since):
                    return
                _, execution = kept.popleft()
            self._forget(execution)


def _forget(execution: Execution) -> None:
    """Remove an execution, and what its maps have noted of their runs."""
    arn = execution["executionArn"]
    if stepfunctions._executions.get(arn) is not execution:
        return  # its machine has gone, and perhaps there is another one by that name
    stepfunctions._executions.pop(arn, None)
    runs = stepfunctions._map_runs
    for run, record in list(runs.items()):
        if record["executionArn"] == arn:
            runs.pop(run, None)


_ended = Ended(_forget)


def ended(execution: Execution) -> None:
    """Note that an execution of the account in hand has ended."""
    _ended.add(here(), execution)


def forget_old() -> None:
    """Forget what the account in hand is not to find any more."""
    _ended.forget_old(here())
