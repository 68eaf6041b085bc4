"""Items that expire: still there for a while, then removed by DynamoDB itself.

AWS removes an expired item within some days. Here it goes between ten and fifteen seconds after its
time: late enough to be seen, and soon enough to be waited for. MiniStack takes a text for a time,
tells the table's stream nothing, and lets a setting be changed as often as one likes.
Source: DynamoDB Developer Guide, "Using time to live (TTL)"; API Reference, UpdateTimeToLive.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from labkit.sandbox.services.dynamodb import metrics, store

LATE_S = 10.0
"""How long an item stays after its time, at least."""

SWEEP_S = 5.0
"""How often is looked for items whose time has come."""

OLDEST_S = 5 * 365 * 24 * 3600
"""An item whose time lies further back stays: that is taken for a mistake. Source: the same."""

INTERVAL_S = 3600.0
"""How long a setting cannot be changed again. Source: API Reference, UpdateTimeToLive."""

ENABLED = "TimeToLive is already enabled"
DISABLED = "TimeToLive is already disabled"
OTHER = "TimeToLive is active on a different AttributeName: current AttributeName is {}"
OFTEN = "Time to live has been modified multiple times within a fixed interval"

_changed: dict[tuple[str, str, str], float] = {}


def start() -> None:
    """Begin to remove items whose time has come, in place of MiniStack."""
    threading.Thread(target=_sweep_on, daemon=True, name="labkit-expired-items").start()


def problem(
    request: dict[str, Any], current: str | None, scope: tuple[str, str, str]
) -> str | None:
    """Return why a table's setting cannot be changed as asked; None if it can.

    Parameters
    ----------
    current
        The attribute by which its items expire now; None if they do not.
    """
    asked = request.get("TimeToLiveSpecification") or {}
    attribute, enabled = asked.get("AttributeName"), asked.get("Enabled")
    if enabled and current == attribute:
        return ENABLED
    if not enabled and current is None:
        return DISABLED
    if current is not None and current != attribute:
        return OTHER.format(current)
    return OFTEN if time.monotonic() - _changed.get(scope, -INTERVAL_S) < INTERVAL_S else None


def changed(scope: tuple[str, str, str]) -> None:
    """Remember that a table's setting was changed just now."""
    _changed[scope] = time.monotonic()


def forget(scope: tuple[str, str, str]) -> None:
    """Forget a table that is deleted."""
    _changed.pop(scope, None)


def is_due(item: dict[str, Any], attribute: str, now: float) -> bool:
    """Say whether an item is to be removed: its time is a number, and has passed."""
    try:
        due = float(Decimal(item.get(attribute, {}).get("N", "NaN")))
    except InvalidOperation:
        return False
    return LATE_S <= now - due < OLDEST_S


def sweep(now: Callable[[], float] = time.time) -> None:
    """Remove every item whose time has come."""
    for scope, table, attribute in store.expiring():
        due = [item for item in store.items(table) if is_due(item, attribute, now())]
        for item in due:
            store.expire(scope, table, item)
        if due:
            with store.scope_of(*scope[:2]):
                metrics.expired(scope[2], len(due))


def _sweep_on() -> None:
    while True:
        time.sleep(SWEEP_S)
        sweep()
