"""What AWS refuses to delete for a while goes later; what it never lets go is named, not lost."""

from __future__ import annotations

import pytest

from labkit.lab import Lab
from labkit.resources.kinds import KINDS
from tests.faults.aws_rules import HELD_BY_ANOTHER, LAMBDA_INTERFACE, RULES, Held, Rule, other_rules
from tests.faults.ground import EVERYTHING, FEW, LESSON, Ground, taken_away
from tests.faults.injector import Injector, reads
from tests.support import network_samples
from tests.support.virtual_clock import VirtualClock

pytestmark = pytest.mark.timeout(1200)

RULES_TRIED = [rule for rule in (*RULES, *other_rules()) if rule.kind in FEW]
OTHERS_TRIED = HELD_BY_ANOTHER if EVERYTHING else ()


@pytest.mark.parametrize("rule", RULES_TRIED, ids=lambda rule: f"{rule.kind} {rule.code}")
def test_a_deletion_that_is_refused_for_a_while(rule: Rule, ground: Ground) -> None:
    ground.rehearse(rule.kind)
    for seconds in (rule.seconds / 10, rule.seconds):
        lab = ground.provision(rule.kind)
        ground.proxy.fault = held = Held(rule, seconds)
        report = lab.teardown(progress=False)
        ground.proxy.fault = lambda _: None
        assert held.refused
        assert not [item for item in report.items if item.outcome in ("blocked", "failed")], report
        reports = [report] if report.clean else [report, *taken_away(lab)]
        ground.tried(
            rule.kind, "deletion refused for a while", f"{rule.code} {seconds:g} s", reports
        )


@pytest.mark.parametrize("rule", RULES_TRIED, ids=lambda rule: f"{rule.kind} {rule.code}")
def test_a_deletion_that_stays_refused_is_named(rule: Rule, ground: Ground) -> None:
    ground.rehearse(rule.kind)
    lab = ground.provision(rule.kind)
    ground.proxy.fault = held = Held(rule, 10 * KINDS[rule.kind].deletion_timeout_s)
    first = lab.teardown(progress=False)
    ground.proxy.fault = lambda _: None
    assert held.refused
    assert rule.kind in [item.kind for item in first.items if item.outcome == "blocked"], first
    assert rule.kind in [left.kind for left in first.left]
    ground.tried(rule.kind, "deletion refused to the end", rule.code, [first, *taken_away(lab)])


@pytest.mark.parametrize(("kind", "call", "rule"), OTHERS_TRIED)
def test_what_another_holds_for_a_while(
    kind: str, call: str, rule: Rule, ground: Ground, virtual: VirtualClock
) -> None:
    ground.rehearse(kind)
    lab = ground.provision(kind)
    ground.proxy.fault = held = Held(rule, rule.seconds, after=call)
    began = virtual.monotonic()
    reports = taken_away(lab)
    ground.proxy.fault = lambda _: None
    assert held.refused or virtual.monotonic() - began > rule.seconds
    ground.tried(kind, "held by another for a while", f"{rule.call} {rule.code}", reports)


@pytest.mark.skipif(not EVERYTHING, reason="a subnet is not in the short slice")
def test_an_interface_that_lambda_keeps_for_forty_minutes(
    ground: Ground, virtual: VirtualClock
) -> None:
    ground.rehearse("subnet")
    lab = ground.provision("subnet")
    ground.proxy.fault = Held(LAMBDA_INTERFACE, LAMBDA_INTERFACE.seconds)
    began, reports = virtual.monotonic(), taken_away(lab)
    ground.proxy.fault = lambda _: None
    waited = virtual.monotonic() - began
    assert "blocked" in [item.outcome for item in reports[0].items if item.kind == "subnet"]
    assert LAMBDA_INTERFACE.seconds < waited < 2 * LAMBDA_INTERFACE.seconds
    ground.tried("subnet", "held by another for a while", "Lambda's interface, 40 min", reports)


@pytest.mark.skipif(not EVERYTHING, reason="a NAT gateway is not in the short slice")
def test_a_gateway_that_failed_by_itself(ground: Ground) -> None:
    """A failed NAT gateway stays listed, and so does the address that it never got."""
    ground.rehearse("NAT gateway")
    lab = Lab(LESSON, run="new")
    subnet, address = network_samples.subnet(lab), network_samples.elastic_ip(lab)
    lab.client("ec2").create_nat_gateway(SubnetId=subnet, AllocationId=address)
    ground.tried("NAT gateway", "failed by itself", "no internet gateway", taken_away(lab))


@pytest.mark.parametrize("kind", FEW)
def test_a_denied_deletion_is_named_and_nothing_falsely_gone(kind: str, ground: Ground) -> None:
    ground.rehearse(kind)
    lab = ground.provision(kind)
    ids = {item.id for item in lab._journal.open_items() if not item.implied}
    ground.proxy.fault = lambda request: Injector("denied", 0, lambda one: not reads(one))(request)
    first = lab.teardown(progress=False)
    ground.proxy.fault = lambda _: None
    assert not first.clean
    assert not {item.id for item in first.items if item.outcome == "gone"} & ids, first
    assert ids <= {left.id for left in first.left}
    ground.tried(kind, "every change denied", "delete", [first, *taken_away(lab)])
