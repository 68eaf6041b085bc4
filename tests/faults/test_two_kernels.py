"""Two kernels and one run: a teardown, or a sweep, meets each request that creates something."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.lab import Lab
from labkit.resources import runs
from labkit.resources.journal import Journal
from labkit.resources.report import TeardownReport
from labkit.resources.run import owner
from labkit.resources.sweep import sweep_own
from tests.faults.ground import FEW, LESSON, Ground, mutates, short, taken_away
from tests.support.fault_proxy import Seen

STEP = 2

pytestmark = [pytest.mark.timeout(1200), pytest.mark.parametrize("kind", FEW)]


class Meanwhile:
    """Does something else while request number `at` that changes something is under way."""

    def __init__(self, at: int, do: Any) -> None:
        self.at, self.do = at, do
        self.seen: list[Seen] = []
        self.busy = False

    def __call__(self, request: Seen) -> None:
        if self.busy or not mutates(request):
            return
        self.seen.append(request)
        if len(self.seen) == self.at + 1:
            self.busy = True
            self.do()
            self.busy = False


def test_torn_down_while_it_is_created(kind: str, ground: Ground) -> None:
    making = ground.rehearse(kind).making
    for at in range(0, len(making), STEP):
        lab, reports = Lab(LESSON, run="new"), list[TeardownReport]()
        path = lab._journal.path

        def tear_down(path: Any = path, reports: list[TeardownReport] = reports) -> None:
            reports.append(runs.tear_down(Journal(path), progress=False))

        ground.make(kind, lab, Meanwhile(at, tear_down))
        reports += taken_away(lab)
        ground.tried(
            kind, "torn down by another kernel", f"create {at} {short(making[at])}", reports
        )


def test_swept_while_it_is_created(kind: str, ground: Ground) -> None:
    making = ground.rehearse(kind).making
    for at in range(0, len(making), len(making)):
        lab, changed = Lab(LESSON, run="new"), list[Seen]()

        def sweep(lab: Lab = lab, changed: list[Seen] = changed) -> None:
            before = len(ground.proxy.seen)
            sweep_own(lab._unrecorded, owner(), progress=False)
            changed += filter(mutates, ground.proxy.seen[before:])

        ground.make(kind, lab, Meanwhile(at, sweep))
        assert not changed
        place = f"create {at} {short(making[at])}"
        ground.tried(kind, "swept by another kernel", place, taken_away(lab))
