"""Other people's things that look like a run's, or are inside of what is the run's: they stay."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from labkit.lab import Lab
from labkit.resources import runs
from labkit.resources.kinds import KINDS
from tests.faults.ground import (
    EVERYTHING,
    FEW,
    LESSON,
    Ground,
    mutates,
    settled,
    strangers,
    taken_away,
)
from tests.support import shared_samples
from tests.support.census import portrait

pytestmark = pytest.mark.timeout(1200)

UNTAGGED = {name for name, kind in KINDS.items() if kind.creates[0].tags is None}
"""Kinds that cannot bear a tag: there the run's number in the name says whose they are."""


def a_twin(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Open a run that another one takes for itself by all but the tag: names hold its digits."""
    number = lab.run_id[:8] + secrets.token_hex(12)
    with monkeypatch.context() as this_once:
        this_once.setattr(runs, "new_id", lambda: number)
        twin = Lab(LESSON, run="new")
    twin.name = lambda logical: lab.name(f"{logical}-2")  # type: ignore[method-assign]
    return twin


@pytest.mark.parametrize("kind", FEW)
@pytest.mark.parametrize("bait", ["another run", "a twin"])
def test_look_alikes_stay(
    bait: str, kind: str, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = UNTAGGED & ground.rehearse(kind).kinds
    if bait == "a twin" and without:
        pytest.skip(f"a {min(without)} cannot bear a tag")
    lab, empty = Lab(LESSON, run="new"), ground.world.before
    other = a_twin(lab, monkeypatch) if bait == "a twin" else Lab(LESSON, run="new")
    ground.make(kind, other)
    ground.world.before = empty | settled(ground.world.plain, ground.services)
    ground.make(kind, lab)
    ground.proxy.seen.clear()
    reports = taken_away(lab)
    assert strangers(lab, ground.proxy.seen) == []
    ground.proxy.seen.clear()
    assert lab.teardown(progress=False).clean
    assert not any(map(mutates, ground.proxy.seen))
    ground.tried(kind, "look-alikes beside it", bait, reports)
    ground.check()
    ground.world.before = empty
    taken_away(other)


def subnet_of(ec2: Any, vpc: str) -> Callable[[], Any]:
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.200.0/24")["Subnet"]["SubnetId"]
    return lambda: ec2.delete_subnet(SubnetId=made)


def interface_of(ec2: Any, subnet: str) -> Callable[[], Any]:
    made = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]
    return lambda: ec2.delete_network_interface(NetworkInterfaceId=made["NetworkInterfaceId"])


def rule_that_names(ec2: Any, group: str) -> Callable[[], Any]:
    [own] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    other = ec2.create_security_group(GroupName="other", Description="o", VpcId=own["VpcId"])
    members = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
    ec2.authorize_security_group_ingress(GroupId=other["GroupId"], IpPermissions=[members])
    return lambda: ec2.delete_security_group(GroupId=other["GroupId"])


def role_with(iam: Any, policy: str) -> Callable[[], Any]:
    iam.create_role(RoleName="foreign", AssumeRolePolicyDocument=shared_samples.TRUST)
    iam.attach_role_policy(RoleName="foreign", PolicyArn=policy)

    def leave() -> None:
        iam.detach_role_policy(RoleName="foreign", PolicyArn=policy)
        iam.delete_role(RoleName="foreign")

    return leave


@pytest.mark.skipif(not EVERYTHING, reason="these kinds are not in the short slice")
@pytest.mark.parametrize(
    ("kind", "service", "put_inside"),
    [
        ("VPC", "ec2", subnet_of),
        ("subnet", "ec2", interface_of),
        ("security group", "ec2", rule_that_names),
        ("IAM policy", "iam", role_with),
    ],
)
def test_a_foreign_thing_inside_holds_it_and_stays(
    kind: str, service: str, put_inside: Callable[[Any, str], Callable[[], Any]], ground: Ground
) -> None:
    ground.rehearse(kind)
    lab, client = ground.provision(kind), ground.world.plain(service)
    [own] = [item for item in lab._journal.open_items() if item.kind == kind]
    empty = ground.world.before
    leave = put_inside(client, own.id or "")
    foreign = portrait(ground.world.plain, {service})
    first = lab.teardown(progress=False)
    now = portrait(ground.world.plain, {service})
    run = lab.run_id, lab._journal.run.marker
    assert [
        one
        for one, shown in foreign.items()
        if not any(word in shown for word in run) and now.get(one) != shown
    ] == []
    assert kind in [item.kind for item in first.items if item.outcome == "blocked"], first
    leave()
    ground.world.before = empty
    place = put_inside.__name__.replace("_", " ")
    ground.tried(kind, "a foreign thing inside of it", place, [first, *taken_away(lab)])
