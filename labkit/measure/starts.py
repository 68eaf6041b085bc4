"""How a call started: cold, proactive, suppressed, restored, warm or throttled, and what shows it.

Init Duration alone does not tell: an environment that was initialised ahead of any call reports it
too, and one that initialises again after a crash does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

STARTS = ("cold", "proactive", "suppressed", "restored", "warm", "throttled")

CLOCK_ERROR_S = 1.0
"""How far the sender's clock and Lambda's may differ, in seconds: NTP keeps both well within it."""

ENDS_THE_PROCESS = ("Runtime.ExitError", "Runtime.OutOfMemory", "Sandbox.Timedout")
"""Error types after which Lambda resets the environment in place (Lambda Developer Guide, Lambda
execution environment lifecycle, Failures during the invoke phase)."""


@dataclass(frozen=True)
class StartType:
    """How a call started.

    Attributes
    ----------
    kind : str or None
        One of `STARTS`; None where nothing tells.
    evidence : str
        What shows it.
    """

    kind: str | None
    evidence: str


@dataclass
class _History:
    """What earlier calls showed of the environments."""

    environments: set[str] = field(default_factory=set)
    instances: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)

    def add(self, call: dict[str, Any]) -> None:
        environment, instance = call["environment"], call["instance"]
        if instance is not None:
            self.instances.add(instance)
        if environment is not None:
            self.environments.add(environment)
            self.ended.discard(environment)
            if call["status"] == "timeout" or call["error_type"] in ENDS_THE_PROCESS:
                self.ended.add(environment)


def classify(calls: pd.DataFrame) -> list[StartType]:
    """Tell how each call started.

    ========== ================================================================================
    throttled  turned away with HTTP 429: it never started
    restored   the report names a Restore Duration: an environment from a snapshot (SnapStart)
    cold       Init Duration, and the initialisation began after the call was sent
    proactive  Init Duration, but the initialisation began before the call was sent: nobody waited
    suppressed no Init Duration, yet it initialised within the call: Duration contains it
    warm       no Init Duration, and nothing that speaks for an initialisation
    ========== ================================================================================

    Parameters
    ----------
    calls : pandas.DataFrame
        Of `labkit.measure.calls.CALL_COLUMNS`, oldest first: the calls before one are evidence too.

    Returns
    -------
    list of StartType
        One per call, in the same order.
    """
    history = _History()
    found = []
    for row in calls.to_dict("records"):
        call = {str(name): None if _missing(value) else value for name, value in row.items()}
        found.append(_classify(call, history))
        history.add(call)
    return found


def _missing(value: Any) -> bool:
    """Tell; of a list, such as a factor may be, pandas would ask each item."""
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _classify(call: dict[str, Any], history: _History) -> StartType:
    if call["status"] == "throttled":
        return StartType("throttled", f"HTTP 429, {call['error_type']}")
    if call["duration_ms"] is None:
        return StartType(None, "no readable report of the call")
    if call["restore_ms"] is not None:
        return StartType("restored", f"Restore Duration {call['restore_ms']:g} ms")
    if call["init_ms"] is not None:
        return _with_init(call)
    return _without_init(call, history)


def _with_init(call: dict[str, Any]) -> StartType:
    reported = f"Init Duration {call['init_ms']:g} ms"
    if call["initialized_at"] is None:
        return StartType("cold", f"{reported}; when it initialised is not known")
    after_s = _seconds(call["sent_at"], call["initialized_at"])
    if after_s < -CLOCK_ERROR_S:
        return StartType("proactive", f"{reported}; initialised {-after_s:.1f} s before the call")
    return StartType("cold", f"{reported}; initialised {after_s:.3f} s after the call was sent")


def _without_init(call: dict[str, Any], history: _History) -> StartType:
    environment, instance = call["environment"], call["instance"]
    if instance is not None and instance in history.instances:
        return StartType("warm", "no Init Duration; this instance served an earlier call")
    if instance is not None and environment in history.environments:
        return StartType(
            "suppressed", "no Init Duration, yet a new instance in an environment known before"
        )
    if environment in history.ended:
        return StartType(
            "suppressed", "no Init Duration, and the call before it had ended the environment"
        )
    if call["initialized_at"] is None:
        return StartType("warm", "no Init Duration")
    after_s = _seconds(call["sent_at"], call["initialized_at"])
    if after_s >= 0:
        return StartType(
            "suppressed", f"no Init Duration, yet initialised {after_s:.3f} s after it was sent"
        )
    ahead = f"no Init Duration; initialised {-after_s:.1f} s before the call"
    if call["initialization_type"] == "provisioned-concurrency":
        ahead += ", by provisioned concurrency"
    return StartType("warm", ahead)


def _seconds(earlier: datetime, later: datetime) -> float:
    return (later - earlier).total_seconds()
