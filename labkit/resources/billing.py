"""How AWS bills one kind of resource: by the hour, by use, by what it stores, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.prices import Unit

BYTES_PER_GB = 2**30
"""CloudWatch counts data in bytes, and AWS bills binary gigabytes."""


@dataclass(frozen=True)
class Meter:
    """One thing that AWS bills by use, and the metrics that come near to it.

    Attributes
    ----------
    price
        Item of the price sheet.
    namespace, metrics
        Of CloudWatch; their sums are added.
    dimension
        By which the metrics tell one resource.
    unit, each
        Unit of the price, and how much of the metrics makes one.
    estimated
        Why this comes only near.
    by_id
        Whether the dimension's value is the resource's id; else it is its name.
    """

    price: str
    namespace: str
    metrics: tuple[str, ...]
    dimension: str
    unit: Unit
    each: float
    estimated: str
    by_id: bool = False


@dataclass(frozen=True)
class Billing:
    """What AWS bills of a kind; what labkit cannot tell is said, never taken for zero.

    Attributes
    ----------
    hourly
        Items of the price sheet that are billed as long as it is there; the dearest counts.
    hourly_unpriced
        Whether it is billed as long as it is there, and the sheet holds no price for that.
    meters
        What is billed by use, as far as CloudWatch counts it for one resource (each service's
        guide, "Metrics").
    stored
        Item of the price sheet for what it stores, per GB-month; see `Kind.stored_bytes`.
    unmetered
        What else is billed by use and nothing here reads: CloudWatch counts it for a whole
        account, or only for those who pay for it, or the sheet holds no price.
    free
        Why being there and being used costs nothing, or with what else it is billed.
    """

    hourly: tuple[str, ...] = ()
    hourly_unpriced: bool = False
    meters: tuple[Meter, ...] = ()
    stored: str = ""
    unmetered: str = ""
    free: str = ""


FREE = Billing(free="AWS asks nothing for it")
