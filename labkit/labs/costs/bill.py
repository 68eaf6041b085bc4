"""A month's bill: one line per way of doing it and part of what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from labkit.prices import HOURS_A_MONTH, Quantity, Sheet, Unit

MONTH = Quantity(HOURS_A_MONTH, Unit.HOUR)

Month = Callable[[float], pd.DataFrame]
"""Gives the bill for so many GB a month; each GB costs the same."""


def zone_hours(zones: int) -> Quantity:
    """Give a month in each of these Availability Zones."""
    return Quantity(HOURS_A_MONTH * zones, Unit.AZ_HOUR)


@dataclass(frozen=True)
class BillLine:
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
class MonthlyUse:
    """How much of one item is used, in one Region."""

    part: str
    item: str
    region: str
    used: Quantity

    def line(self, way: str, prices: Sheet) -> BillLine:
        """Price it."""
        return BillLine(way, self.part, prices.price(self.item, self.region).cost(self.used))


def bill(ways: Mapping[str, Sequence[MonthlyUse]], prices: Sheet) -> pd.DataFrame:
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


def curve(month: Month, amounts_gb: Iterable[float]) -> pd.DataFrame:
    """Follow a bill over the amount of data.

    Returns
    -------
    pandas.DataFrame
        ``gb`` (a month), ``way``, ``usd`` (a month, all parts).
    """
    frames = [totals(month(gb)).reset_index().assign(gb=gb) for gb in amounts_gb]
    return pd.concat(frames, ignore_index=True)[["gb", "way", "usd"]]


def usd_per_gb(month: Month, way: str) -> float:
    """Say what a GB costs on one way, apart from what is paid without any."""
    return float(totals(month(1))[way] - totals(month(0))[way])


def saving_per_gb(month: Month, way: str, instead_of: str) -> float:
    """Say which part of the price per GB one way saves: 0.3 for 30 %; hours are left out."""
    return 1 - usd_per_gb(month, way) / usd_per_gb(month, instead_of)


def break_even_gb(month: Month, way: str, instead_of: str) -> float:
    """Say from how many GB a month one way costs less than another.

    Returns
    -------
    float
        GB a month: 0 if it always costs less, infinity if it never does.
    """
    without_data = totals(month(0))
    fixed = without_data[way] - without_data[instead_of]
    saved = usd_per_gb(month, instead_of) - usd_per_gb(month, way)
    if fixed <= 0 <= saved:
        return 0.0
    return float(fixed / saved) if saved > 0 else float("inf")
