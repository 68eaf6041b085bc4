"""Clocks that differ by an hour, or are set while a run goes on: nobody's things go for that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from labkit.lab import Lab
from labkit.resources.sweep import sweep_expired
from tests.faults.ground import EVERYTHING, FEW, LESSON, Ground, mutates, taken_away
from tests.faults.injector import Injector
from tests.support.virtual_clock import VirtualClock

SKEWS = {
    "an hour behind": timedelta(hours=-1),
    "an hour ahead": timedelta(hours=1),
    "summer time ends": timedelta(hours=-1, seconds=-1),
    "a day behind": timedelta(days=-1),
}

pytestmark = pytest.mark.timeout(1200)


@pytest.mark.parametrize("kind", FEW)
def test_the_clock_is_set_between(kind: str, ground: Ground, virtual: VirtualClock) -> None:
    making = ground.rehearse(kind).making
    for number, (skew, by) in enumerate(SKEWS.items()):
        lost = "done, and answer lost" if number % 2 else None
        lab = ground.provision(kind, Injector(lost, len(making) // 2, mutates))
        virtual.skew = by
        reports = taken_away(lab)
        virtual.skew = timedelta()
        ground.tried(kind, "clock set", f"{skew}{', an answer lost' if lost else ''}", reports)


@pytest.mark.parametrize("skew", SKEWS if EVERYTHING else ["an hour ahead"])
def test_nobodys_run_expires_for_that(skew: str, ground: Ground, virtual: VirtualClock) -> None:
    virtual.skew = SKEWS[skew]
    assert sweep_expired(Lab(LESSON)._unrecorded, delete=False, progress=False).kept
    assert sweep_expired(Lab(LESSON)._unrecorded, progress=False).reports == []
    virtual.skew = timedelta()
    ground.tried("each of them", "clock set", f"sweep, {skew}")
