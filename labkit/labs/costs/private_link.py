"""Sending data to a SaaS provider in a US Region: over the internet, or by PrivateLink."""

from __future__ import annotations

import pandas as pd

from labkit.labs.costs import bill
from labkit.labs.costs.bill import MonthlyUse, zone_hours
from labkit.prices import Sheet, gb, load

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
    Region: the endpoint is at home, at the ordinary price, and transfer between the Regions is on
    top of it (AWS PrivateLink pricing, "Cross-Region connectivity").

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
    out = MonthlyUse("internet", "internet-out-gb", home, data)
    between = MonthlyUse("between Regions", "region-to-us-gb", home, data)
    ways = {
        INTERNET: [out],
        NAT_AND_INTERNET: [MonthlyUse("NAT data", "nat-gateway-gb", home, data), out],
        PEERING: [between, *_endpoint(provider, data_gb, zones)],
        CROSS_REGION: [between, *_endpoint(home, data_gb, zones)],
    }
    return bill.bill(ways, prices or load())


def _endpoint(region: str, data_gb: float, zones: int) -> list[MonthlyUse]:
    return [
        MonthlyUse("endpoint hours", "interface-endpoint-hour", region, zone_hours(zones)),
        MonthlyUse("endpoint data", "interface-endpoint-gb", region, gb(data_gb)),
    ]
