"""How large a group may be here: a bound of the sandbox, of which AWS knows nothing.

A server without it makes each instance that is asked for, until its memory is full, so these tests
are none of the contract's, which MiniStack and moto are shown too.
"""

from __future__ import annotations

import pytest

from tests.sandbox.autoscaling.fleet import Fleet
from tests.sandbox.delivery import error


@pytest.mark.parametrize("member", ["MinSize", "MaxSize", "DesiredCapacity"])
def test_a_group_is_no_larger_than_the_sandbox(fleet: Fleet, member: str) -> None:
    sizes = {"MinSize": 0, "MaxSize": 4, "DesiredCapacity": 0, member: 10**9}
    assert error(
        fleet.autoscaling.update_auto_scaling_group, AutoScalingGroupName=fleet.name, **sizes
    ) == (
        "ValidationError",
        f"{member} is 1000000000, but the sandbox has at most 256 instances. Nothing was done.",
    )
    (group,) = fleet.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[fleet.name])[
        "AutoScalingGroups"
    ]
    assert (group["MaxSize"], group["DesiredCapacity"]) == (4, 1)
