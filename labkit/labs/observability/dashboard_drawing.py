"""A dashboard, drawn from the same body that PutDashboard got.

Text, metric and alarm widgets are drawn; of others the title is.
Source: CloudWatch API Reference, "Dashboard body structure and syntax".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labkit.labs.observability.series import series
from labkit.show.picture import Picture, picture
from labkit.show.style import DRAWN_DPI, GREEN, GREY, LINES, VERMILLION, WIDTH_IN, style

COLUMNS = 24
"""Of a dashboard."""
ROW_IN = 0.46
EDGES_IN = {"metric": (0.42, 0.42, 0.12, 0.34), "alarm": (0.12, 0.05, 0.05, 0.34)}
"""Room left, below, right and above of the axes of a widget, in inches; others have none."""
SAME = "."
"""In a metric: as in the metric before."""

Widget = Mapping[str, Any]


def dashboard_drawing(cloudwatch: Any, name: str, minutes: float = 10) -> Picture:
    """Read a dashboard back, and draw its widgets with the data of the last minutes.

    Parameters
    ----------
    cloudwatch
        A boto3 client.
    name : str
        The dashboard's name.
    minutes : float
        How far back to look.

    Returns
    -------
    Picture
    """
    body = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
    widgets = body["widgets"]
    height = max(widget["y"] + widget["height"] for widget in widgets)
    words = []
    with style():
        figure = Figure(figsize=(WIDTH_IN, ROW_IN * height), dpi=DRAWN_DPI)
        for widget in widgets:
            axis = figure.add_axes(_place(widget, height))
            words.append(_draw(axis, widget, cloudwatch, minutes))
        return picture(figure, f"A dashboard of {len(widgets)} widgets. {' '.join(words)}")


def queries_of(metrics: Sequence[Sequence[Any]], properties: Widget) -> list[dict[str, Any]]:
    """Return the metrics of a widget as queries of GetMetricData.

    Parameters
    ----------
    metrics : sequence
        As in a dashboard's body: namespace, name, then dimensions' names and values; ``.`` is what
        stood there in the metric before; a mapping at the end says more, an expression too.
    properties
        The widget's own period and statistic.
    """
    found: list[dict[str, Any]] = []
    before: list[Any] = []
    for number, metric in enumerate(metrics):
        more = dict(metric[-1]) if isinstance(metric[-1], Mapping) else {}
        named = list(metric[:-1] if more or isinstance(metric[-1], Mapping) else metric)
        named = [before[i] if word == SAME else word for i, word in enumerate(named)]
        before = named or before
        identity = more.get("id", f"m{number + 1}")
        label = more.get("label") or (named[1] if len(named) > 1 else identity)
        common = {"Id": identity, "Label": label, "ReturnData": more.get("visible", True)}
        if "expression" in more:
            found.append(common | {"Expression": more["expression"]})
            continue
        pairs = zip(named[2::2], named[3::2], strict=True)
        found.append(
            common
            | {
                "MetricStat": {
                    "Metric": {
                        "Namespace": named[0],
                        "MetricName": named[1],
                        "Dimensions": [{"Name": name, "Value": value} for name, value in pairs],
                    },
                    "Period": more.get("period", properties.get("period", 60)),
                    "Stat": more.get("stat", properties.get("stat", "Average")),
                }
            }
        )
    return found


def _place(widget: Widget, height: int) -> tuple[float, float, float, float]:
    """Return where a widget's axes are: left, bottom, width, height, as shares of the figure."""
    left, below, right, above = EDGES_IN.get(widget["type"], (0.12, 0.0, 0.0, 0.0))
    column_in, whole_in = WIDTH_IN / COLUMNS, ROW_IN * height
    x, wide = widget["x"] * column_in + left, widget["width"] * column_in - left - right
    top = widget["y"] * ROW_IN + above
    tall = widget["height"] * ROW_IN - above - below
    return x / WIDTH_IN, 1 - (top + tall) / whole_in, wide / WIDTH_IN, tall / whole_in


def _draw(axis: Axes, widget: Widget, cloudwatch: Any, minutes: float) -> str:
    properties = widget["properties"]
    draw = {"text": _text, "alarm": _alarms, "metric": _metrics}.get(widget["type"], _other)
    return draw(axis, properties, cloudwatch, minutes)


def _text(axis: Axes, properties: Widget, cloudwatch: Any, minutes: float) -> str:
    axis.set_axis_off()
    plain = properties["markdown"].lstrip("# ").replace("**", "")
    axis.text(0, 0.5, plain, va="center", fontsize=10, fontweight="bold", wrap=True)
    return f"Text: {plain}."


def _alarms(axis: Axes, properties: Widget, cloudwatch: Any, minutes: float) -> str:
    axis.set_axis_off()
    names = [arn.rpartition(":alarm:")[2] for arn in properties["alarms"]]
    answer = cloudwatch.describe_alarms(
        AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    found = [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]
    states = {one["AlarmName"]: one["StateValue"] for one in found}
    axis.set_title(properties.get("title", "Alarms"))
    told = []
    for number, name in enumerate(names):
        state = states.get(name, "deleted")
        colour = {"OK": GREEN, "ALARM": VERMILLION}.get(state, GREY)
        mark = {"OK": "✓", "ALARM": "✗"}.get(state, "–")
        short = name.rpartition("-")[2]
        y = 0.88 - number * min(0.24, 0.9 / len(names))
        axis.text(0, y, f"{mark} {short}: {state}", color=colour, fontsize=9, va="center")
        told.append(f"{short} is {state}")
    return f"{properties.get('title', 'Alarms')}: {', '.join(told)}."


def _metrics(axis: Axes, properties: Widget, cloudwatch: Any, minutes: float) -> str:
    frame = series(cloudwatch, queries_of(properties["metrics"], properties), minutes)
    title = properties.get("title", "")
    axis.set_title(title)
    axis.tick_params(labelsize=8)
    told = []
    now = pd.Timestamp.now("UTC")
    for (label, points), (colour, dashes) in zip(
        frame.groupby("series", sort=False), LINES * 3, strict=False
    ):
        ago = (points["at"] - now).dt.total_seconds() / 60
        axis.plot(ago, points["value"], color=colour, linestyle=dashes, marker=".", label=label)
        told.append(f"{label} at last {points['value'].iloc[-1]:g}")
    if told:
        axis.legend(fontsize=7.5, loc="best")
    else:
        axis.text(0.5, 0.5, "no data", transform=axis.transAxes, ha="center", color=GREY)
    axis.set_ylim(bottom=0)
    axis.set_xlabel("minutes ago", fontsize=8, labelpad=1)
    axis.xaxis.set_major_formatter(lambda minutes, _: f"{abs(minutes):g}")
    return f"{title}: {', '.join(told) or 'no data'}."


def _other(axis: Axes, properties: Widget, cloudwatch: Any, minutes: float) -> str:
    axis.set_axis_off()
    axis.set_title(properties.get("title", ""))
    return f"{properties.get('title', 'A widget')} is not drawn here."
