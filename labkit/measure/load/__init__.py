"""Load on a service: when requests should be sent, and what became of each."""

from __future__ import annotations

from labkit.measure.load.arrivals import burst, poisson, steady, steps
from labkit.measure.load.open_loop import run_open_loop

__all__ = ["burst", "poisson", "run_open_loop", "steady", "steps"]
