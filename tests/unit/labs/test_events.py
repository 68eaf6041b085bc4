"""Announcements: what they say, what lets them into a queue, and what a million costs."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from labkit.labs.costs.bill import totals
from labkit.labs.costs.messaging import express_pays_until_s, per_million
from labkit.labs.delivery import orders
from labkit.labs.events import announcement, queue_policy
from labkit.labs.events.event_flow import event_flow
from labkit.prices import MissingPriceError


def test_an_announcement_names_the_region_and_not_the_customer() -> None:
    for order in orders(300):
        told = announcement(order)
        assert told["region"] in ("seoul", "busan", "jeju")
        assert order["customer"]["name"] not in json.dumps(told, ensure_ascii=False)
        assert set(told) == {"orderId", "restaurant", "totalKRW", "region"}


def test_a_queue_lets_one_service_in_for_one_source() -> None:
    (statement,) = json.loads(queue_policy("arn:q", "sns.amazonaws.com", "arn:t"))["Statement"]
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    assert statement["Resource"] == "arn:q"
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": "arn:t"}}


def test_a_million_orders_cost_what_the_sheet_says() -> None:
    usd = totals(per_million(transitions=5, seconds=0.75))
    assert usd["SQS alone"] == pytest.approx(1.20)
    assert usd["SNS → SQS"] == pytest.approx(0.50 + 0.80)
    assert usd["EventBridge → SQS"] == pytest.approx(1.00 + 0.80)
    assert usd["Standard saga"] == pytest.approx(125.0)
    assert usd["Express saga"] == pytest.approx(1 + 0.8e6 / 16 * 0.00001667)


@pytest.mark.parametrize("transitions", [3, 7, 40])
def test_express_and_standard_meet_where_computed(transitions: int) -> None:
    seconds = express_pays_until_s(transitions)
    assert 1e-6 + seconds * 0.00001667 / 16 == pytest.approx(transitions * 25e-6)


def test_beyond_the_first_tier_nothing_is_guessed() -> None:
    assert not per_million(transitions=7, seconds=57.6).empty
    with pytest.raises(MissingPriceError):
        per_million(transitions=7, seconds=57.7)


def test_a_flow_tells_what_reached_whom() -> None:
    rows: list[dict[str, Any]] = [
        {"choice": "in Seoul,\nbig", "target": "care", "arrived": 6},
        {"choice": "in Jeju", "target": "nobody", "arrived": 0},
    ]
    assert event_flow(pd.DataFrame(rows), "bus", 24).alt == (
        "bus announced 24 events: 6 of 24 reached care (in Seoul, big); "
        "0 of 24 reached nobody (in Jeju)."
    )
    with pytest.raises(ValueError, match="nothing to draw"):
        event_flow(pd.DataFrame(rows), "bus", 0)
