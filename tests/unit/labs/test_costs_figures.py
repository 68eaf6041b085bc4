"""Figures of money say their numbers in words."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest

from labkit.errors import LabkitError
from labkit.labs.costs import bill, nat_or_endpoint
from labkit.labs.costs.bill_figures import break_even, cost_stack
from labkit.labs.costs.purchase_figure import purchase_mix
from labkit.labs.costs.purchasing import Discounts, cheapest, office_week
from labkit.labs.storage import archive, prefixes
from labkit.labs.storage.archive_figures import keeping, payback
from labkit.labs.storage.prefix_figure import prefix_bars
from labkit.show.picture import Picture
from labkit.show.sliders import explore
from labkit.show.words import money

SEOUL = "ap-northeast-2"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("usd", "words"),
    [(0, "$0"), (0.004, "$0.00"), (9.49, "$9.49"), (108.66, "$108.66"), (1234.4, "$1,234")],
)
def test_money(usd: float, words: str) -> None:
    assert money(usd) == words


def test_a_break_even_curve_says_where() -> None:
    curve = bill.curve(partial(nat_or_endpoint.monthly_costs, SEOUL), np.linspace(0, 1000, 5))
    shown = break_even(curve, 386.9, "NAT or endpoint")
    assert shown.png.startswith(PNG)
    assert shown.alt == (
        "NAT or endpoint, by GB a month. At 1,000 GB: NAT gateway $105.72, interface endpoints "
        "$75.70, gateway endpoint $46.72. Break-even at 387 GB."
    )


def test_a_curve_without_break_even_says_so() -> None:
    curve = bill.curve(partial(nat_or_endpoint.monthly_costs, SEOUL), [0, 10])
    assert "There is no break-even." in break_even(curve, float("inf")).alt


def test_a_stack_names_its_parts() -> None:
    shown = cost_stack(nat_or_endpoint.monthly_costs(SEOUL, 500))
    assert "NAT gateway: $76.22 (NAT hours $43.07, public IPv4 $3.65, NAT data $29.50)" in shown.alt


def test_a_stack_may_cost_nothing() -> None:
    shown = cost_stack(nat_or_endpoint.monthly_costs(SEOUL, 0, keep_nat=False, nat_gateways=0))
    assert "gateway endpoint: $0." in shown.alt


def test_a_purchase_says_its_parts_and_what_is_in_vain() -> None:
    load = office_week(4, 10).to_frame()
    some = purchase_mix(cheapest(load, Discounts(ec2_instance_savings_plan=0.4)).hourly)
    assert some.alt == (
        "What the load is bought with. 168 hours of 4 to 10 instances, covered by EC2 Instance "
        "Savings Plan 71%, On-Demand 29%; no commitment is unused."
    )
    hourly = pd.DataFrame({"Reserved Instances": [4, 2], "committed, unused": [0, 3]})
    assert "100%; 50% more is committed and unused." in purchase_mix(hourly).alt


def test_a_pay_back_says_first_and_last() -> None:
    shown = payback(archive.payback_curve([8, 128, 512], "us-east-1"), 128)
    assert "DEEP_ARCHIVE pays back after 20 months at 128 KB and after 4.7 at 512 KB." in shown.alt
    never = payback(archive.payback_curve([8], "us-east-1"))
    assert "does not pay back at these sizes" in never.alt


def test_staying_and_moving_are_drawn_to_where_moving_pays() -> None:
    curve = archive.keeping_curve(128, np.arange(25), "us-east-1")
    shown = keeping(curve, "A million objects")
    assert shown.alt == (
        "A million objects, by months until deletion. STANDARD $0 at once and $67.38 after 24 "
        "months; DEEP_ARCHIVE $51.93 at once and $57.84 after 24 months. Moving pays from 21 "
        "months."
    )
    soon = archive.keeping_curve(128, np.arange(7), "us-east-1")
    assert keeping(soon, "Soon").alt.endswith("Moving does not pay by then.")


def test_prefixes_are_drawn_against_what_each_takes() -> None:
    load = prefixes.prefix_load(["2026/a", "2026/b", "2027/c"], 4, 9_000, 0)
    assert prefix_bars(load, prefixes.WRITES_PER_S, "By year").alt == (
        "By year. 2 prefixes; the busiest, '2026', gets 6,000 writes per second of the 3,500 that "
        "it takes. Prefixes above that: 1, by 2,500 writes per second together."
    )


def _figure(gb: float = 7.0) -> Picture:
    return Picture(PNG, f"{gb:g} GB")


def _no_default(gb: float) -> Picture:
    return _figure(gb)


def test_outside_jupyter_the_figure_has_its_defaults() -> None:
    shown = explore(_figure, gb=(0.0, 10.0, 1.0))
    assert isinstance(shown, Picture)
    assert shown.alt == "7 GB"


def test_explore_refuses_what_it_could_not_show() -> None:
    with pytest.raises(LabkitError, match="no parameter 'tb'"):
        explore(_figure, tb=(0, 1))
    with pytest.raises(LabkitError, match="'gb' of _no_default has no default"):
        explore(_no_default, gb=(0, 1))
