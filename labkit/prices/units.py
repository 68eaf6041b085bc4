"""Amounts with their unit, so that GB are never multiplied by a price per hour."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from labkit.errors import LabkitError


class Unit(StrEnum):
    """What AWS counts, in the words of its price pages."""

    HOUR = "hour"
    AZ_HOUR = "AZ-hour"
    """An hour in one Availability Zone: an interface endpoint is billed for each of its zones."""
    GB = "GB"
    GB_MONTH = "GB-month"
    GB_SECOND = "GB-second"
    REQUEST = "request"
    EVENT = "event"
    """What EventBridge takes, in chunks of 64 KB."""
    STATE_TRANSITION = "state transition"
    WRITE_REQUEST_UNIT = "write request unit"
    """What DynamoDB asks for writing up to 1 KB."""
    READ_REQUEST_UNIT = "read request unit"
    """What DynamoDB asks for reading up to 4 KB, strongly consistent."""
    LCU_HOUR = "LCU-hour"
    VCPU_HOUR = "vCPU-hour"
    ACU_HOUR = "ACU-hour"


HOURS_A_MONTH = 730.0
"""Hours in a month, as the AWS Pricing Calculator counts them (365 × 24 / 12)."""
KB_PER_GB = 1_048_576
"""Storage is billed in binary gigabytes (2^30 bytes)."""


class UnitError(LabkitError):
    """Two amounts, or an amount and a price, have different units."""


@dataclass(frozen=True)
class Quantity:
    """How much of something was used.

    Attributes
    ----------
    amount : float
        Zero or more.
    unit : Unit

    Raises
    ------
    LabkitError
        If the amount is negative or not a finite number.
    """

    amount: float
    unit: Unit

    def __post_init__(self) -> None:
        if not (math.isfinite(self.amount) and self.amount >= 0):
            raise LabkitError(f"{self.amount} is not an amount of {self.unit}: give 0 or more.")

    def __add__(self, other: Quantity) -> Quantity:
        """Add an amount of the same unit."""
        if other.unit != self.unit:
            raise UnitError(f"{self} and {other} cannot be added: their units differ.")
        return Quantity(self.amount + other.amount, self.unit)

    def __mul__(self, times: float) -> Quantity:
        """Take it several times: 730 hours × 2 gateways."""
        return Quantity(self.amount * times, self.unit)

    def __str__(self) -> str:
        counts = self.amount == int(self.amount)
        amount = f"{self.amount:,.0f}" if counts else f"{self.amount:,.3g}"
        several = self.amount != 1 and not self.unit.endswith("GB")
        return f"{amount} {self.unit}{'s' if several else ''}"


def gb(amount: float) -> Quantity:
    """Give an amount of data, in GB."""
    return Quantity(amount, Unit.GB)
