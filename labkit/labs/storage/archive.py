"""When moving an object to a colder S3 storage class pays back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from labkit.errors import LabkitError
from labkit.prices import KB_PER_GB, Quantity, Sheet, Unit, load

DAYS_A_MONTH = 365 / 12
LIFECYCLE_MINIMUM_KB = 128
"""Since September 2024 lifecycle rules leave smaller objects alone by default, for each class
(Amazon S3 user guide, "Lifecycle transition considerations")."""
STANDARD = "s3-standard-gb-month"


@dataclass(frozen=True)
class StorageClass:
    """A storage class that objects are moved to.

    Attributes
    ----------
    name : str
        As the S3 API has it.
    storage, transition : str
        Items of the price sheet.
    minimum_days : int
        An object that goes earlier is billed until then.
    minimum_kb : float
        A smaller object is billed as this big.
    overhead_kb, standard_overhead_kb : float
        What S3 adds to each object, billed in this class and in S3 Standard.
    """

    name: str
    storage: str
    transition: str
    minimum_days: int
    minimum_kb: float = 0.0
    overhead_kb: float = 0.0
    standard_overhead_kb: float = 0.0


def _archive(name: str, words: str, minimum_days: int) -> StorageClass:
    """An archive class keeps 32 KB of index with each object, and 8 KB of its name in Standard."""
    return StorageClass(
        name,
        f"s3-{words}-gb-month",
        f"s3-transition-to-{words}",
        minimum_days,
        overhead_kb=32,
        standard_overhead_kb=8,
    )


CLASSES = {
    storage_class.name: storage_class
    for storage_class in (
        StorageClass(
            "STANDARD_IA", "s3-standard-ia-gb-month", "s3-transition-to-standard-ia", 30, 128
        ),
        StorageClass(
            "GLACIER_IR",
            "s3-glacier-instant-gb-month",
            "s3-transition-to-glacier-instant",
            90,
            128,
        ),
        _archive("GLACIER", "glacier-flexible", 90),
        _archive("DEEP_ARCHIVE", "deep-archive", 180),
    )
}
"""Minimum durations and sizes, and overheads: Amazon S3 user guide, "Understanding and managing
storage classes" and "Understanding archival storage"."""


@dataclass(frozen=True)
class ObjectCosts:
    """What one object costs here and there.

    Attributes
    ----------
    standard_usd_month, moved_usd_month : float
        Storage, in S3 Standard and in the other class.
    transition_usd : float
        Once.
    minimum_months : float
        Storage is billed at least so long after the move.
    """

    standard_usd_month: float
    moved_usd_month: float
    transition_usd: float
    minimum_months: float

    @property
    def payback_months(self) -> float:
        """Months of storage that earn the transition back; infinity if they never do."""
        saved = self.standard_usd_month - self.moved_usd_month
        return self.transition_usd / saved if saved > 0 else float("inf")

    def stays(self, months: float) -> float:
        """USD for leaving it in S3 Standard for so many months."""
        return self.standard_usd_month * months

    def moves(self, months: float) -> float:
        """USD for moving it now and deleting it after so many months."""
        return self.transition_usd + self.moved_usd_month * max(months, self.minimum_months)


def object_costs(
    size_kb: float, storage_class: str, region: str, prices: Sheet | None = None
) -> ObjectCosts:
    """Price one object.

    Parameters
    ----------
    size_kb : float
        In KB of 1,024 bytes.
    storage_class : str
        Of `CLASSES`, such as ``"DEEP_ARCHIVE"``.
    region : str
    prices : labkit.prices.Sheet, optional
        Other prices than labkit's sheet, such as a transition fee that it does not have.

    Returns
    -------
    ObjectCosts

    Raises
    ------
    LabkitError
        If there is no such class.
    labkit.prices.MissingPriceError
        If a price is not in the sheet.
    """
    sheet = prices or load()
    target = _class(storage_class)
    standard = sheet.price(STANDARD, region).cost
    colder = sheet.price(target.storage, region).cost
    billed_kb = max(size_kb, target.minimum_kb) + target.overhead_kb
    return ObjectCosts(
        standard_usd_month=standard(_kb_months(size_kb)),
        moved_usd_month=colder(_kb_months(billed_kb))
        + standard(_kb_months(target.standard_overhead_kb)),
        transition_usd=sheet.price(target.transition, region).cost(Quantity(1, Unit.REQUEST)),
        minimum_months=target.minimum_days / DAYS_A_MONTH,
    )


def _kb_months(kb: float) -> Quantity:
    return Quantity(kb / KB_PER_GB, Unit.GB_MONTH)


def _class(name: str) -> StorageClass:
    if name not in CLASSES:
        raise LabkitError(
            f"This model has no storage class {name!r}; there are {', '.join(CLASSES)}."
        )
    return CLASSES[name]


def payback_months(
    size_kb: float, region: str, storage_class: str = "DEEP_ARCHIVE", prices: Sheet | None = None
) -> float:
    """Say after how many months the move of an object has paid back.

    Parameters
    ----------
    size_kb, region, storage_class, prices
        As in `object_costs`.

    Returns
    -------
    float
        Months; infinity for an object so small that it costs more there.

    Examples
    --------
    >>> round(payback_months(128, "us-east-1"), 1)
    20.2
    """
    return object_costs(size_kb, storage_class, region, prices).payback_months


def smallest_kb(
    region: str, storage_class: str = "DEEP_ARCHIVE", prices: Sheet | None = None
) -> float:
    """Say below which size an object never pays back, because of what S3 adds to it.

    Returns
    -------
    float
        KB.

    Examples
    --------
    >>> round(smallest_kb("us-east-1"), 1)
    9.8
    """
    return _size_that_saves(0.0, region, storage_class, prices or load())


def size_kb_for_payback(
    months: float, region: str, storage_class: str = "DEEP_ARCHIVE", prices: Sheet | None = None
) -> float:
    """Say how big an object has to be to pay back in so many months.

    Parameters
    ----------
    months : float
        More than 0.
    region, storage_class, prices
        As in `object_costs`.

    Returns
    -------
    float
        KB.

    Examples
    --------
    >>> round(size_kb_for_payback(5, "us-east-1"))
    486
    """
    sheet = prices or load()
    fee = sheet.price(_class(storage_class).transition, region).each(Unit.REQUEST)
    return _size_that_saves(fee / months, region, storage_class, sheet)


def _size_that_saves(usd_month: float, region: str, storage_class: str, sheet: Sheet) -> float:
    """Give the size whose storage costs so much less a month in the colder class."""
    target = _class(storage_class)
    standard = sheet.price(STANDARD, region).each(Unit.GB_MONTH)
    colder = sheet.price(target.storage, region).each(Unit.GB_MONTH)
    added = target.overhead_kb * colder + target.standard_overhead_kb * standard
    wanted = usd_month * KB_PER_GB + added
    size = wanted / (standard - colder)
    return size if size >= target.minimum_kb else (wanted + target.minimum_kb * colder) / standard


def payback_curve(
    sizes_kb: Iterable[float],
    region: str,
    storage_classes: Sequence[str] = ("DEEP_ARCHIVE",),
    prices: Sheet | None = None,
) -> pd.DataFrame:
    """Follow the pay-back over the size.

    Returns
    -------
    pandas.DataFrame
        ``size_kb``, ``storage_class``, ``months`` (infinity where it never pays back).
    """
    sizes = list(sizes_kb)
    rows = [
        {
            "size_kb": size,
            "storage_class": name,
            "months": payback_months(size, region, name, prices),
        }
        for name in storage_classes
        for size in sizes
    ]
    return pd.DataFrame(rows, columns=["size_kb", "storage_class", "months"])


def keeping_curve(
    size_kb: float,
    months: Iterable[float],
    region: str,
    storage_class: str = "DEEP_ARCHIVE",
    prices: Sheet | None = None,
) -> pd.DataFrame:
    """Follow what an object has cost by the month of its deletion, if it stays and if it moves.

    Parameters
    ----------
    size_kb, region, storage_class, prices
        As in `object_costs`.
    months : iterable of float
        Months until it is deleted.

    Returns
    -------
    pandas.DataFrame
        ``months``, ``way`` (``"STANDARD"`` or the other class), ``usd`` (for one object).
    """
    costs, every = object_costs(size_kb, storage_class, region, prices), list(months)
    rows = [
        {"months": month, "way": way, "usd": usd(month)}
        for way, usd in (("STANDARD", costs.stays), (storage_class, costs.moves))
        for month in every
    ]
    return pd.DataFrame(rows, columns=["months", "way", "usd"])


def moved_by_lifecycle(size_kb: float, larger_than_kb: float | None = None) -> bool:
    """Say whether a lifecycle rule written today moves an object of this size.

    Parameters
    ----------
    size_kb : float
    larger_than_kb : float, optional
        The rule's ``ObjectSizeGreaterThan``, which takes the place of the 128 KB default.
    """
    if larger_than_kb is None:
        return size_kb >= LIFECYCLE_MINIMUM_KB
    return size_kb > larger_than_kb
