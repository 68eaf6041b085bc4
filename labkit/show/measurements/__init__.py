"""Figures of measured calls: each takes the frame of `labkit.measure.calls` and gives a picture."""

from __future__ import annotations

from labkit.show.measurements.distribution import distribution
from labkit.show.measurements.environments import environments
from labkit.show.measurements.limits import concurrency_and_limits
from labkit.show.measurements.memory import memory_curve
from labkit.show.measurements.plausibility import plausibility
from labkit.show.measurements.slopes import block_slopes
from labkit.show.measurements.waterfall import waterfall

__all__ = [
    "block_slopes",
    "concurrency_and_limits",
    "distribution",
    "environments",
    "memory_curve",
    "plausibility",
    "waterfall",
]
