"""What it costs to keep orders in DynamoDB tables on demand."""

from __future__ import annotations

import pandas as pd

from labkit.labs.costs.bill import MonthlyUse, bill
from labkit.prices import Quantity, Sheet, Unit, load

REGIONS = {"us-east-1": "N. Virginia", "ap-northeast-2": "Seoul"}
"""The Regions in which the sheet has every one of these prices."""
ORDERS = 1_000_000


def keeping_a_million(
    write_units: float, read_units: float, sheet: Sheet | None = None
) -> pd.DataFrame:
    """Price a million orders within one month, by Region; storage and free tiers are left out.

    Parameters
    ----------
    write_units, read_units
        What one order takes, as ``ConsumedCapacity`` tells it.
    sheet
        Prices; by default labkit's own.

    Returns
    -------
    pandas.DataFrame
        ``way`` (the Region's name), ``part``, ``usd`` (for a million orders).
    """
    writes = Quantity(ORDERS * write_units, Unit.WRITE_REQUEST_UNIT)
    reads = Quantity(ORDERS * read_units, Unit.READ_REQUEST_UNIT)
    ways = {
        name: [
            MonthlyUse("writes", "dynamodb-write-request-unit", region, writes),
            MonthlyUse("reads", "dynamodb-read-request-unit", region, reads),
        ]
        for region, name in REGIONS.items()
    }
    return bill(ways, sheet or load())
