"""A deployment over time: weights, orders by version, failures, the alarm, lifecycle events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from labkit.show.picture import Picture, picture
from labkit.show.style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILLION, panels, style
from labkit.show.words import count

LOOKS = ((BLUE, ""), (ORANGE, "///"), (GREEN, "..."))
"""Colour and hatch of each version, the oldest first."""

BIN_S = 1.0
"""Width of a bar of orders, in seconds."""

ALARM_COLOURS = {"OK": "#D9EFE7", "ALARM": "#F6D9C8", "INSUFFICIENT_DATA": "#EEEEEE"}
EVENT_WORDS = {
    "BeforeAllowTraffic": "before",
    "AllowTraffic": "shift",
    "AfterAllowTraffic": "after",
}

Looks = dict[str, tuple[str, str]]
"""By version, its colour and hatch."""


def deployment_timeline(seen: pd.DataFrame, met: pd.DataFrame, events: pd.DataFrame) -> Picture:
    """Draw a deployment.

    Parameters
    ----------
    seen, events : pandas.DataFrame
        As `labkit.labs.deployments.DeploymentWatch` returns them.
    met : pandas.DataFrame
        As `labkit.labs.deployments.met_versions` returns it.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If nothing was seen.
    """
    if seen.empty:
        raise ValueError("Nothing was seen: was the deployment begun while somebody watched?")
    origin, end = _frame(seen, events)
    versions = sorted({*seen["main"].dropna(), *seen["other"].dropna()}, key=int)
    looks = dict(zip(versions, LOOKS, strict=False))
    with style():
        figure, axes = panels(3, 5.0)
        _draw_weights(axes[0], seen, origin, looks)
        _draw_orders(axes[1], met, origin, looks)
        _draw_events(axes[2], seen, events, origin)
        axes[2].set_xlim(0, (end - origin).total_seconds())
        axes[2].set_xlabel("seconds since just before the deployment")
        figure.legend(handles=_legend(looks, met), loc="outside lower center", ncols=3)
        return picture(figure, _words(seen, met, events, versions, origin))


def _frame(seen: pd.DataFrame, events: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return from when to when the picture goes: a little before and after the deployments."""
    first, last = events["begin"].min(), events["end"].max()
    if pd.isna(first):
        return seen["at"].min(), seen["at"].max()
    margin = pd.Timedelta(seconds=2)
    return max(seen["at"].min(), first - margin), min(seen["at"].max(), last + 2 * margin)


def _seconds(times: Any, origin: pd.Timestamp) -> Any:
    return (times - origin).dt.total_seconds()


def _draw_weights(axis: Axes, seen: pd.DataFrame, origin: pd.Timestamp, looks: Looks) -> None:
    axis.set_title("share of calls that each version is to get")
    for begin, end, row in _states(seen, origin):
        bottom = 0.0
        for version, (colour, hatch) in looks.items():
            share = {row.main: 1 - row.weight, row.other: row.weight}.get(version, 0.0) * 100
            if share:
                axis.bar(
                    begin, share, end - begin, bottom=bottom, align="edge", linewidth=0.8,
                    facecolor="white" if hatch else colour, edgecolor=colour, hatch=hatch,
                )  # fmt: skip
            bottom += share
    axis.set_ylim(0, 100)
    axis.set_yticks([0, 50, 100], ["0 %", "50 %", "100 %"])


def _states(seen: pd.DataFrame, origin: pd.Timestamp) -> Iterator[tuple[float, float, Any]]:
    """Yield from when to when, in seconds, the alias's weights stayed as a look found them."""
    weights = seen[["main", "other", "weight"]].astype(object).fillna("")
    changed = weights.ne(weights.shift()).any(axis="columns")
    rows = list(seen[changed].itertuples())
    ends = [*(row.at for row in rows[1:]), seen["at"].iloc[-1]]
    for row, end in zip(rows, ends, strict=True):
        yield _seconds_of(row.at, origin), _seconds_of(end, origin), row


def _seconds_of(time: Any, origin: pd.Timestamp) -> float:
    return float((time - origin).total_seconds())


def _draw_orders(axis: Axes, met: pd.DataFrame, origin: pd.Timestamp, looks: Looks) -> None:
    axis.set_title("times that an order met a version, in each second")
    if met.empty:
        return
    bins = (_seconds(met["at"], origin) // BIN_S) * BIN_S
    bottom = pd.Series(0.0, index=sorted(bins.unique()))
    for version, (colour, hatch) in looks.items():
        counted = bins[met["version"].eq(version).fillna(False)].value_counts()
        height = counted.reindex(bottom.index, fill_value=0)
        axis.bar(
            bottom.index, height, BIN_S * 0.9, bottom=bottom, align="edge",
            facecolor="white" if hatch else colour, edgecolor=colour, hatch=hatch,
            linewidth=[0.8 if one else 0.0 for one in height],
        )  # fmt: skip
        bottom = bottom + height
    failed = met["outcome"].eq("failed").fillna(False)
    tops = bottom.reindex(bins[failed].unique())
    axis.plot(
        tops.index + BIN_S / 2, tops + bottom.max() * 0.08, "X", color=VERMILLION, ms=8,
        mec="white", mew=0.8,
    )  # fmt: skip
    axis.set_ylim(0, bottom.max() * 1.25)
    axis.yaxis.set_major_locator(MaxNLocator(3, integer=True))


def _draw_events(
    axis: Axes, seen: pd.DataFrame, events: pd.DataFrame, origin: pd.Timestamp
) -> None:
    axis.set_title("the deployment's events, and below them the alarm")
    deployments = list(dict.fromkeys(events["deployment"]))
    for row, deployment in enumerate(deployments):
        for event in events[events["deployment"] == deployment].itertuples():
            if not pd.isna(event.begin):
                _draw_event(axis, row, event, origin)
    lane = len(deployments)
    _draw_alarm(axis, lane, seen, origin)
    names = ["rollback" if row else "deployment" for row in range(lane)]
    axis.set_yticks(range(lane + 1), [*names, "alarm"])
    axis.set_ylim(lane + 0.6, -0.6)
    axis.grid(visible=False, axis="y")
    axis.tick_params(axis="y", length=0)


def _draw_event(axis: Axes, row: int, event: Any, origin: pd.Timestamp) -> None:
    begin = (event.begin - origin).total_seconds()
    end = begin if pd.isna(event.end) else (event.end - origin).total_seconds()
    failed = event.status == "Failed"
    colour = VERMILLION if failed else GREY
    axis.barh(row, max(end - begin, 0.12), left=begin, height=0.5, facecolor=colour)
    if end - begin > 1.5:
        word = EVENT_WORDS[event.event] + (" ✗ stopped" if failed else " ✓")
        axis.text(
            (begin + end) / 2, row, word, ha="center", va="center", color="white", fontsize=8.5
        )


def _draw_alarm(axis: Axes, lane: int, seen: pd.DataFrame, origin: pd.Timestamp) -> None:
    changed = seen["alarm"].ne(seen["alarm"].shift()).fillna(True)
    starts = list(seen.index[changed])
    for number, start in enumerate(starts):
        after = starts[number + 1] if number + 1 < len(starts) else seen.index[-1]
        begin = (seen["at"][start] - origin).total_seconds()
        width = (seen["at"][after] - seen["at"][start]).total_seconds()
        state = str(seen["alarm"][start])
        axis.barh(lane, width, left=begin, height=0.5, facecolor=ALARM_COLOURS[state],
                  edgecolor=GREY, linewidth=0.6)  # fmt: skip
        if width > 1.5 and begin + width > 0:
            word = {"INSUFFICIENT_DATA": "no data"}.get(state, state)
            axis.text(max(begin, 0) + 0.3, lane, word, va="center", color=BLACK, fontsize=8.5)


def _legend(looks: Looks, met: pd.DataFrame) -> list[Artist]:
    handles: list[Artist] = [
        Patch(facecolor="white" if hatch else colour, edgecolor=colour, hatch=hatch,
              label=f"version {version}")
        for version, (colour, hatch) in looks.items()
    ]  # fmt: skip
    if met["outcome"].eq("failed").any():
        handles.append(
            Line2D([], [], linestyle="", marker="X", color=VERMILLION, label="a call failed")
        )
    return handles


def _words(
    seen: pd.DataFrame,
    met: pd.DataFrame,
    events: pd.DataFrame,
    versions: list[str],
    origin: pd.Timestamp,
) -> str:
    """Say what the picture shows."""
    said = []
    for version in versions:
        mine = met[met["version"].eq(version).fillna(False)]
        failed = int(mine["outcome"].eq("failed").sum())
        said.append(f"version {version} met {count(len(mine), 'order')}, {failed} failed")
    highest = float(seen["weight"].max())
    last = seen.iloc[-1]
    alarm = seen.loc[seen["alarm"].eq("ALARM").fillna(False), "at"]
    alarmed = (
        f"the alarm went off after {(alarm.min() - origin).total_seconds():.0f} s"
        if len(alarm)
        else "the alarm stayed quiet"
    )
    rolled = " and rolled back" if events["deployment"].nunique() > 1 else ""
    status = "stopped" + rolled if events["status"].eq("Failed").any() else "completed"
    return (
        f"A deployment, {status}: at the end version {last['main']} gets all calls; the second "
        f"version had a share of up to {highest:.0%} while both served. "
        f"{'; '.join(said)}; {alarmed}."
    )
