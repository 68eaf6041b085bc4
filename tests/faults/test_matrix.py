"""Each fault at each request of each kind's life: nothing is left, touched, or falsely gone."""

from __future__ import annotations

import pytest

from labkit.resources.kinds import KINDS
from labkit.resources.runs import unfinished
from tests.faults.ground import EVERYTHING, KINDS_TRIED, Ground, mutates, short, taken_away
from tests.faults.injector import ALL, LOSSES, Fault, Injector
from tests.support.samples import SAMPLES

pytestmark = [pytest.mark.timeout(1200), pytest.mark.parametrize("kind", KINDS_TRIED)]


def chosen(faults: tuple[Fault, ...], number: int, at_most: int) -> tuple[Fault, ...]:
    """Return the faults to try at a request, in turn; only one in the short slice."""
    count = at_most if EVERYTHING else 1
    return tuple(faults[(number + step) % len(faults)] for step in range(count))


def test_faults_while_it_is_created(kind: str, ground: Ground) -> None:
    making = ground.rehearse(kind).making
    for at, name in enumerate(making):
        for fault in chosen(LOSSES, at, len(LOSSES) if len(making) < 4 else 2):
            injector = Injector(fault, at, mutates)
            lab = ground.provision(kind, injector)
            reports = taken_away(lab)
            if injector.happened:
                ground.tried(kind, fault, f"create {at} {short(name)}", reports)
    assert unfinished() == []


def test_faults_while_it_is_taken_away(kind: str, ground: Ground) -> None:
    taking = ground.rehearse(kind).taking
    step = 1 if len(taking) < 20 else 2
    for number, at in enumerate(range(0, len(taking) if EVERYTHING else 8, step)):
        for fault in chosen(ALL, number, 1):
            lab = ground.provision(kind)
            ground.proxy.fault = injector = Injector(fault, at)
            first = lab.teardown(progress=False)
            ground.proxy.fault = lambda _: None
            reports = [first] if first.clean else [first, *taken_away(lab)]
            if injector.happened:
                place = f"delete {at} {short(injector.seen[at])}"
                ground.tried(kind, fault, place, reports)


def test_it_is_among_the_kinds(kind: str) -> None:
    assert set(SAMPLES) == set(KINDS)
    assert kind in KINDS
