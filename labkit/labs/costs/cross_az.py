"""Traffic between Availability Zones: behind load balancers, and from service to service."""

from __future__ import annotations

import pandas as pd

from labkit.errors import LabkitError
from labkit.prices import Sheet, gb, load

ENDS = 2
"""A GB that crosses is billed where it leaves and where it arrives: between instances, databases,
caches and network interfaces (Amazon EC2 pricing, "Data Transfer within the same AWS Region")."""

ALB = "ALB to targets"
NLB_OFF = "NLB to targets, cross-zone off"
NLB_ON = "NLB to targets, cross-zone on"
SERVICES = "service to service"


def crossing_share(zones: int, kept_in_zone: float = 0.0) -> float:
    """Say which part of the traffic goes to another zone.

    Callers and targets are spread evenly over the zones, and a target is taken at random, but for
    the part that is kept in its zone.

    Parameters
    ----------
    zones : int
    kept_in_zone : float
        Between 0 and 1: what zone-aware routing keeps, such as Kubernetes' ``trafficDistribution:
        PreferSameZone``.

    Returns
    -------
    float
        0.5 for two zones, 0.667 for three.

    Raises
    ------
    LabkitError
        If there is no zone, or the kept part is not a part.
    """
    if zones < 1 or not 0 <= kept_in_zone <= 1:
        raise LabkitError(
            f"{zones} zones with {kept_in_zone:g} of the traffic kept in its zone is not a case: "
            f"give 1 zone or more, and a part between 0 and 1."
        )
    return (1 - kept_in_zone) * (zones - 1) / zones


def monthly_costs(
    region: str,
    clients_gb: float,
    calls_gb: float,
    *,
    zones: int = 3,
    kept_in_zone: float = 0.0,
    prices: Sheet | None = None,
) -> pd.DataFrame:
    """Price a month of traffic between zones, by where it arises.

    An ALB balances across zones unless a target group turns that off, and AWS does not charge for
    it; so an application whose only hop is behind an ALB pays nothing, and the same application
    pays for each call to a cache, a database or another service in another zone. An NLB stays in
    its zone by default; with cross-zone load balancing, EC2 data transfer charges apply, counted
    here at both ends as between two instances. The way from the clients to the load balancer is
    left out.

    Parameters
    ----------
    region : str
    clients_gb : float
        GB a month between the load balancer and its targets, requests and responses.
    calls_gb : float
        GB a month between services, caches and databases, requests and responses.
    zones, kept_in_zone
        As in `crossing_share`; only calls between services are kept in their zone.
    prices : labkit.prices.Sheet, optional
        Other prices than labkit's sheet.

    Returns
    -------
    pandas.DataFrame
        ``way``, ``crossing_gb`` (GB a month that cross), ``usd`` (a month).
    """
    crossing = {
        ALB: (clients_gb * crossing_share(zones), False),
        NLB_OFF: (0.0, False),
        NLB_ON: (clients_gb * crossing_share(zones), True),
        SERVICES: (calls_gb * crossing_share(zones, kept_in_zone), True),
    }
    price = (prices or load()).price("cross-az-gb", region)
    rows = [
        {"way": way, "crossing_gb": data, "usd": price.cost(gb(data) * ENDS) if billed else 0.0}
        for way, (data, billed) in crossing.items()
    ]
    return pd.DataFrame(rows)
