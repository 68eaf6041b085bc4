"""How long a group takes from wanting an instance to having it in service."""

from __future__ import annotations

import time
from typing import Any

from labkit.polling import wait_until


def in_service(autoscaling: Any, group: str) -> int:
    """Count a group's instances that are ``InService``."""
    [described] = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])[
        "AutoScalingGroups"
    ]
    return sum(one["LifecycleState"] == "InService" for one in described["Instances"])


def boot_to_ready_s(autoscaling: Any, group: str, capacity: int, patience_s: float = 900) -> float:
    """Ask a group for so many instances, and time how long they take to be in service.

    Parameters
    ----------
    autoscaling
        boto3's Auto Scaling client.
    group : str
    capacity : int
    patience_s : float
        Longest wait, in seconds.

    Returns
    -------
    float
        Seconds of the wall's clock, by what ``describe_auto_scaling_groups`` says.

    Raises
    ------
    labkit.polling.NotInTime
        When they do not come.
    """
    began = time.monotonic()
    autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=capacity)
    wait_until(
        lambda: in_service(autoscaling, group) >= capacity,
        patience_s,
        f"{capacity} instances of {group} in service",
    )
    return time.monotonic() - began


def wait_for_warm_pool(autoscaling: Any, group: str, size: int, patience_s: float = 900) -> None:
    """Wait until a group's warm pool holds so many instances, stopped or running.

    Raises
    ------
    labkit.polling.NotInTime
        When they do not come.
    """

    def ready() -> bool:
        pool = autoscaling.describe_warm_pool(AutoScalingGroupName=group)["Instances"]
        states = ("Warmed:Stopped", "Warmed:Running", "Warmed:Hibernated")
        return sum(one["LifecycleState"] in states for one in pool) >= size

    wait_until(ready, patience_s, f"the warm pool of {group}")
