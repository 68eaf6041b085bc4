"""Observability: a service to watch, its traces, alarms and dashboard drawn, faults to find."""

from __future__ import annotations

from labkit.labs.observability.dashboard_drawing import dashboard_drawing
from labkit.labs.observability.faults import WHAT, WHERE, inject, mend, report, reveal
from labkit.labs.observability.insights import ask
from labkit.labs.observability.orders import place_some, place_watched
from labkit.labs.observability.series import series
from labkit.labs.observability.service_map import service_map
from labkit.labs.observability.slo import burn_down
from labkit.labs.observability.state_history import state_history
from labkit.labs.observability.watched_service import watched_service
from labkit.measure.traces import new_trace, trace_of
from labkit.show.measurements.trace_waterfall import trace_waterfall

__all__ = [
    "WHAT",
    "WHERE",
    "ask",
    "burn_down",
    "dashboard_drawing",
    "inject",
    "mend",
    "new_trace",
    "place_some",
    "place_watched",
    "report",
    "reveal",
    "series",
    "service_map",
    "state_history",
    "trace_of",
    "trace_waterfall",
    "watched_service",
]
