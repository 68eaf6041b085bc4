"""Alarms over time: a lane for each, with the state that it was in."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from labkit.show.picture import Picture, picture
from labkit.show.style import GREEN, GREY, VERMILLION, panels, style
from labkit.show.words import duration

LOOKS: dict[str, dict[str, Any]] = {
    "OK": {"facecolor": GREEN, "edgecolor": GREEN},
    "ALARM": {"facecolor": "white", "edgecolor": VERMILLION, "hatch": "xxx"},
    "INSUFFICIENT_DATA": {"facecolor": "white", "edgecolor": GREY, "hatch": "..."},
}
WORDS = {"OK": "OK", "ALARM": "ALARM", "INSUFFICIENT_DATA": "insufficient data"}
HEIGHT = 0.5


@dataclass(frozen=True)
class Stay:
    """A time that an alarm was in a state; `begin` and `end` in seconds since the first."""

    state: str
    begin: float
    end: float


def state_history(cloudwatch: Any, alarms: Sequence[str]) -> Picture:
    """Draw which state each alarm was in, from their histories.

    Parameters
    ----------
    cloudwatch
        A boto3 client.
    alarms : sequence of str
        Names of alarms, composite ones among them.

    Returns
    -------
    Picture
    """
    now = dt.datetime.now(dt.UTC)
    changes = {name: _changes(cloudwatch, name) for name in alarms}
    begin = min((at for found in changes.values() for at, _ in found), default=now)
    stays = {name: _stays(found, begin, now) for name, found in changes.items()}
    with style():
        figure, (axis,) = panels(1, 1.1 + 0.42 * len(alarms))
        for y, (_name, found) in enumerate(stays.items()):
            _draw(axis, y, found)
        axis.set_ylim(len(alarms) - 0.4, -0.6)
        axis.set_yticks(range(len(alarms)), [name.rpartition("-")[2] for name in stays])
        axis.tick_params(axis="y", length=0)
        axis.grid(visible=False, axis="y")
        axis.set_xlabel("seconds since the first of them was made")
        seen = {stay.state for found in stays.values() for stay in found}
        handles = [Patch(label=WORDS[s], **look) for s, look in LOOKS.items() if s in seen]
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
        return picture(figure, _words(stays))


def _changes(cloudwatch: Any, name: str) -> list[tuple[dt.datetime, str]]:
    """Return when an alarm came into which state, the first from its making."""
    types = ["MetricAlarm", "CompositeAlarm"]
    answer = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=types)
    now = [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]
    newest_first = cloudwatch.describe_alarm_history(
        AlarmName=name, AlarmTypes=types, HistoryItemType="StateUpdate"
    )["AlarmHistoryItems"]
    items = reversed(newest_first)
    found = [(item["Timestamp"], _state_in(item)) for item in items]
    found = sorted(((at, state) for at, state in found if state), key=lambda change: change[0])
    made = [(one["AlarmConfigurationUpdatedTimestamp"], "INSUFFICIENT_DATA") for one in now]
    return [*(one for one in made if not found or one[0] < found[0][0]), *found]


def _state_in(item: dict[str, Any]) -> str:
    """Return the state that an item of the history tells of."""
    try:
        return str(json.loads(item.get("HistoryData") or "{}")["newState"]["stateValue"])
    except (ValueError, KeyError):
        last = item.get("HistorySummary", "").rpartition(" to ")[2].strip()
        return last if last in LOOKS else ""


def _stays(
    changes: list[tuple[dt.datetime, str]], begin: dt.datetime, now: dt.datetime
) -> list[Stay]:
    ends = [at for at, _ in changes[1:]] + [now]
    return [
        Stay(state, (at - begin).total_seconds(), (end - begin).total_seconds())
        for (at, state), end in zip(changes, ends, strict=True)
    ]


def _draw(axis: Axes, y: int, stays: Sequence[Stay]) -> None:
    for stay in stays:
        axis.barh(y, stay.end - stay.begin, left=stay.begin, height=HEIGHT, **LOOKS[stay.state])


def _words(stays: dict[str, list[Stay]]) -> str:
    told = [
        f"{name.rpartition('-')[2]}: "
        + ", then ".join(f"{WORDS[s.state]} for {duration(max(s.end - s.begin, 0))}" for s in found)
        for name, found in stays.items()
        if found
    ]
    return f"States of {len(stays)} alarms. {'. '.join(told)}."
