"""Deletions in any order, as if labkit knew nothing of what needs what: all goes all the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import islice, permutations

import pytest

from labkit.lab import Lab
from labkit.resources import teardown as module
from labkit.resources.journal import Item
from labkit.resources.kinds import KINDS
from tests.faults.ground import EVERYTHING, Ground
from tests.support import network_samples, samples

ORDERS = 48 if EVERYTHING else 2
"""As many as are tried of each; of many things a sample, the same each time."""

pytestmark = pytest.mark.timeout(1200)


def network(lab: Lab) -> None:
    """Make what of a network refuses to go while something else is in it."""
    vpc = network_samples.vpc(lab)
    network_samples.internet_gateway(lab, vpc)
    network_samples.db_subnet_group(lab, vpc)
    network_samples.security_group(lab, vpc)


def delivery(lab: Lab) -> None:
    """Make a function with its trigger, role and log group, a topic and a rule."""
    samples.mapping(lab)
    samples.rule(lab)


def orders(count: int) -> Iterator[tuple[int, ...]]:
    """Yield permutations of `count` things: all of them, or a sample."""
    if count <= 5:
        yield from islice(permutations(range(count)), ORDERS)
    else:
        draw = random.Random(count)
        yield from (tuple(draw.sample(range(count), count)) for _ in range(ORDERS))


@pytest.mark.parametrize("make", [network, delivery] if EVERYTHING else [delivery])
def test_each_order_of_deletion(
    make: Callable[[Lab], None], ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in KINDS.values():
        monkeypatch.setattr(type(kind), "after", ())
    probe = Lab("delivery-queue", run="new")
    make(probe)
    items = probe._journal.open_items()
    ground.services = frozenset(KINDS[item.kind].service for item in items)
    taken(probe, tuple(range(len(items))), monkeypatch)
    for number, order in enumerate(orders(len(items))):
        lab = Lab("delivery-queue", run="new")
        make(lab)
        report = taken(lab, order, monkeypatch)
        ground.tried(make.__name__, "deleted in another order", f"order {number}", [report])


def taken(
    lab: Lab, order: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> module.TeardownReport:
    """Tear a lab down, one thing at a time, beginning in this order."""
    open_items = lab._journal.open_items

    def reordered() -> list[Item]:
        items = open_items()
        return [items[place] for place in order] if len(items) == len(order) else items

    monkeypatch.setattr(module, "WORKERS", 2)
    lab._journal.open_items = reordered  # type: ignore[method-assign]
    reports = [lab.teardown(progress=False)]
    while not reports[-1].clean:
        assert len(reports) < 9, reports[-1]
        reports.append(lab.teardown(progress=False))
    return reports[-1]
