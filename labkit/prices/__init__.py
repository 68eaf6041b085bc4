"""What AWS asks for: prices with unit, source and date, and arithmetic that keeps units apart."""

from __future__ import annotations

from labkit.prices.sheet import MissingPriceError, Price, PriceSheetError, Sheet, load, price, table
from labkit.prices.units import HOURS_A_MONTH, KB_PER_GB, Quantity, Unit, UnitError, gb

__all__ = [
    "HOURS_A_MONTH",
    "KB_PER_GB",
    "MissingPriceError",
    "Price",
    "PriceSheetError",
    "Quantity",
    "Sheet",
    "Unit",
    "UnitError",
    "gb",
    "load",
    "price",
    "table",
]
