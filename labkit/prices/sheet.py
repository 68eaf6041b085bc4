"""The price sheet: what AWS asks for, where that was read, and when; never a guess.

The sheet is data, in ``prices.csv``. Its confidence is ``H`` where AWS's own text was read, ``M``
where others have read it and say what they read, ``L`` where the source is thin, and ``given``
where the caller gave the price. A price without a source, or on which sources differ, is not there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from labkit.errors import LabkitError
from labkit.prices.units import Quantity, Unit, UnitError

if TYPE_CHECKING:
    import pandas as pd

CONFIDENCES = ("H", "M", "L", "given")
_ITEM = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


class MissingPriceError(LabkitError):
    """The sheet holds no price for this item in this Region."""


class PriceSheetError(LabkitError):
    """A row of a price sheet does not say what it has to say."""


@dataclass(frozen=True)
class Price:
    """One line of the sheet.

    Attributes
    ----------
    item : str
        Such as ``"nat-gateway-hour"``.
    region : str
        Where the resource is, or where the data leaves.
    amount : float
        In `currency`, for `per` units.
    currency : str
        Always ``"USD"``.
    per : float
        How many units the amount buys: 1,000 for S3 requests.
    unit : Unit
    up_to : float or None
        The price holds for this many units a month; None where it always holds.
    source : str
        Where it was read.
    checked : datetime.date
        When it was read.
    confidence : str
        ``"H"``, ``"M"``, ``"L"`` or ``"given"``.
    """

    item: str
    region: str
    amount: float
    currency: str
    per: float
    unit: Unit
    up_to: float | None
    source: str
    checked: date
    confidence: str

    def __post_init__(self) -> None:
        problem = _problem(self)
        if problem:
            raise PriceSheetError(
                f"The price of {self.item} in {self.region} is not usable: {problem}."
            )

    def each(self, unit: Unit) -> float:
        """Give the price of one unit.

        Parameters
        ----------
        unit : Unit
            The unit that the caller counts in.

        Returns
        -------
        float
            USD for one `unit`.

        Raises
        ------
        UnitError
            If the price is not per `unit`.
        """
        if unit != self.unit:
            raise UnitError(
                f"{self.item} in {self.region} is priced per {self.unit}, not per {unit}."
            )
        return self.amount / self.per

    def cost(self, used: Quantity) -> float:
        """Price an amount that was used within one month.

        Parameters
        ----------
        used : Quantity

        Returns
        -------
        float
            USD.

        Raises
        ------
        UnitError
            If the amount is in another unit than the price.
        MissingPriceError
            If so much was used that AWS's next tier begins, which the sheet does not hold.
        """
        each = self.each(used.unit)
        if self.up_to is not None and used.amount > self.up_to:
            raise MissingPriceError(
                f"{self.item} in {self.region} is known up to {self.up_to:,g} {self.unit} a month; "
                f"{used} is beyond. Nothing was computed: stay below, or give the price of the "
                f"next tier with prices.given(...)."
            )
        return each * used.amount

    @property
    def bought(self) -> str:
        """What the amount buys, in words: ``"GB"``, ``"1,000 requests"``."""
        return str(self.unit) if self.per == 1 else f"{self.per:,.12g} {self.unit}s"

    def __str__(self) -> str:
        return f"USD {decimal(self.amount)} per {self.bought}"


def _problem(price: Price) -> str | None:
    """Say what is wrong with a price, if anything."""
    tests = (
        (_ITEM.fullmatch(price.item), "an item is lower-case words joined by hyphens"),
        (_REGION.fullmatch(price.region), "a Region is written like ap-northeast-2"),
        (0 <= price.amount < float("inf"), "the amount is a number, 0 or more"),
        (price.currency == "USD", "the currency is USD"),
        (0 < price.per < float("inf"), "it is per 1 unit or more"),
        (price.up_to is None or price.up_to > 0, "up_to is more than 0, or empty"),
        (price.source.strip(), "it needs a source"),
        (price.confidence in CONFIDENCES, f"the confidence is one of {', '.join(CONFIDENCES)}"),
    )
    return next((words for fine, words in tests if not fine), None)


class Sheet:
    """Prices by item and Region.

    Parameters
    ----------
    prices : iterable of Price

    Raises
    ------
    PriceSheetError
        If a price is there twice, or an item has different units in different Regions.
    """

    def __init__(self, prices: Iterable[Price]) -> None:
        self._prices: dict[tuple[str, str], Price] = {}
        self._units: dict[str, Unit] = {}
        for price in prices:
            key = price.item, price.region
            if key in self._prices:
                raise PriceSheetError(
                    f"The price sheet has two prices of {price.item} in {price.region}."
                )
            if self._units.setdefault(price.item, price.unit) != price.unit:
                raise PriceSheetError(
                    f"The price sheet has {price.item} per {self._units[price.item]} and, in "
                    f"{price.region}, per {price.unit}."
                )
            self._prices[key] = price

    def price(self, item: str, region: str) -> Price:
        """Look a price up.

        Parameters
        ----------
        item : str
            Such as ``"nat-gateway-hour"``; `table` lists them.
        region : str
            Such as ``"ap-northeast-2"``.

        Returns
        -------
        Price

        Raises
        ------
        MissingPriceError
            If the sheet does not hold it. The message says how to give it.

        Examples
        --------
        >>> str(load().price("nat-gateway-hour", "ap-northeast-2"))
        'USD 0.059 per hour'
        """
        if (item, region) not in self._prices:
            raise MissingPriceError(self._missing(item, region))
        return self._prices[item, region]

    def _missing(self, item: str, region: str) -> str:
        unit = self._units.get(item)
        if unit is None:
            return (
                f"The price sheet has no item {item!r} (asked for in {region}). "
                f"labkit.prices.table() lists what it has."
            )
        return (
            f"The price sheet has no price of {item} in {region}: no source was found, or sources "
            f"differ, and labkit does not guess. Look it up on AWS's price page and give it: "
            f"prices = labkit.prices.load().given({item!r}, {region!r}, "
            f"usd=..., unit={str(unit)!r}, per=1)."
        )

    def given(
        self, item: str, region: str, usd: float, unit: str, per: float = 1, source: str = "given"
    ) -> Sheet:
        """Make a sheet that holds one more price, or another one.

        Parameters
        ----------
        item, region : str
        usd : float
            USD for `per` units.
        unit : str
            A `Unit`, or its words: ``"GB"``, ``"request"``.
        per : float
            How many units the amount buys.
        source : str
            Where you have it from.

        Returns
        -------
        Sheet
            A new one; this one stays as it is.
        """
        price = Price(
            item, region, usd, "USD", per, _unit(unit), None, source, date.today(), "given"
        )
        return self.updated([price])

    def updated(self, prices: Iterable[Price]) -> Sheet:
        """Make a sheet in which these prices are added, or take the place of older ones."""
        return Sheet((self._prices | {(p.item, p.region): p for p in prices}).values())

    def prices(self) -> list[Price]:
        """List the prices, in the sheet's order."""
        return list(self._prices.values())

    def regions(self) -> list[str]:
        """List the Regions, in the sheet's order."""
        return list(dict.fromkeys(price.region for price in self.prices()))

    def as_csv(self) -> str:
        """Write the sheet as `read` takes it, and as ``prices.csv`` has it."""
        written = io.StringIO()
        rows = csv.writer(written, lineterminator="\n")
        rows.writerow([field.name for field in fields(Price)])
        rows.writerows([map(_cell, asdict(price).values()) for price in self.prices()])
        return written.getvalue()

    def table(self) -> pd.DataFrame:
        """Give the whole sheet.

        Returns
        -------
        pandas.DataFrame
            One row per item and Region; the columns are the attributes of `Price`.
        """
        import pandas as pd

        names = [field.name for field in fields(Price)]
        return pd.DataFrame([asdict(price) for price in self.prices()], columns=names).astype(
            {"unit": str, "up_to": "float64", "checked": "datetime64[s]"}
        )


def decimal(number: float) -> str:
    """Write a number without an exponent, and without zeros at its end."""
    return f"{number:.12f}".rstrip("0").rstrip(".")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return decimal(value)
    return "" if value is None else str(value)


def read(text: str) -> Sheet:
    """Read a sheet from CSV whose columns are the attributes of `Price`.

    Raises
    ------
    PriceSheetError
        With the number of the line that is not usable.
    """
    rows = csv.DictReader(text.splitlines())
    expected = [field.name for field in fields(Price)]
    if rows.fieldnames != expected:
        raise PriceSheetError(f"A price sheet has the columns {', '.join(expected)}.")
    return Sheet([_read_row(rows.line_num, row) for row in rows])


def _read_row(line: int, row: dict[str, str]) -> Price:
    try:
        return Price(
            item=row["item"],
            region=row["region"],
            amount=float(row["amount"]),
            currency=row["currency"],
            per=float(row["per"]),
            unit=_unit(row["unit"]),
            up_to=float(row["up_to"]) if row["up_to"] else None,
            source=row["source"],
            checked=date.fromisoformat(row["checked"]),
            confidence=row["confidence"],
        )
    except (TypeError, ValueError, LabkitError) as problem:
        raise PriceSheetError(f"Line {line} of the price sheet: {problem}") from problem


def _unit(words: str) -> Unit:
    try:
        return Unit(words)
    except ValueError:
        raise PriceSheetError(f"{words!r} is not a unit; there are {', '.join(Unit)}.") from None


SHEET = Path(__file__).with_name("prices.csv")
"""The sheet that comes with labkit."""


@cache
def load() -> Sheet:
    """Give the sheet that comes with labkit."""
    return read(SHEET.read_text(encoding="utf-8"))


def price(item: str, region: str) -> Price:
    """Look a price up in labkit's sheet; see `Sheet.price`."""
    return load().price(item, region)


def table() -> pd.DataFrame:
    """Give labkit's whole sheet; see `Sheet.table`."""
    return load().table()
