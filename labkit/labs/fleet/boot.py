"""How long a group takes from wanting an instance to having it in service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from labkit.clock import clock
from labkit.polling import NotInTime

LOOK_S = 0.25
"""Pause between two looks: the error of what is measured here, in seconds."""
IN_SERVICE = "InService"
READY = ("Warmed:Stopped", "Warmed:Running", "Warmed:Hibernated")
"""States of an instance that a warm pool holds (Amazon EC2 Auto Scaling user guide)."""


def scale_out(autoscaling: Any, group: str, capacity: int, patience_s: float = 900) -> pd.DataFrame:
    """Ask a group for so many instances, and follow the new ones until they are in service.

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
    pandas.DataFrame
        A row for each state of an instance that was not in service before: ``instance``,
        ``state``, ``from_s`` and ``to_s`` in seconds of the wall's clock since the request; in
        service to the end.

    Raises
    ------
    labkit.polling.NotInTime
        When they do not come.
    """
    before = {one for one, state in _states(autoscaling, group).items() if state == IN_SERVICE}
    began = clock().monotonic()
    autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=capacity)
    seen: list[tuple[str, str, float]] = []

    def arrived() -> bool:
        states = _states(autoscaling, group)
        now = clock().monotonic() - began
        seen.extend((one, state, now) for one, state in states.items() if one not in before)
        return sum(state == IN_SERVICE for state in states.values()) >= capacity

    _look_until(arrived, patience_s, f"{capacity} instances of {group} in service")
    return _spells(seen)


def scale_in(autoscaling: Any, group: str, capacity: int, patience_s: float = 900) -> list[str]:
    """Ask a group for fewer instances; return those that its warm pool holds afterwards.

    Parameters
    ----------
    autoscaling, group, capacity, patience_s
        As in `scale_out`.

    Returns
    -------
    list of str
        Ids of the instances in the warm pool, once it is as full as before.

    Raises
    ------
    labkit.polling.NotInTime
        When the group does not shrink, or its pool does not fill.
    """
    pool = autoscaling.describe_warm_pool(AutoScalingGroupName=group)
    autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=capacity)
    _look_until(
        lambda: len(_states(autoscaling, group)) <= capacity, patience_s, f"{group} to shrink"
    )
    size = max(1, pool.get("WarmPoolConfiguration", {}).get("MinSize", 0))
    wait_for_warm_pool(autoscaling, group, size, patience_s)
    now = autoscaling.describe_warm_pool(AutoScalingGroupName=group)["Instances"]
    return [one["InstanceId"] for one in now if one["LifecycleState"] in READY]


def empty(autoscaling: Any, group: str, patience_s: float = 900) -> None:
    """Take away a group's instances and its warm pool, and wait until they are gone.

    Raises
    ------
    labkit.polling.NotInTime
        When they do not go.
    """
    asked = {"AutoScalingGroupName": group}
    if autoscaling.describe_warm_pool(**asked).get("WarmPoolConfiguration"):
        autoscaling.delete_warm_pool(**asked, ForceDelete=True)
    autoscaling.update_auto_scaling_group(**asked, MinSize=0, DesiredCapacity=0)

    def gone() -> bool:
        pool = autoscaling.describe_warm_pool(**asked)
        left = _states(autoscaling, group) or pool["Instances"]
        return not (left or pool.get("WarmPoolConfiguration"))

    _look_until(gone, patience_s, f"{group} to be empty")


def ready_s(spells: pd.DataFrame) -> float:
    """Say after how many seconds the last instance of a `scale_out` was in service."""
    return float(spells.loc[spells["state"] == IN_SERVICE, "from_s"].max())


def wait_for_warm_pool(autoscaling: Any, group: str, size: int, patience_s: float = 900) -> None:
    """Wait until a group's warm pool holds so many instances, stopped or running.

    Raises
    ------
    labkit.polling.NotInTime
        When they do not come.
    """

    def filled() -> bool:
        pool = autoscaling.describe_warm_pool(AutoScalingGroupName=group)["Instances"]
        return sum(one["LifecycleState"] in READY for one in pool) >= size

    _look_until(filled, patience_s, f"the warm pool of {group}")


def _states(autoscaling: Any, group: str) -> Mapping[str, str]:
    """Return the lifecycle state of each of a group's instances."""
    asked = {"AutoScalingGroupNames": [group]}
    [described] = autoscaling.describe_auto_scaling_groups(**asked)["AutoScalingGroups"]
    return {one["InstanceId"]: one["LifecycleState"] for one in described["Instances"]}


def _look_until(done: Callable[[], bool], patience_s: float, what: str) -> None:
    """Look at even intervals; `labkit.polling` looks ever more rarely, which would be measured."""
    deadline = clock().monotonic() + patience_s
    while not done():
        if clock().monotonic() > deadline:
            raise NotInTime(f"waited {patience_s:g} s for {what}, in vain")
        clock().sleep(LOOK_S)


def _spells(seen: list[tuple[str, str, float]]) -> pd.DataFrame:
    """Join looks that saw an instance in the same state; a spell ends when the next one begins."""
    looks = pd.DataFrame(seen, columns=["instance", "state", "at"])
    spells = looks.groupby(["instance", "state"], sort=False)["at"].min().reset_index(name="from_s")
    follows = spells.groupby("instance")["from_s"].shift(-1)
    return spells.assign(to_s=follows.fillna(looks["at"].max()))
