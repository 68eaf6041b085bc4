"""Reaching an AWS service from a private subnet: by NAT gateway, interface or gateway endpoint."""

from __future__ import annotations

import pandas as pd

from labkit.labs.costs import bill
from labkit.labs.costs.bill import MONTH, MonthlyUse, zone_hours
from labkit.prices import Sheet, gb, load

NAT = "NAT gateway"
INTERFACE = "interface endpoints"
GATEWAY = "gateway endpoint"


def monthly_costs(
    region: str,
    data_gb: float,
    *,
    services: int = 1,
    zones: int = 2,
    nat_gateways: int = 1,
    keep_nat: bool = True,
    prices: Sheet | None = None,
) -> pd.DataFrame:
    """Price a month in which private subnets send data to AWS services of the same Region.

    A NAT gateway costs by the hour and by the GB, and its public IPv4 address by the hour; an
    interface endpoint costs by the hour in each of its Availability Zones, and by the GB; a gateway
    endpoint is free, but there is one only for S3 and DynamoDB. Data transfer to a service of the
    same Region is free by each way. What crosses zones to reach a NAT gateway is left out.

    Parameters
    ----------
    region : str
    data_gb : float
        GB a month, of all `services` together.
    services : int
        How many services, hence interface endpoints.
    zones : int
        Availability Zones in which each interface endpoint is.
    nat_gateways : int
    keep_nat : bool
        Whether the NAT gateways stay when there are endpoints, because something else needs them.
    prices : labkit.prices.Sheet, optional
        Other prices than labkit's sheet.

    Returns
    -------
    pandas.DataFrame
        ``way``, ``part``, ``usd`` (a month).

    Raises
    ------
    labkit.prices.MissingPriceError
        If a price is not in the sheet.
    """
    hours = MONTH * nat_gateways
    nat = [
        MonthlyUse("NAT hours", "nat-gateway-hour", region, hours),
        MonthlyUse("public IPv4", "public-ipv4-hour", region, hours),
    ]
    stays = nat if keep_nat else []
    data = gb(data_gb)
    zone_time = zone_hours(zones) * services
    ways = {
        NAT: [*nat, MonthlyUse("NAT data", "nat-gateway-gb", region, data)],
        INTERFACE: [
            *stays,
            MonthlyUse("endpoint hours", "interface-endpoint-hour", region, zone_time),
            MonthlyUse("endpoint data", "interface-endpoint-gb", region, data),
        ],
        GATEWAY: [*stays, MonthlyUse("endpoint data", "gateway-endpoint-gb", region, data)],
    }
    return bill.bill(ways, prices or load())
