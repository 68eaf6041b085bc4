"""Sending data to a SaaS provider in a US Region: over the internet, or by PrivateLink."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from labkit.labs.costs import bill
from labkit.labs.costs.bill import Use, zone_hours
from labkit.prices import Sheet, Unit, gb, load

INTERNET = "internet"
NAT_AND_INTERNET = "NAT and internet"
PEERING = "peering and PrivateLink"
CROSS_REGION = "cross-Region PrivateLink"


def monthly_costs(
    home: str,
    data_gb: float,
    *,
    provider: str = "us-east-1",
    zones: int = 2,
    prices: Sheet | None = None,
) -> pd.DataFrame:
    """Price a month of sending data from a VPC at home to a SaaS provider in the US.

    ``internet`` leaves by the internet gateway, ``NAT and internet`` by a NAT gateway that is there
    anyway (its hours are not counted). ``peering and PrivateLink`` is the bootcamp's advice: a VPC
    in the provider's Region, peered, with the provider's interface endpoint in it. ``cross-Region
    PrivateLink`` has done without that VPC since 26 November 2024, where the provider allows your
    Region: the endpoint is at home. Whether transfer between the Regions is on your bill there was
    not established; it is counted, which is the dearer case.

    Not counted: the 100 GB a month that leave for the internet free of charge, answers coming back,
    and what the provider pays.

    Parameters
    ----------
    home : str
        The Region that the data leaves.
    data_gb : float
        GB a month.
    provider : str
        The provider's Region, in the US.
    zones : int
        Availability Zones in which the endpoint is.
    prices : labkit.prices.Sheet, optional
        Other prices than labkit's sheet.

    Returns
    -------
    pandas.DataFrame
        ``way``, ``part``, ``usd`` (a month).

    Raises
    ------
    labkit.prices.MissingPriceError
        If a price is not in the sheet, or more leaves than the sheet's first tier.
    """
    data = gb(data_gb)
    out = Use("internet", "internet-out-gb", home, data)
    between = Use("between Regions", "region-to-us-gb", home, data)
    ways = {
        INTERNET: [out],
        NAT_AND_INTERNET: [Use("NAT data", "nat-gateway-gb", home, data), out],
        PEERING: [between, *_endpoint(provider, data_gb, zones)],
        CROSS_REGION: [between, *_endpoint(home, data_gb, zones)],
    }
    return bill.bill(ways, prices or load())


def _endpoint(region: str, data_gb: float, zones: int) -> list[Use]:
    return [
        Use("endpoint hours", "interface-endpoint-hour", region, zone_hours(zones)),
        Use("endpoint data", "interface-endpoint-gb", region, gb(data_gb)),
    ]


def saving_per_gb(
    home: str,
    *,
    provider: str = "us-east-1",
    nat: bool = False,
    prices: Sheet | None = None,
) -> float:
    """Say which part of the price per GB peering and PrivateLink save, hours apart.

    Parameters
    ----------
    home, provider, prices
        As in `monthly_costs`.
    nat : bool
        Whether the data would leave through a NAT gateway.

    Returns
    -------
    float
        0.3 for 30 %.

    Examples
    --------
    >>> f"{saving_per_gb('ap-northeast-2'):.1%}"
    '28.6%'
    """
    public, private = _usd_per_gb(home, provider, nat, prices or load())
    return 1 - private / public


def break_even_gb(
    home: str,
    *,
    provider: str = "us-east-1",
    zones: int = 2,
    nat: bool = False,
    prices: Sheet | None = None,
) -> float:
    """Say from how many GB a month peering and PrivateLink cost less than the internet.

    Parameters
    ----------
    home, provider, zones, prices
        As in `monthly_costs`.
    nat : bool
        Whether the data would leave through a NAT gateway.

    Returns
    -------
    float
        GB a month; infinity if never.

    Examples
    --------
    >>> round(break_even_gb("ap-northeast-2"))
    406
    """
    sheet = prices or load()
    hours = sheet.price("interface-endpoint-hour", provider).cost(zone_hours(zones))
    public, private = _usd_per_gb(home, provider, nat, sheet)
    return bill.break_even_gb(hours, public - private)


def _usd_per_gb(home: str, provider: str, nat: bool, sheet: Sheet) -> tuple[float, float]:
    """Give the price of a GB over the internet, and by peering and PrivateLink."""
    public = sheet.price("internet-out-gb", home).each(Unit.GB)
    if nat:
        public += sheet.price("nat-gateway-gb", home).each(Unit.GB)
    private = sheet.price("region-to-us-gb", home).each(Unit.GB)
    private += sheet.price("interface-endpoint-gb", provider).each(Unit.GB)
    return public, private


def curve(
    home: str,
    amounts_gb: Iterable[float],
    *,
    provider: str = "us-east-1",
    zones: int = 2,
    prices: Sheet | None = None,
) -> pd.DataFrame:
    """Follow `monthly_costs` over the amount of data.

    Returns
    -------
    pandas.DataFrame
        ``gb`` (a month), ``way``, ``usd`` (a month).
    """
    return bill.curve(
        lambda amount: monthly_costs(home, amount, provider=provider, zones=zones, prices=prices),
        amounts_gb,
    )
