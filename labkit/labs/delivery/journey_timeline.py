"""An order's journey: one lane per service, one bar for each time it was there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, starmap

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from labkit.labs.delivery.time_scale import TimeScale, time_scale
from labkit.show.picture import Picture, picture
from labkit.show.style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    VERMILLION,
    WIDTH_IN,
    panels,
    style,
)
from labkit.show.words import count, duration

MOST_ORDERS = 4
CUSTOMER, QUEUE, FUNCTION, DEAD_LETTERS = LANES = (
    "customer",
    "SQS queue",
    "Lambda",
    "dead letters",
)
COLOURS = dict(zip(LANES, (BLUE, ORANGE, GREEN, PURPLE), strict=True))
MARKS = {
    "order.received": ("^", BLACK),
    "order.processed": ("o", BLACK),
    "order.failed": ("X", VERMILLION),
}
BAR_HEIGHT = 0.24
INIT_HATCH = "/////"
BACK = (0, (2, 2))
"""Line style: dashes and gaps in points."""
LABEL_PT = 9.0
LABEL_CHARACTER_IN = 0.6 * LABEL_PT / 72
"""Width of a character of DejaVu Sans, on average and rounded up."""
AXIS_IN = WIDTH_IN - 1.1
"""Width of the axis, without the names of the lanes."""


@dataclass(frozen=True)
class JourneyStay:
    """A time in a lane, in seconds from the order's first event.

    Attributes
    ----------
    kind : str
        "stay", "init" (an environment starts), "back" (in the queue, after an attempt).
    """

    lane: str
    begin: float
    end: float
    label: str = ""
    kind: str = "stay"


@dataclass(frozen=True)
class JourneyEvent:
    """One row of a journey; `at` in seconds from the order's first event."""

    at: float
    service: str
    name: str
    request_id: str
    detail: str


def timeline(journey: pd.DataFrame) -> Picture:
    """Draw the journeys of up to four orders, each from its own first event, all to one scale.

    Long pauses in which nothing happens, such as the reading of a text, are cut short.

    Parameters
    ----------
    journey : pandas.DataFrame
        As `labkit.labs.delivery.journey` returns it: ``order_id``, ``service``, ``event``, ``at``,
        ``request_id``, ``detail``.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If it holds no order, or more than four.
    """
    followed = _followed(journey)
    if not 1 <= len(followed) <= MOST_ORDERS:
        raise ValueError(
            f"This journey follows {count(len(followed), 'order')}; a timeline shows 1 to "
            f"{MOST_ORDERS}. Choose them with journey(..., order_ids=[...])."
        )
    lanes = [lane for lane in LANES if (journey["service"] == lane).any()]
    stays = {order_id: list(_stays(events)) for order_id, events in followed.items()}
    scale = time_scale(event.at for events in followed.values() for event in events)
    with style():
        figure, axes = panels(len(followed), 0.85 + len(followed) * (0.3 + 0.66 * len(lanes)))
        for axis, (order_id, events) in zip(axes, followed.items(), strict=True):
            axis.set_xlim(-0.01 * scale.width, 1.03 * scale.width)
            _draw(axis, lanes, [_placed(stay, scale) for stay in stays[order_id]], events, scale)
            axis.set_title(f"Order {order_id}", pad=16 if scale.pauses else 6)
            scale.mark(axis)
        axes[-1].set_xlabel(f"{scale.unit} since the order's first event")
        handles = _legend(followed.values(), stays.values())
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
        return picture(figure, " ".join(starmap(_sentence, stays.items())))


def _followed(journey: pd.DataFrame) -> dict[str, list[JourneyEvent]]:
    """Split a journey by order, the oldest event first."""
    orders: dict[str, list[JourneyEvent]] = {}
    for order_id, rows in journey.dropna(subset=["at"]).groupby("order_id", sort=False):
        rows = rows.sort_values("at", kind="stable")
        seconds = (rows["at"] - rows["at"].iloc[0]).dt.total_seconds()
        columns = (rows[name].fillna("") for name in ("service", "event", "request_id", "detail"))
        orders[str(order_id)] = [
            JourneyEvent(*values) for values in zip(seconds, *columns, strict=True)
        ]
    return orders


def _stays(events: Sequence[JourneyEvent]) -> Iterator[JourneyStay]:
    """Turn one order's events into stays."""
    yield from _customer([event for event in events if event.service == CUSTOMER])
    yield from _queue([event for event in events if event.service == QUEUE])
    if any(event.service == QUEUE for event in events):
        yield from _back(events)
    yield from _function(
        [event for event in events if event.name in ("INIT_START", "START", "END")]
    )
    yield from _dead_letters(events)


def _customer(events: Sequence[JourneyEvent]) -> Iterator[JourneyStay]:
    for sent, ending in pairwise(events):
        told = f"answered {ending.detail}" if ending.name == "answered" else "no answer"
        label = f"{told} after {duration(ending.at - sent.at)}"
        yield JourneyStay(CUSTOMER, sent.at, ending.at, label)


def _queue(events: Sequence[JourneyEvent]) -> Iterator[JourneyStay]:
    for enqueued, received in pairwise(events):
        if (enqueued.name, received.name) == ("enqueued", "received"):
            label = f"waited {duration(received.at - enqueued.at)}"
            yield JourneyStay(QUEUE, enqueued.at, received.at, label)


def _back(events: Sequence[JourneyEvent]) -> Iterator[JourneyStay]:
    """Find the times between attempts, when the order was back in the queue."""
    moves = [event for event in events if event.name in ("START", "END", "enqueued", "seen")]
    for ended, following in pairwise(moves):
        if ended.name == "END" and following.name in ("START", "seen"):
            label = f"back in the queue {duration(following.at - ended.at)}"
            yield JourneyStay(QUEUE, ended.at, following.at, label, "back")


def _function(events: Sequence[JourneyEvent]) -> Iterator[JourneyStay]:
    calls: dict[str, dict[str, float]] = {}
    for event in events:
        calls.setdefault(event.request_id, {})[event.name] = event.at
    started = [call for call in calls.values() if "START" in call]
    for attempt, call in enumerate(started, 1):
        label = f"try {attempt}: " if len(started) > 1 else ""
        ran = f"ran {duration(call['END'] - call['START'])}" if "END" in call else "still running"
        if "INIT_START" in call:
            label += f"init {duration(call['START'] - call['INIT_START'])}, {ran}"
            yield JourneyStay(FUNCTION, call["INIT_START"], call["START"], label, "init")
            label, ran = "", ""
        yield JourneyStay(FUNCTION, call["START"], call.get("END", call["START"]), label + ran)


def _dead_letters(events: Sequence[JourneyEvent]) -> Iterator[JourneyStay]:
    enqueued = [event.at for event in events if event.name == "enqueued"]
    for seen in (event.at for event in events if event.name == "seen"):
        redriven = next((at for at in enqueued if at > seen), None)
        if redriven is None:
            yield JourneyStay(DEAD_LETTERS, seen, seen, f"seen after {duration(seen)}")
        else:
            yield JourneyStay(
                DEAD_LETTERS, seen, redriven, f"redriven {duration(redriven - seen)} later"
            )


def _placed(stay: JourneyStay, scale: TimeScale) -> JourneyStay:
    """Return a stay with places on the axis for its times; its words keep them."""
    return replace(stay, begin=scale.place(stay.begin), end=scale.place(stay.end))


def _draw(
    axis: Axes,
    lanes: Sequence[str],
    stays: Sequence[JourneyStay],
    events: Sequence[JourneyEvent],
    scale: TimeScale,
) -> None:
    for stay in stays:
        _draw_stay(axis, lanes.index(stay.lane), stay)
    for event in events:
        if event.name in MARKS:
            marker, colour = MARKS[event.name]
            y = lanes.index(event.service)
            axis.plot(
                scale.place(event.at), y, marker, color=colour, ms=6, mec="white", mew=0.6, zorder=4
            )
    for y, lane in enumerate(lanes):
        _label(axis, y, [stay for stay in stays if stay.lane == lane])
    axis.set_ylim(len(lanes) - 0.45, -0.75)
    axis.set_yticks(range(len(lanes)), list(lanes))
    axis.tick_params(axis="y", length=0)
    axis.grid(visible=False, axis="y")


def _draw_stay(axis: Axes, y: int, stay: JourneyStay) -> None:
    colour = COLOURS[stay.lane]
    if stay.kind == "back":
        axis.plot([stay.begin, stay.end], [y, y], linestyle=BACK, color=colour)
        return
    inits = stay.kind == "init"
    axis.barh(
        y,
        stay.end - stay.begin,
        left=stay.begin,
        height=BAR_HEIGHT,
        facecolor="white" if inits else colour,
        edgecolor=colour,
        hatch=INIT_HATCH if inits else None,
    )
    if stay.lane == DEAD_LETTERS and stay.end == stay.begin:
        axis.plot(stay.begin, y, "D", color=colour, markersize=7)


def _label(axis: Axes, y: int, stays: Sequence[JourneyStay]) -> None:
    """Write each label above its bar, or below where there is no room; else leave it out."""
    left, right = axis.get_xlim()
    per_character = LABEL_CHARACTER_IN / AXIS_IN * (right - left)
    taken = {"above": left, "below": left}
    for stay in sorted((stay for stay in stays if stay.label), key=lambda stay: stay.begin):
        width = len(stay.label) * per_character
        begin = max(left, min(stay.begin, right - width))
        free = [side for side in taken if taken[side] <= begin]
        if not free:
            continue
        side = free[0]
        taken[side] = begin + width + per_character
        offset = -BAR_HEIGHT * 0.75 if side == "above" else BAR_HEIGHT * 0.75
        axis.text(
            begin,
            y + offset,
            stay.label,
            fontsize=LABEL_PT,
            va="bottom" if side == "above" else "top",
        )


def _legend(
    followed: Iterable[Sequence[JourneyEvent]], stays: Iterable[Sequence[JourneyStay]]
) -> list[Artist]:
    names = {event.name for events in followed for event in events}
    kinds = {stay.kind for several in stays for stay in several}
    handles: list[Artist] = [
        Line2D([], [], linestyle="", marker=marker, color=colour, label=name)
        for name, (marker, colour) in MARKS.items()
        if name in names
    ]
    if "init" in kinds:
        label = "environment starts"
        handles.append(Patch(facecolor="white", edgecolor=GREEN, hatch=INIT_HATCH, label=label))
    if "back" in kinds:
        label = "back in the queue"
        handles.append(Line2D([], [], linestyle=BACK, color=ORANGE, label=label))
    return handles


def _sentence(order_id: str, stays: Sequence[JourneyStay]) -> str:
    told = sorted((stay for stay in stays if stay.label), key=lambda stay: stay.begin)
    parts = [f"{stay.lane}: {stay.label}" for stay in told]
    return f"Journey of order {order_id}. {'; '.join(parts)}."
