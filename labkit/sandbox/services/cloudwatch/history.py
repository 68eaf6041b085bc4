"""What an alarm's history says of its states.

MiniStack writes that a new alarm changed from its state to the same, and not why the old one was.
Source: CloudWatch API Reference, DescribeAlarmHistory; the members as AWS answers them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from labkit.sandbox.upstream.cloudwatch import cloudwatch

Alarm = dict[str, Any]


def record(upstream: Callable[..., None], name: str, old: str, new: str, *more: Any) -> None:
    """Write a change of state, if it is one."""
    if old != new:
        upstream(name, old, new, *more)


def state_of(alarm: Alarm) -> dict[str, Any]:
    """Return what an alarm's history says of the state that it is in."""
    state = {"stateValue": alarm["StateValue"], "stateReason": alarm["StateReason"]}
    if alarm.get("StateReasonData"):
        state["stateReasonData"] = json.loads(alarm["StateReasonData"])
    return state


def record_states(alarm: Alarm, old: dict[str, Any]) -> None:
    """Write that an alarm has left a state, as `state_of` gave it."""
    value = alarm["StateValue"]
    cloudwatch._record_history(alarm["AlarmName"], old["stateValue"], value, alarm["StateReason"])
    entry = cloudwatch._history_entries()[-1]
    told = {"version": "1.0", "oldState": old, "newState": state_of(alarm)}
    entry["HistoryData"] = json.dumps(told, separators=(",", ":"))
