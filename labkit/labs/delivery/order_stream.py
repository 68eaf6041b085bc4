"""The input of the delivery lessons: a stream of orders, the same ones for the same seed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import Any

from labkit.labs.delivery.menu import NOTES, PEOPLE, RESTAURANTS

Order = dict[str, Any]

SEOUL = timezone(timedelta(hours=9), "KST")
FIRST_ORDER_AT = datetime(2026, 3, 6, 18, 30, tzinfo=SEOUL)
"""A Friday evening."""
MEAN_GAP_S = 6.0


def orders(n: int, seed: int = 7, failing: float = 0.0) -> list[Order]:
    """Make `n` orders.

    Parameters
    ----------
    n : int
        How many.
    seed : int
        The same seed gives the same orders.
    failing : float
        Share of orders, from 0 to 1, that carry ``"error": true``: the ones on which the lessons'
        functions fail. Their number is ``n * failing``, rounded.

    Returns
    -------
    list of dict
        ``orderId`` ("ord-" and six hexadecimal digits, no two alike), ``placedAt`` (ISO 8601,
        Seoul time), ``customer`` (``name``, masked ``phone``, ``address``), ``restaurant``,
        ``items`` (each ``menu``, ``quantity``, ``priceKRW``), ``totalKRW``, ``note``, ``error``.

    Raises
    ------
    ValueError
        If `failing` is not between 0 and 1.
    """
    if not 0 <= failing <= 1:
        raise ValueError(f"failing is a share between 0 and 1, not {failing}")
    chance = random.Random(seed)
    ids = chance.sample(range(16**6), n)
    fails = set(chance.sample(range(n), round(n * failing)))
    stream = []
    placed_at = FIRST_ORDER_AT
    for i, number in enumerate(ids):
        order = {"orderId": f"ord-{number:06x}", "placedAt": placed_at.isoformat("T", "seconds")}
        stream.append(order | _contents(chance) | {"error": i in fails})
        placed_at += timedelta(seconds=chance.expovariate(1 / MEAN_GAP_S))
    return stream


def _contents(chance: random.Random) -> Order:
    person = chance.choice(PEOPLE)
    restaurant = chance.choice(RESTAURANTS)
    dishes = chance.sample(restaurant.menu, chance.choice((1, 1, 2, 2, 3)))
    items: list[dict[str, Any]] = [
        {"menu": dish, "quantity": chance.choice((1, 1, 1, 2, 3)), "priceKRW": price}
        for dish, price in dishes
    ]
    return {
        "customer": {
            "name": person.name,
            "phone": f"010-****-{chance.randrange(10_000):04d}",
            "address": person.address,
        },
        "restaurant": restaurant.name,
        "items": items,
        "totalKRW": sum(item["quantity"] * item["priceKRW"] for item in items),
        "note": chance.choice(NOTES),
    }
