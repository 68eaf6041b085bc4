"""Rules of AWS that the sandbox lacks, kept in front of it on a virtual clock.

Deletions that show only later, and calls that AWS takes only so often.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from labkit.clock import clock
from tests.faults.injector import error, operation, reads
from tests.unit.fault_proxy import Forged, Lost, Passed, Seen


@dataclass
class OnePer:
    """AWS takes a call only so often; between, it is turned away undone.

    Attributes
    ----------
    apart_s
        Least time between two, in seconds of the clock in use.
    matches
        Which requests.
    refused, taken
        How many were turned away, and when the others were taken (virtual seconds).
    """

    apart_s: float
    matches: Callable[[Seen], bool]
    refused: int = 0
    taken: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Seen) -> Forged | Lost | Passed | None:
        if not self.matches(request):
            return None
        with self._lock:
            now = clock().monotonic()
            if self.taken and now - self.taken[-1] < self.apart_s:
                self.refused += 1
                return error(request, 429, "TooManyRequestsException")
            self.taken.append(now)
            return None


@dataclass
class Ghosts:
    """After a deletion, reads go on giving what they gave before, for some seconds.

    Attributes
    ----------
    seconds
        How long, on the clock in use.
    shown
        How many stale answers were given.
    """

    seconds: float
    shown: int = 0
    _before: dict[tuple[str, str, bytes], Forged] = field(default_factory=dict)
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, request: Seen, answer: Forged) -> Forged:
        """Remember true answers, and give stale ones for a while after each deletion."""
        key = (request.method, request.path, request.body)
        with self._lock:
            now = clock().monotonic()
            if not reads(request):
                if "Delete" in operation(request) or request.method == "DELETE":
                    self._until = now + self.seconds
                return answer
            if now < self._until and key in self._before:
                self.shown += 1
                return self._before[key]
            if answer.status < 300:
                self._before[key] = answer
            return answer


def deletes_rest_api(request: Seen) -> bool:
    """Tell whether a request is DeleteRestApi."""
    return (
        request.method == "DELETE"
        and request.path.startswith("/restapis/")
        and request.path.count("/") == 2
    )
