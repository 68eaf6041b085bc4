"""A group's instances on their way into service, as lesson 03 measures and draws them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.labs.fleet import ready_s, scale_out, wait_for_warm_pool
from labkit.labs.fleet.lifecycle_figure import lifecycles
from labkit.polling import NotInTime
from tests.sandbox.autoscaling.test_groups import NEVER, Fleet
from tests.sandbox.conftest import Aws


@pytest.fixture
def fleet(aws: Aws) -> Fleet:
    """A group with one instance in service, in an account of these tests' own."""
    return Fleet(replace(aws, account="272727272727"))


def test_a_cold_start_and_a_warm_one_are_followed_and_drawn(fleet: Fleet) -> None:
    fleet.clock("boot", "1")
    cold = scale_out(fleet.autoscaling, fleet.name, 2)
    assert cold["state"].tolist() == ["Pending", "InService"]
    assert cold["instance"].nunique() == 1
    assert ready_s(cold) >= 1
    fleet.pool(MinSize=1)
    wait_for_warm_pool(fleet.autoscaling, fleet.name, 1)
    warm = scale_out(fleet.autoscaling, fleet.name, 3)
    assert warm["state"].tolist()[-1] == "InService"
    assert set(warm["instance"]).isdisjoint(cold["instance"])
    shown = lifecycles({"cold": cold, "warm": warm}, "To service").alt
    assert f"in service after {ready_s(cold):.1f} s. warm: " in shown


def test_instances_that_do_not_come_are_said(fleet: Fleet) -> None:
    fleet.clock("boot", NEVER)
    with pytest.raises(NotInTime, match="in service, in vain"):
        scale_out(fleet.autoscaling, fleet.name, 2, patience_s=0.1)
