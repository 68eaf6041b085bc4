"""Auto Scaling groups and their warm pools, through boto3 alone."""

from __future__ import annotations

import pytest

from tests.sandbox.autoscaling.fleet import Fleet
from tests.sandbox.conftest import wait_for
from tests.sandbox.delivery import error

pytestmark = pytest.mark.contract(26)

NEVER = "3600"
"""Seconds that no test waits for."""


class TestPool:
    @pytest.mark.parametrize(
        ("settings", "state", "machine"),
        [
            ({}, "Warmed:Stopped", "stopped"),
            ({"PoolState": "Running"}, "Warmed:Running", "running"),
            ({"PoolState": "Hibernated"}, "Warmed:Hibernated", "stopped"),
        ],
    )
    def test_its_instances_have_its_state(
        self, fleet: Fleet, settings: dict[str, str], state: str, machine: str
    ) -> None:
        fleet.pool(**settings)
        assert list(fleet.warm().values()) == [state] * 3
        assert {fleet.machine(instance) for instance in fleet.warm()} == {machine}
        assert list(fleet.members().values()) == ["InService"]
        group = fleet.group()
        assert group["WarmPoolConfiguration"]["PoolState"] == state.partition(":")[2]
        assert group["WarmPoolSize"] == 3

    @pytest.mark.parametrize(
        ("settings", "size"),
        [
            ({"MaxGroupPreparedCapacity": 2}, 1),
            ({"MinSize": 2, "MaxGroupPreparedCapacity": 2}, 2),
            ({"MaxGroupPreparedCapacity": 1}, 0),
        ],
    )
    def test_its_size(self, fleet: Fleet, settings: dict[str, int], size: int) -> None:
        fleet.pool(**settings)
        assert len(fleet.warm()) == size

    def test_a_scale_out_takes_from_it(self, fleet: Fleet) -> None:
        fleet.pool()
        before = set(fleet.warm())
        fleet.scale(3)
        moved = set(fleet.members()) & before
        assert len(moved) == 2
        assert set(fleet.members().values()) == {"InService"}
        assert {fleet.machine(instance) for instance in moved} == {"running"}
        assert set(fleet.warm()) == before - moved

    def test_a_scale_in_terminates(self, fleet: Fleet) -> None:
        fleet.pool(MaxGroupPreparedCapacity=1)
        fleet.scale(2)
        before = set(fleet.members())
        fleet.scale(1)
        (ended,) = before - set(fleet.members())
        assert fleet.machine(ended) == "terminated"
        assert fleet.warm() == {}

    def test_unless_instances_are_used_again(self, fleet: Fleet) -> None:
        fleet.pool(InstanceReusePolicy={"ReuseOnScaleIn": True})
        fleet.scale(4)
        before = set(fleet.members())
        fleet.scale(1)
        returned = before - set(fleet.members())
        assert fleet.warm() == dict.fromkeys(returned, "Warmed:Stopped")

    def test_deleted_it_ends_its_instances(self, fleet: Fleet) -> None:
        fleet.pool()
        before = set(fleet.warm())
        fleet.autoscaling.delete_warm_pool(AutoScalingGroupName=fleet.name)
        assert {fleet.machine(instance) for instance in before} == {"terminated"}
        assert "WarmPoolConfiguration" not in fleet.group()
        assert len(fleet.members()) == 1


class TestBootClock:
    def test_a_cold_instance_boots(self, fleet: Fleet) -> None:
        fleet.clock("boot", NEVER)
        fleet.scale(3)
        assert sorted(fleet.members().values()) == ["InService", "Pending", "Pending"]

    def test_a_warm_one_only_starts(self, fleet: Fleet) -> None:
        fleet.pool(MaxGroupPreparedCapacity=2)
        (prepared,) = fleet.warm()
        fleet.clock("boot", NEVER)
        fleet.scale(3)
        members = fleet.members()
        assert members.pop(prepared) == "InService"
        assert sorted(members.values()) == ["InService", "Pending"]
        assert fleet.warm() == {}

    def test_starting_takes_its_time_too(self, fleet: Fleet) -> None:
        fleet.pool(MaxGroupPreparedCapacity=2)
        fleet.clock("start", NEVER)
        fleet.scale(2)
        assert sorted(fleet.members().values()) == ["InService", "Pending"]

    def test_a_running_one_need_not_start(self, fleet: Fleet) -> None:
        fleet.pool(MaxGroupPreparedCapacity=2, PoolState="Running")
        fleet.clock("start", NEVER)
        fleet.scale(2)
        assert set(fleet.members().values()) == {"InService"}

    def test_it_runs(self, fleet: Fleet) -> None:
        fleet.clock("boot", "0.3")
        fleet.scale(2)
        assert "Pending" in fleet.members().values()
        wait_for(lambda: set(fleet.members().values()) == {"InService"})

    def test_the_pool_boots_before_it_is_ready(self, fleet: Fleet) -> None:
        fleet.clock("boot", NEVER)
        fleet.pool(MaxGroupPreparedCapacity=2)
        assert list(fleet.warm().values()) == ["Warmed:Pending"]
        fleet.scale(2)
        assert sorted(fleet.members().values()) == ["InService", "Pending"]


class TestHooks:
    def test_an_instance_waits_until_its_hook_is_completed(self, fleet: Fleet) -> None:
        fleet.hook()
        fleet.scale(2)
        (waiting,) = [one for one, state in fleet.members().items() if state == "Pending:Wait"]
        fleet.complete(waiting)
        assert fleet.members()[waiting] == "InService"

    def test_also_on_its_way_into_the_pool(self, fleet: Fleet) -> None:
        fleet.hook()
        fleet.pool(MaxGroupPreparedCapacity=2)
        ((waiting, state),) = fleet.warm().items()
        assert state == "Warmed:Pending:Wait"
        fleet.complete(waiting)
        assert fleet.warm() == {waiting: "Warmed:Stopped"}

    def test_abandoned_it_is_replaced(self, fleet: Fleet) -> None:
        fleet.hook()
        fleet.scale(2)
        (waiting,) = [one for one, state in fleet.members().items() if state == "Pending:Wait"]
        fleet.complete(waiting, "ABANDON")
        assert waiting not in fleet.members()
        assert fleet.machine(waiting) == "terminated"
        assert sorted(fleet.members().values()) == ["InService", "Pending:Wait"]

    def test_one_keeps_its_settings(self, fleet: Fleet) -> None:
        fleet.hook(HeartbeatTimeout=30, DefaultResult="CONTINUE")
        hooks = fleet.autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=fleet.name)
        (hook,) = hooks["LifecycleHooks"]
        assert (hook["HeartbeatTimeout"], hook["DefaultResult"]) == (30, "CONTINUE")
        assert "NotificationTargetARN" not in hook

    def test_a_termination_waits_too(self, fleet: Fleet) -> None:
        fleet.hook("TERMINATING")
        (instance,) = fleet.members()
        fleet.scale(0)
        assert fleet.members() == {instance: "Terminating:Wait"}
        assert fleet.machine(instance) == "running"
        fleet.complete(instance)
        assert fleet.members() == {}
        assert fleet.machine(instance) == "terminated"

    def test_nobody_waits(self, fleet: Fleet) -> None:
        (instance,) = fleet.members()
        code, message = error(fleet.complete, instance)
        assert code == "ValidationError"
        assert message == f"No active Lifecycle Action found with instance ID {instance}"


class TestGroups:
    def test_a_terminated_instance_is_replaced(self, fleet: Fleet) -> None:
        (first,) = fleet.members()
        fleet.ec2.terminate_instances(InstanceIds=[first])
        (second,) = fleet.members()
        assert second != first

    def test_one_with_instances_is_not_deleted(self, fleet: Fleet) -> None:
        delete = fleet.autoscaling.delete_auto_scaling_group
        assert error(delete, AutoScalingGroupName=fleet.name)[0] == "ResourceInUse"
        assert len(fleet.members()) == 1


def test_the_limits_count_the_groups(fleet: Fleet) -> None:
    limits = fleet.autoscaling.describe_account_limits()
    assert limits["MaxNumberOfAutoScalingGroups"] == 500
    assert limits["NumberOfAutoScalingGroups"] >= 1
