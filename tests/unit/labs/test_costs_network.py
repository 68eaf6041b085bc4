"""NAT, endpoints, PrivateLink and zones, against numbers computed by hand."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import pytest

from labkit.errors import LabkitError
from labkit.labs.costs import bill, cross_az, nat_or_endpoint, private_link
from labkit.prices import MissingPriceError

SEOUL = "ap-northeast-2"
VIRGINIA = "us-east-1"


def _usd(costs: pd.DataFrame, way: str) -> float:
    return float(bill.totals(costs)[way])


def _instead_of_nat(region: str, **case: Any) -> float:
    month = partial(nat_or_endpoint.monthly_costs, region, **case)
    return bill.break_even_gb(month, nat_or_endpoint.INTERFACE, instead_of=nat_or_endpoint.NAT)


@pytest.mark.parametrize(("region", "gb"), [(SEOUL, 387), (VIRGINIA, 417)])
def test_an_interface_endpoint_beside_a_nat_gateway_breaks_even(region: str, gb: int) -> None:
    assert round(_instead_of_nat(region)) == gb


@pytest.mark.parametrize("keep_nat", [True, False])
@pytest.mark.parametrize(("services", "zones"), [(3, 3), (12, 2)])
def test_at_the_break_even_both_ways_cost_the_same(
    services: int, zones: int, keep_nat: bool
) -> None:
    case = {"services": services, "zones": zones, "keep_nat": keep_nat}
    gb = _instead_of_nat(SEOUL, **case)
    costs = nat_or_endpoint.monthly_costs(SEOUL, gb, **case)
    assert _usd(costs, nat_or_endpoint.NAT) == pytest.approx(_usd(costs, nat_or_endpoint.INTERFACE))


def test_without_the_nat_gateway_an_endpoint_pays_at_once() -> None:
    assert _instead_of_nat(SEOUL, keep_nat=False) == 0.0


def test_a_month_of_nat_has_three_parts() -> None:
    costs = nat_or_endpoint.monthly_costs(SEOUL, 500).set_index(["way", "part"])["usd"]
    nat = costs[nat_or_endpoint.NAT]
    assert nat["NAT hours"] == pytest.approx(730 * 0.059)
    assert nat["public IPv4"] == pytest.approx(730 * 0.005)
    assert nat["NAT data"] == pytest.approx(500 * 0.059)
    assert costs[nat_or_endpoint.GATEWAY, "endpoint data"] == 0


def test_a_curve_follows_the_month() -> None:
    curve = bill.curve(partial(nat_or_endpoint.monthly_costs, VIRGINIA), [0, 100])
    nat = curve[curve["way"] == nat_or_endpoint.NAT].set_index("gb")["usd"]
    assert nat[100] - nat[0] == pytest.approx(4.5)
    assert list(curve.columns) == ["gb", "way", "usd"]


@pytest.mark.parametrize(
    ("home", "nat", "saving"),
    [(SEOUL, False, 0.286), (SEOUL, True, 0.514), (VIRGINIA, True, 0.778)],
)
def test_the_saas_pattern_saves_per_gb(home: str, nat: bool, saving: float) -> None:
    month = partial(private_link.monthly_costs, home)
    found = bill.saving_per_gb(month, private_link.PEERING, instead_of=_internet(nat))
    assert found == pytest.approx(saving, abs=0.0005)


@pytest.mark.parametrize(("nat", "gb"), [(False, 406), (True, 154)])
def test_the_saas_pattern_breaks_even(nat: bool, gb: int) -> None:
    month = partial(private_link.monthly_costs, SEOUL)
    assert round(bill.break_even_gb(month, private_link.PEERING, instead_of=_internet(nat))) == gb


def _internet(nat: bool) -> str:
    return private_link.NAT_AND_INTERNET if nat else private_link.INTERNET


def test_at_the_break_even_the_saas_pattern_costs_what_the_internet_costs() -> None:
    month = partial(private_link.monthly_costs, SEOUL)
    costs = month(bill.break_even_gb(month, private_link.PEERING, private_link.INTERNET))
    assert _usd(costs, private_link.PEERING) == pytest.approx(_usd(costs, private_link.INTERNET))


def test_a_cross_region_endpoint_pays_its_hours_at_home() -> None:
    costs = private_link.monthly_costs(SEOUL, 0)
    assert _usd(costs, private_link.PEERING) == pytest.approx(14.60)
    assert _usd(costs, private_link.CROSS_REGION) == pytest.approx(18.98)


def test_beyond_the_first_tier_the_model_says_so() -> None:
    with pytest.raises(MissingPriceError, match="internet-out-gb in ap-northeast-2"):
        private_link.monthly_costs(SEOUL, 20_000)


@pytest.mark.parametrize(
    ("zones", "kept", "share"),
    [(1, 0, 0), (2, 0, 0.5), (3, 0, 2 / 3), (3, 0.9, 0.2 / 3), (3, 1, 0)],
)
def test_a_random_target_is_in_another_zone(zones: int, kept: float, share: float) -> None:
    assert cross_az.crossing_share(zones, kept) == pytest.approx(share)


def test_only_an_nlb_with_cross_zone_and_services_pay_between_zones() -> None:
    costs = cross_az.monthly_costs(SEOUL, 1000, 1000, zones=2).set_index("way")["usd"]
    assert costs[cross_az.ALB] == costs[cross_az.NLB_OFF] == 0
    assert costs[cross_az.NLB_ON] == pytest.approx(10.0)
    assert costs[cross_az.SERVICES] == pytest.approx(10.0)


def test_a_bill_that_was_seen_in_seoul() -> None:
    """23,283 GB of regional transfer, counted at both ends, were billed as $233."""
    costs = cross_az.monthly_costs(SEOUL, 0, 23_283, zones=2).set_index("way")
    assert costs.loc[cross_az.SERVICES, "crossing_gb"] == pytest.approx(23_283 / 2)
    assert costs.loc[cross_az.SERVICES, "usd"] == pytest.approx(232.83)


@pytest.mark.parametrize(("zones", "kept"), [(0, 0.0), (2, 1.5), (2, -0.1)])
def test_an_impossible_spread_is_refused(zones: int, kept: float) -> None:
    with pytest.raises(LabkitError, match="is not a case"):
        cross_az.crossing_share(zones, kept)
