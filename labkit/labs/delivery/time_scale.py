"""A time axis on which long pauses, in which nothing happens, are cut short and named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from labkit.show.style import GREY
from labkit.show.words import duration

SHORTEST_PAUSE_S = 15.0
"""A shorter one is shown as long as it is, in seconds: visibility timeouts of the lessons are."""
SHARE = 0.4
"""A pause is cut if it takes more of the axis than this."""
CUT = 0.14
"""What is left of it, as a part of the time that is not cut."""
TICKS = 7
MINUTES_FROM_S = 120.0
"""From here on the axis counts minutes and seconds."""


@dataclass(frozen=True)
class TimeScale:
    """Places of times (s) on an axis; without `pauses` a place is the time itself.

    Attributes
    ----------
    longest
        The last time.
    pauses
        Begin and end of each stretch that is cut short, in order.
    """

    longest: float
    pauses: tuple[tuple[float, float], ...] = ()

    @cached_property
    def active(self) -> float:
        """All the time that is not cut, in seconds."""
        return self.longest - sum(end - begin for begin, end in self.pauses)

    @property
    def width(self) -> float:
        """Where the axis ends."""
        return self.place(self.longest)

    def place(self, at: float) -> float:
        """Return where a time stands."""
        place = at
        for begin, end in self.pauses:
            within = max(0.0, min(at, end) - begin)
            place -= within - within / (end - begin) * CUT * self.active
        return place

    def mark(self, axis: Axes) -> None:
        """Put ticks on an axis, and say of each pause how long it is."""
        ticks = self._ticks()
        axis.set_xticks([self.place(at) for at in ticks], [self._written(at) for at in ticks])
        for begin, end in self.pauses:
            left, right = self.place(begin), self.place(end)
            axis.axvspan(left, right, facecolor="#ECECEC", hatch="//", edgecolor="white", zorder=0)
            axis.annotate(
                duration(end - begin),
                ((left + right) / 2, 1),
                xycoords=("data", "axes fraction"),
                ha="center",
                va="bottom",
                fontsize=8.5,
                color=GREY,
            )

    @property
    def unit(self) -> str:
        """What the numbers at the ticks count."""
        if self.longest >= MINUTES_FROM_S:
            return "minutes:seconds"
        return "milliseconds" if self.longest < 1 else "seconds"

    def _ticks(self) -> list[float]:
        """Return round times in each stretch that is not cut, at least one where there is room."""
        edges = [0.0, *(edge for pause in self.pauses for edge in pause), self.longest]
        found = []
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            wanted = max(1, round(TICKS * (end - begin) / max(self.active, 1e-9)))
            ticks = MaxNLocator(wanted, steps=[1, 2, 5, 10]).tick_values(begin, end)
            found += [float(at) for at in ticks if begin <= at <= end] or [begin]
        return self._apart(found)

    def _apart(self, ticks: list[float]) -> list[float]:
        """Leave out ticks whose numbers would touch, or be the same."""
        kept: list[float] = []
        for at in ticks:
            if not kept or self.place(at) - self.place(kept[-1]) > 0.07 * self.width:
                kept.append(at)
        return kept

    def _written(self, at: float) -> str:
        if self.longest >= MINUTES_FROM_S:
            return f"{int(at // 60)}:{at % 60:02.0f}"
        return f"{at * 1000 if self.longest < 1 else at:g}"


def time_scale(times: Iterable[float]) -> TimeScale:
    """Return a scale for the times (s) at which something happens, from 0 on."""
    known = sorted({0.0, *times})
    longest = known[-1] or 1e-3
    left, pauses = longest, []
    for begin, end in sorted(pairwise(known), key=lambda gap: gap[0] - gap[1]):
        if end - begin < SHORTEST_PAUSE_S or end - begin < SHARE * left:
            break
        pauses.append((begin, end))
        left -= end - begin
    return TimeScale(longest, tuple(sorted(pauses)) if left > 0 else ())
