"""The cheapest mix of On-Demand, commitments and Spot for a load curve.

Load is counted in whole instances of one size, or their equivalent, at one On-Demand rate; each
column of a load is a workload, which means one instance family in one Region. A workload that moves
to another family or Region is two columns: one ends where the other begins.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
import numpy.typing as npt
import pandas as pd

from labkit.errors import LabkitError

COMPUTE_SAVINGS_PLAN = "Compute Savings Plan"
EC2_INSTANCE_SAVINGS_PLAN = "EC2 Instance Savings Plan"
RESERVED_INSTANCES = "Reserved Instances"
SPOT = "Spot"
ON_DEMAND = "On-Demand"
UNUSED = "committed, unused"

UP_TO = {
    COMPUTE_SAVINGS_PLAN: 0.66,
    EC2_INSTANCE_SAVINGS_PLAN: 0.72,
    RESERVED_INSTANCES: 0.72,
    SPOT: 0.90,
}
"""The largest discounts that AWS names ("up to 66 %", ..., on its price pages): the real ones
depend on family, Region, term and payment, and are smaller."""
MOST_MIXES = 20_000
"""More than these are not tried: it would take minutes."""

Hours = npt.NDArray[np.int64]
"""Instances in each hour."""


@dataclass(frozen=True)
class Discounts:
    """What each way of buying takes off the On-Demand rate; None where it is not on offer.

    These are yours to fill in, from AWS's price pages for your family, Region and term. They are
    not prices.

    Attributes
    ----------
    compute_savings_plan : float or None
        0.3 for 30 %; at most 0.66. Covers each workload, also after a move.
    ec2_instance_savings_plan : float or None
        At most 0.72. Covers one workload.
    reserved_instances : float or None
        At most 0.72. Covers one workload.
    spot : float or None
        At most 0.90, on average over the term. Only for workloads that may be interrupted.

    Raises
    ------
    LabkitError
        If a discount is negative or larger than AWS offers at most.
    """

    compute_savings_plan: float | None = None
    ec2_instance_savings_plan: float | None = None
    reserved_instances: float | None = None
    spot: float | None = None

    def __post_init__(self) -> None:
        for name, discount in self._named():
            if not 0 <= discount <= UP_TO[name]:
                raise LabkitError(
                    f"A discount of {discount:.0%} is not one of {name}: AWS offers up to "
                    f"{UP_TO[name]:.0%}. Give a part, such as 0.3 for 30 %."
                )

    def _named(self) -> Iterator[tuple[str, float]]:
        given = (
            (COMPUTE_SAVINGS_PLAN, self.compute_savings_plan),
            (EC2_INSTANCE_SAVINGS_PLAN, self.ec2_instance_savings_plan),
            (RESERVED_INSTANCES, self.reserved_instances),
            (SPOT, self.spot),
        )
        return ((name, discount) for name, discount in given if discount is not None)

    def of(self, name: str) -> float | None:
        """Give the discount of one way of buying, by its name."""
        return dict(self._named()).get(name)

    def best_for_one_workload(self) -> str | None:
        """Name the cheaper of the two that cover one workload; of equals the Savings Plan.

        Over one term and one workload nothing but the discount tells them apart here; in truth a
        Savings Plan also follows a change of size or operating system by itself.
        """
        names = (EC2_INSTANCE_SAVINGS_PLAN, RESERVED_INSTANCES)
        offered = [name for name in names if self.of(name) is not None]
        return max(offered, key=lambda name: self.of(name) or 0.0, default=None)


@dataclass(frozen=True)
class Mix:
    """A purchase, and what becomes of it hour by hour.

    Attributes
    ----------
    commitments : pandas.DataFrame
        ``option``, ``workload`` (``"all"`` for a Compute Savings Plan), ``instances`` committed to
        in every hour.
    hourly : pandas.DataFrame
        One row per hour; instances by option, and ``"committed, unused"``.
    usd : float
        For all hours.
    on_demand_usd : float
        What all hours cost without any of it.
    """

    commitments: pd.DataFrame
    hourly: pd.DataFrame
    usd: float
    on_demand_usd: float

    @property
    def saving(self) -> float:
        """Part of the On-Demand cost that is saved: 0.4 for 40 %."""
        return 1 - self.usd / self.on_demand_usd if self.on_demand_usd else 0.0


def break_even_utilisation(discount: float) -> float:
    """Say in which part of the hours an instance has to run for a commitment to pay.

    Parameters
    ----------
    discount : float
        0.4 for 40 %.

    Returns
    -------
    float
        0.6: below 60 % of the hours, On-Demand costs less.
    """
    return 1 - discount


def office_week(night: int, day: int) -> pd.Series[int]:
    """Make a week of load: more from 9 to 18 o'clock on five days than at other times.

    Parameters
    ----------
    night, day : int
        Instances.

    Returns
    -------
    pandas.Series
        Instances in each of 168 hours, from Monday, 0 o'clock.
    """
    hours = range(7 * 24)
    busy = (hour // 24 < 5 and 9 <= hour % 24 < 18 for hour in hours)
    return pd.Series([day if at_work else night for at_work in busy], name="instances")


def utilisation_by_layer(load: pd.Series[int]) -> pd.DataFrame:
    """Say in which part of the hours the first instance runs, the second, and so on.

    Parameters
    ----------
    load : pandas.Series
        Instances in each hour.

    Returns
    -------
    pandas.DataFrame
        ``instance`` (from 1), ``utilisation`` (0 to 1, falling).
    """
    hours = _whole(load.to_frame())[:, 0]
    layers = np.arange(1, hours.max(initial=0) + 1)
    return pd.DataFrame(
        {"instance": layers, "utilisation": [float((hours >= n).mean()) for n in layers]}
    )


def cheapest(
    load: pd.DataFrame,
    discounts: Discounts,
    *,
    on_demand_usd_hour: float = 1.0,
    interruptible: Collection[str] = (),
) -> Mix:
    """Find the purchase with which a load costs least.

    Commitments are whole instances, the same in every hour, paid whether used or not. Of each
    number of instances that may pay, for each workload, every combination is tried; to each, the
    Compute Savings Plan is added instance by instance while the next one saves more than it costs
    (its use falls with each, so that stops at the best). A commitment never gets more useful
    because there is another one; so those that do not pay alone need not be tried.

    Parameters
    ----------
    load : pandas.DataFrame
        One row per hour, one column per workload: whole instances.
    discounts : Discounts
    on_demand_usd_hour : float
        USD per instance-hour. Left at 1, costs are in On-Demand instance-hours.
    interruptible : collection of str
        Workloads that may run on Spot.

    Returns
    -------
    Mix

    Raises
    ------
    LabkitError
        If the load is empty, not of whole instances, or has so many levels that there are more than
        20,000 mixes.
    """
    case = _Case(load, discounts, on_demand_usd_hour, interruptible)
    ranges = [range(most + 1) for most in case.most_for_each()]
    mixes = prod(len(numbers) for numbers in ranges)
    if mixes > MOST_MIXES:
        raise LabkitError(
            f"This load has {mixes:,} mixes that may pay; at most {MOST_MIXES:,} are tried. "
            f"Nothing was computed. Count in larger instances, or join workloads."
        )
    tried = (case.with_compute_plan(np.array(dedicated)) for dedicated in product(*ranges))
    return case.mix(min(tried, key=case.usd))


@dataclass(frozen=True)
class _Plan:
    """Commitments in instances: for each workload, and for all together."""

    dedicated: Hours
    compute: int


class _Case:
    """A load with its prices: what each plan costs."""

    def __init__(
        self, load: pd.DataFrame, discounts: Discounts, rate: float, interruptible: Collection[str]
    ) -> None:
        unknown = set(interruptible) - set(load.columns)
        if unknown:
            raise LabkitError(f"The load has no workload {', '.join(sorted(unknown))}.")
        self.load = load
        self.instances = _whole(load)
        self.hours = len(load)
        self.rate = rate
        self.dedicated_option = discounts.best_for_one_workload()
        self.dedicated_rate = _committed(rate, discounts.of(self.dedicated_option or ""))
        self.compute_rate = _committed(rate, discounts.of(COMPUTE_SAVINGS_PLAN))
        spot = discounts.of(SPOT)
        self.spot_rate = rate * (1 - (spot or 0.0))
        self.on_spot = np.array([spot is not None and w in interruptible for w in load.columns])

    def most_for_each(self) -> list[int]:
        """Give, for each workload, how many instances of commitment pay where there is no other."""
        rates = np.where(self.on_spot, self.spot_rate, self.rate)
        return [
            _paying(self.instances[:, [column]], rates[[column]], self.dedicated_rate)
            for column in range(self.instances.shape[1])
        ]

    def left(self, dedicated: Hours) -> tuple[Hours, Hours]:
        """Give what each hour leaves to On-Demand, and to Spot, of all workloads."""
        rest = np.maximum(self.instances - dedicated, 0)
        return rest[:, ~self.on_spot].sum(axis=1), rest[:, self.on_spot].sum(axis=1)

    def with_compute_plan(self, dedicated: Hours) -> _Plan:
        """Add the best Compute Savings Plan to commitments for single workloads."""
        rest = np.column_stack(self.left(dedicated))
        rates = np.array([self.rate, self.spot_rate])
        return _Plan(dedicated, _paying(rest, rates, self.compute_rate))

    def usage(self, plan: _Plan) -> dict[str, Hours]:
        """Say by what each hour's instances are covered, and how many were committed in vain."""
        on_demand, spot = self.left(plan.dedicated)
        over = np.maximum(plan.compute - on_demand, 0)
        left_on_demand = np.maximum(on_demand - plan.compute, 0)
        left_spot = np.maximum(spot - over, 0)
        covered = np.minimum(self.instances, plan.dedicated).sum(axis=1)
        by_plan = on_demand + spot - left_on_demand - left_spot
        return {
            self.dedicated_option or EC2_INSTANCE_SAVINGS_PLAN: covered,
            COMPUTE_SAVINGS_PLAN: by_plan,
            SPOT: left_spot,
            ON_DEMAND: left_on_demand,
            UNUSED: plan.dedicated.sum() + plan.compute - covered - by_plan,
        }

    def usd(self, plan: _Plan) -> float:
        """Price a plan over all hours."""
        used = self.usage(plan)
        committed = plan.compute * self._or_zero(self.compute_rate)
        committed += plan.dedicated.sum() * self._or_zero(self.dedicated_rate)
        free = used[ON_DEMAND].sum() * self.rate + used[SPOT].sum() * self.spot_rate
        return float(committed * self.hours + free)

    @staticmethod
    def _or_zero(rate: float) -> float:
        """A rate that is not on offer is infinite, and never committed to."""
        return rate if np.isfinite(rate) else 0.0

    def mix(self, plan: _Plan) -> Mix:
        """Say what a plan is."""
        bought = [
            {"option": self.dedicated_option, "workload": workload, "instances": int(number)}
            for workload, number in zip(self.load.columns, plan.dedicated, strict=True)
        ]
        bought.append(
            {"option": COMPUTE_SAVINGS_PLAN, "workload": "all", "instances": plan.compute}
        )
        return Mix(
            commitments=pd.DataFrame([row for row in bought if row["instances"]]).reindex(
                columns=["option", "workload", "instances"]
            ),
            hourly=pd.DataFrame(self.usage(plan), index=self.load.index),
            usd=self.usd(plan),
            on_demand_usd=float(self.instances.sum() * self.rate),
        )


def _committed(rate: float, discount: float | None) -> float:
    return float("inf") if discount is None else rate * (1 - discount)


def _whole(load: pd.DataFrame) -> Hours:
    """Give the load as whole numbers."""
    values = load.to_numpy()
    if not values.size or (values < 0).any() or (values != np.floor(values)).any():
        raise LabkitError(
            "A load has one row or more per hour, a column per workload, and whole instances in it."
        )
    return values.astype(np.int64)


def _paying(load: Hours, rates: npt.NDArray[np.float64], committed: float) -> int:
    """Count the instances of commitment that save more than they cost, dearest use covered first.

    Parameters
    ----------
    load : array, shape (hours, kinds)
        Instances by what they would cost otherwise, the dearest kind first.
    rates : array, shape (kinds,)
        USD per instance-hour of each kind, falling.
    committed : float
        USD per instance-hour of the commitment.
    """
    reach = load.cumsum(axis=1)
    marginal = -np.diff(rates, append=0.0)
    number = 0
    while number < reach.max(initial=0):
        saved = ((reach > number) * marginal).sum()
        if saved <= committed * len(load):
            break
        number += 1
    return number
