"""What a million orders cost on their way: queue, topic, bus, or a state machine of either type."""

from __future__ import annotations

import math

import pandas as pd

from labkit.labs.costs.bill import MonthlyUse, bill
from labkit.prices import Quantity, Sheet, Unit, load

REGION = "us-east-1"
"""The Region where the sheet has every one of these prices."""
ORDERS = 1_000_000
EXPRESS_MB = 64
"""Smallest memory that an Express execution is billed for (AWS Step Functions Pricing)."""
BILLED_STEP_S = 0.1
"""Its duration is billed in steps of 100 ms (AWS Step Functions Pricing)."""
READ = 2
"""Requests to SQS for each message read: one that receives it, one that deletes it."""


def per_million(transitions: int, seconds: float, sheet: Sheet | None = None) -> pd.DataFrame:
    """Price the way of a million orders within one month, each way; free tiers are left out.

    One message per request to SQS; functions, which all ways call alike, are not counted.

    Parameters
    ----------
    transitions
        State transitions of one order in a Standard state machine, retries included.
    seconds
        How long its execution takes in an Express one.
    sheet
        Prices; by default labkit's own.

    Returns
    -------
    pandas.DataFrame
        ``way``, ``part``, ``usd`` (for a million orders, in `REGION`).

    Raises
    ------
    labkit.prices.MissingPriceError
        If an order takes more than 57.6 s: a million of them then reach AWS's next tier of memory.
    """
    billed_s = math.ceil(round(seconds / BILLED_STEP_S, 6)) * BILLED_STEP_S
    memory = Quantity(ORDERS * billed_s * EXPRESS_MB / 1024, Unit.GB_SECOND)
    ways = {
        "SQS alone": [_requests("requests to SQS", "sqs-standard-request", READ + 1)],
        "SNS → SQS": [
            _requests("messages published", "sns-publish"),
            _requests("deliveries", "sns-delivery-to-sqs"),
            _requests("requests to SQS", "sqs-standard-request", READ),
        ],
        "EventBridge → SQS": [
            MonthlyUse("events", "eventbridge-event", REGION, Quantity(ORDERS, Unit.EVENT)),
            _requests("requests to SQS", "sqs-standard-request", READ),
        ],
        "Express saga": [
            _requests("executions", "step-functions-express-request"),
            MonthlyUse("memory × time", "step-functions-express-gb-second", REGION, memory),
        ],
        "Standard saga": [
            MonthlyUse(
                "state transitions",
                "step-functions-transition",
                REGION,
                Quantity(ORDERS * transitions, Unit.STATE_TRANSITION),
            )
        ],
    }
    return bill(ways, sheet or load())


def _requests(part: str, item: str, each: int = 1) -> MonthlyUse:
    return MonthlyUse(part, item, REGION, Quantity(ORDERS * each, Unit.REQUEST))


def express_pays_until_s(transitions: int, sheet: Sheet | None = None) -> float:
    """Find up to which duration an Express execution is cheaper than a Standard one, in seconds.

    At the price of the first tier of memory; steps of 100 ms are left out.
    """
    prices = sheet or load()
    standard = prices.price("step-functions-transition", REGION).each(Unit.STATE_TRANSITION)
    request = prices.price("step-functions-express-request", REGION).each(Unit.REQUEST)
    memory = prices.price("step-functions-express-gb-second", REGION).each(Unit.GB_SECOND)
    return (standard * transitions - request) / (memory * EXPRESS_MB / 1024)
