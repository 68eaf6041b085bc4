"""The cheapest purchase: known optima, and the same as trying everything hour by hour."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from labkit.errors import LabkitError
from labkit.labs.costs.purchasing import (
    COMPUTE_SAVINGS_PLAN,
    EC2_INSTANCE_SAVINGS_PLAN,
    ON_DEMAND,
    RESERVED_INSTANCES,
    SPOT,
    UNUSED,
    Discounts,
    break_even_utilisation,
    cheapest,
    office_week,
    utilisation_by_layer,
)

STEADY_AND_PEAK = pd.DataFrame({"web": [2, 2, 2, 5]})


def _brute_force(load: pd.DataFrame, discounts: Discounts, interruptible: set[str]) -> float:
    """Try every commitment; in each hour cover On-Demand use first, instance by instance."""
    single = max(discounts.ec2_instance_savings_plan or 0, discounts.reserved_instances or 0)
    spot = 1 - discounts.spot if discounts.spot is not None else 1.0
    rates = [spot if workload in interruptible else 1.0 for workload in load.columns]
    most = [int(load[workload].max()) if single else 0 for workload in load.columns]
    most_all = int(load.sum(axis=1).max()) if discounts.compute_savings_plan else 0
    best = float("inf")
    for *dedicated, compute in product(*(range(n + 1) for n in [*most, most_all])):
        hourly = sum(dedicated) * (1 - single)
        hourly += compute * (1 - (discounts.compute_savings_plan or 0))
        usd = hourly * len(load)
        for row in load.itertuples(index=False):
            left = [
                rate
                for n, committed, rate in zip(row, dedicated, rates, strict=True)
                for _ in range(max(n - committed, 0))
            ]
            usd += sum(sorted(left, reverse=True)[compute:])
        best = min(best, usd)
    return best


def test_a_commitment_covers_the_layers_that_run_long_enough() -> None:
    """40 % off pays from 60 % of the hours: two instances run always, three a quarter."""
    mix = cheapest(STEADY_AND_PEAK, Discounts(ec2_instance_savings_plan=0.4))
    assert mix.commitments.to_dict("records") == [
        {"option": EC2_INSTANCE_SAVINGS_PLAN, "workload": "web", "instances": 2}
    ]
    assert mix.usd == pytest.approx(2 * 4 * 0.6 + 3)
    assert mix.on_demand_usd == 11
    assert mix.saving == pytest.approx(1 - 7.8 / 11)


def test_a_deep_discount_pays_for_hours_in_vain() -> None:
    load = pd.DataFrame({"web": [4, 4, 4, 1]})
    mix = cheapest(load, Discounts(reserved_instances=0.5))
    assert mix.commitments["option"].tolist() == [RESERVED_INSTANCES]
    assert mix.hourly[RESERVED_INSTANCES].tolist() == [4, 4, 4, 1]
    assert mix.hourly[UNUSED].tolist() == [0, 0, 0, 3]


def test_a_workload_that_moves_wants_the_plan_that_follows() -> None:
    load = pd.DataFrame({"m5 Seoul": [8] * 5 + [0] * 5, "m7g Virginia": [0] * 5 + [8] * 5})
    discounts = Discounts(compute_savings_plan=0.3, ec2_instance_savings_plan=0.45)
    mix = cheapest(load, discounts)
    assert mix.commitments.to_dict("records") == [
        {"option": COMPUTE_SAVINGS_PLAN, "workload": "all", "instances": 8}
    ]
    assert mix.saving == pytest.approx(0.3)


def test_a_workload_that_stays_wants_the_larger_discount() -> None:
    discounts = Discounts(compute_savings_plan=0.3, ec2_instance_savings_plan=0.45)
    mix = cheapest(pd.DataFrame({"m5 Seoul": [8] * 10}), discounts)
    assert mix.commitments["option"].tolist() == [EC2_INSTANCE_SAVINGS_PLAN]
    assert mix.saving == pytest.approx(0.45)


def test_spot_is_only_for_what_may_be_interrupted() -> None:
    load = pd.DataFrame({"web": [1, 3], "batch": [2, 2]})
    mix = cheapest(load, Discounts(spot=0.6), interruptible=["batch"])
    assert mix.hourly[SPOT].tolist() == [2, 2]
    assert mix.hourly[ON_DEMAND].tolist() == [1, 3]
    assert mix.usd == pytest.approx(4 + 4 * 0.4)


@pytest.mark.parametrize("seed", range(12))
def test_no_other_purchase_costs_less(seed: int) -> None:
    rng = np.random.default_rng(seed)
    load = pd.DataFrame(
        {name: rng.integers(0, 4, size=6) * rng.integers(0, 2, size=6) for name in ("a", "b", "c")}
    )
    discounts = Discounts(
        compute_savings_plan=round(rng.uniform(0, 0.66), 2),
        ec2_instance_savings_plan=round(rng.uniform(0, 0.72), 2),
        reserved_instances=round(rng.uniform(0, 0.72), 2),
        spot=round(rng.uniform(0, 0.9), 2),
    )
    mix = cheapest(load, discounts, interruptible=["b"])
    assert mix.usd == pytest.approx(_brute_force(load, discounts, {"b"}))


@pytest.mark.parametrize("discounts", [Discounts(), Discounts(compute_savings_plan=0.6)])
def test_each_hour_is_covered_exactly(discounts: Discounts) -> None:
    load = office_week(3, 9).to_frame()
    mix = cheapest(load, discounts)
    assert mix.hourly.drop(columns=UNUSED).sum(axis=1).tolist() == load["instances"].tolist()


def test_the_rate_only_scales() -> None:
    discounts = Discounts(ec2_instance_savings_plan=0.4)
    mix = cheapest(STEADY_AND_PEAK, discounts, on_demand_usd_hour=0.25)
    assert mix.usd == pytest.approx(7.8 / 4)


def test_layers_of_an_office_week() -> None:
    layers = utilisation_by_layer(office_week(2, 4)).set_index("instance")["utilisation"]
    assert layers.tolist() == pytest.approx([1, 1, 45 / 168, 45 / 168])
    assert break_even_utilisation(0.4) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("option", "discount", "most"),
    [
        ("compute_savings_plan", 0.7, "66%"),
        ("ec2_instance_savings_plan", 0.73, "72%"),
        ("reserved_instances", 40, "72%"),
        ("spot", -0.1, "90%"),
    ],
)
def test_no_discount_is_larger_than_aws_names(option: str, discount: float, most: str) -> None:
    with pytest.raises(LabkitError, match=f"AWS offers up to {most}"):
        Discounts(**{option: discount})


@pytest.mark.parametrize("load", [[], [1.5], [-1]])
def test_a_load_is_whole_instances(load: list[float]) -> None:
    with pytest.raises(LabkitError, match="whole instances"):
        cheapest(pd.DataFrame({"web": load}), Discounts())


def test_a_workload_that_is_not_there_is_named() -> None:
    with pytest.raises(LabkitError, match="no workload batch"):
        cheapest(STEADY_AND_PEAK, Discounts(), interruptible=["batch"])


def test_too_many_mixes_are_refused_before_they_are_tried() -> None:
    load = pd.DataFrame({name: [50, 50] for name in "abc"})
    with pytest.raises(LabkitError, match=r"132,651 mixes.*Nothing was computed"):
        cheapest(load, Discounts(ec2_instance_savings_plan=0.4))
