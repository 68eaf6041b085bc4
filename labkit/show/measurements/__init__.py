"""Figures of measured calls: each takes the frame of `labkit.measure.calls` and gives a picture."""

from __future__ import annotations

from labkit.show.measurements.concurrency_limits import concurrency_and_limits
from labkit.show.measurements.distribution import distribution
from labkit.show.measurements.environment_lanes import environments
from labkit.show.measurements.slopes import block_slopes
from labkit.show.measurements.waterfall import waterfall

__all__ = [
    "block_slopes",
    "concurrency_and_limits",
    "distribution",
    "environments",
    "waterfall",
]
