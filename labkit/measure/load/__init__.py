"""Load on a service: when requests should be sent, and what became of each."""

from __future__ import annotations

from labkit.measure.load.arrivals import burst, poisson, ramp, steady, steps
from labkit.measure.load.open_loop import run_open_loop
from labkit.measure.load.punctuality import Punctuality, punctuality

__all__ = [
    "Punctuality",
    "burst",
    "poisson",
    "punctuality",
    "ramp",
    "run_open_loop",
    "steady",
    "steps",
]
