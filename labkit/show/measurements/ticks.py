"""Ticks of logarithmic axes that can be read: 10, 20, 50, 100."""

from __future__ import annotations

from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator, NullLocator


def log_ticks(axis: Axis) -> None:
    """Put ticks at 1, 2 and 5 of each power of ten, written out."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter("{x:,g}")
