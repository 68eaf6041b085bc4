"""A month's bill: one line per way of doing it and part of what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from labkit.prices import HOURS_A_MONTH, Quantity, Sheet, Unit

MONTH = Quantity(HOURS_A_MONTH, Unit.HOUR)


def zone_hours(zones: int) -> Quantity:
    """Give a month in each of these Availability Zones."""
    return Quantity(HOURS_A_MONTH * zones, Unit.AZ_HOUR)


@dataclass(frozen=True)
class Line:
    """One part of what one way of doing it costs.

    Attributes
    ----------
    way : str
        Such as ``"NAT gateway"``.
    part : str
        What is paid for, such as ``"hours"``.
    usd : float
        In a month.
    """

    way: str
    part: str
    usd: float


@dataclass(frozen=True)
class Use:
    """How much of one item is used, in one Region."""

    part: str
    item: str
    region: str
    used: Quantity

    def line(self, way: str, prices: Sheet) -> Line:
        """Price it."""
        return Line(way, self.part, prices.price(self.item, self.region).cost(self.used))


def bill(ways: Mapping[str, Sequence[Use]], prices: Sheet) -> pd.DataFrame:
    """Price each way.

    Returns
    -------
    pandas.DataFrame
        ``way``, ``part``, ``usd`` (a month).
    """
    lines = [use.line(way, prices) for way, uses in ways.items() for use in uses]
    return pd.DataFrame([vars(line) for line in lines], columns=["way", "part", "usd"])


def totals(costs: pd.DataFrame) -> pd.Series[float]:
    """Sum a bill by way, in USD a month, in the bill's order."""
    return costs.groupby("way", sort=False)["usd"].sum()


def curve(month: Callable[[float], pd.DataFrame], gb: Iterable[float]) -> pd.DataFrame:
    """Follow a bill over the amount of data.

    Parameters
    ----------
    month : callable
        Gives the bill for so many GB a month.
    gb : iterable of float
        The amounts.

    Returns
    -------
    pandas.DataFrame
        ``gb``, ``way``, ``usd`` (a month, all parts).
    """
    frames = [totals(month(amount)).reset_index().assign(gb=amount) for amount in gb]
    return pd.concat(frames, ignore_index=True)[["gb", "way", "usd"]]


def break_even_gb(fixed_usd: float, saved_usd_per_gb: float) -> float:
    """Say from how many GB a month a fixed cost is earned back by what each GB saves.

    Parameters
    ----------
    fixed_usd : float
        A month; zero or less if there is none to earn back.
    saved_usd_per_gb : float

    Returns
    -------
    float
        GB a month: 0 if it pays at once, infinity if it never does.
    """
    if fixed_usd <= 0 <= saved_usd_per_gb:
        return 0.0
    return fixed_usd / saved_usd_per_gb if saved_usd_per_gb > 0 else float("inf")
