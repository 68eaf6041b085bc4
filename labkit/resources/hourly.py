"""What each kind of resource costs by being there, an hour at a time; never a guess."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from labkit.prices import MissingPriceError, Sheet
from labkit.resources.journal import Item
from labkit.resources.kinds import KINDS


@dataclass(frozen=True)
class HourlyCost:
    """What one resource costs by being there.

    Attributes
    ----------
    kind, name
        As in the journal; no name in an estimate.
    hours
        Started hours, each of which AWS bills in full.
    usd_an_hour
        None where it is not known.
    basis
        The price, or why there is none.
    """

    kind: str
    name: str
    hours: int
    usd_an_hour: float | None
    basis: str

    @property
    def usd(self) -> float | None:
        """What the hours cost; None where that is not known."""
        return None if self.usd_an_hour is None else self.usd_an_hour * self.hours


def started_hours(since: datetime, until: datetime) -> int:
    """Return the hours that AWS bills from one time to another: each that has begun."""
    return math.ceil(max(0.0, (until - since).total_seconds()) / 3600)


def priced_item(item: Item, now: datetime, region: str, sheet: Sheet) -> HourlyCost | None:
    """Price a resource until now, one hour at least; None where being there costs nothing."""
    hours = max(1, started_hours(item.intended_at, item.gone_at or now))
    return priced(item.kind, item.name, hours, region, sheet)


def priced(kind: str, name: str, hours: int, region: str, sheet: Sheet) -> HourlyCost | None:
    """Price some hours of a kind; None for one that costs nothing by being there."""
    billing = KINDS[kind].billing
    if billing.hourly_unpriced:
        return HourlyCost(kind, name, hours, None, "the price sheet has no such price")
    if not billing.hourly:
        return None
    found = []
    for item in billing.hourly:
        try:
            found.append(sheet.price(item, region))
        except MissingPriceError:
            continue
    if not found:
        return HourlyCost(kind, name, hours, None, f"the price sheet has no price for {region}")
    dearest = max(found, key=lambda price: price.amount / price.per)
    return HourlyCost(kind, name, hours, dearest.amount / dearest.per, str(dearest))


def kind_in(text: str) -> str | None:
    """Return the kind that a line of a front matter begins with, the longest name first."""
    known = sorted(KINDS, key=len, reverse=True)
    wanted = text.lower()
    return next((kind for kind in known if wanted.startswith(kind.lower())), None)
