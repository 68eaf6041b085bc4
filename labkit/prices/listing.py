"""Prints the price sheet, or a part of it, for `labkit prices`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from labkit.errors import LabkitError
from labkit.prices.sheet import Price, Sheet, decimal

NONE = "–"
READ_BY = {
    "H": "AWS's own text was read",
    "M": "others read it and say what they read",
    "L": "the source is thin",
    "given": "given by hand",
}


def chosen(sheet: Sheet, words: Sequence[str] = (), region: str | None = None) -> list[Price]:
    """Return the prices whose item holds all of some words, of one Region or of all.

    Raises
    ------
    LabkitError
        If there is none.
    """
    found = [
        price
        for price in sheet.prices()
        if all(word in price.item for word in words) and region in (None, price.region)
    ]
    if not found:
        asked = " and ".join([*map(repr, words), *([region] if region else [])])
        items = ", ".join(sorted({price.item for price in sheet.prices()}))
        raise LabkitError(f"The price sheet has nothing for {asked}. Its items are: {items}.")
    return found


def as_table(prices: Sequence[Price]) -> str:
    """Write a line for each item, a column for each Region, and when they were read."""
    regions = list(dict.fromkeys(price.region for price in prices))
    amounts: dict[tuple[str, str], dict[str, str]] = {}
    for price in prices:
        amounts.setdefault((price.item, price.bought), {})[price.region] = decimal(price.amount)
    rows = [
        ["item", *regions, "USD per"],
        *(
            [item, *(row.get(one, NONE) for one in regions), per]
            for (item, per), row in amounts.items()
        ),
    ]
    dates = [price.checked for price in prices]
    return (
        f"{_aligned(rows)}\n\n"
        f"Read from {min(dates)} to {max(dates)}; {NONE} is not known. --sources says where each "
        f"was read, --json prints everything, --refresh reads them anew from AWS."
    )


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Align columns: words at the ends to the left, amounts between them to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *amounts, last in rows:
        right = [text.rjust(width) for text, width in zip(amounts, widths[1:-1], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *right, last]))
    return "\n".join(lines)


def as_sources(prices: Sequence[Price]) -> str:
    """Write a paragraph for each price: what it is, where it was read, and when."""
    return "\n\n".join(
        f"{price.item} in {price.region}: {price}{_tier(price)}\n"
        f"  {price.source}\n"
        f"  {price.checked}, {price.confidence}: {READ_BY[price.confidence]}"
        for price in prices
    )


def as_json(prices: Sequence[Price]) -> str:
    """Write the prices as a list of objects, with the attributes of `Price`."""
    rows = [vars(price) | {"checked": price.checked.isoformat()} for price in prices]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def _tier(price: Price) -> str:
    return "" if price.up_to is None else f", up to {price.up_to:,g} {price.unit}s a month"
