"""The journal is deleted while a run goes on: tags and names alone lead back to what it made."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from labkit.lab import Lab
from labkit.resources.run import owner
from labkit.resources.sweep import Sweep, sweep_own
from tests.faults.ground import EVERYTHING, FEW, Ground, mutates, short, taken_away
from tests.faults.injector import operation
from tests.sandbox.conftest import wait_for
from tests.support.fault_proxy import Seen

PLACES = 3 if EVERYTHING else 1
"""How many requests of a life the journal is lost at."""

pytestmark = [pytest.mark.timeout(1200), pytest.mark.parametrize("kind", FEW)]


def losing(lab: Lab, at: int) -> Callable[[Seen], None]:
    """Return a fault that deletes a lab's journal at request number `at` that changes something."""
    seen: list[str] = []

    def lose(request: Seen) -> None:
        if mutates(request):
            if len(seen) == at:
                lab._journal.path.unlink()
            seen.append(operation(request))

    return lose


def swept(lab: Lab, ground: Ground) -> list[Sweep]:
    """Sweep until nothing is left but what is named as bearing no tag; delete that by hand."""
    sweeps: list[Sweep] = []

    def done() -> bool:
        sweeps.append(sweep_own(lab._unrecorded, owner(), progress=False))
        assert {stray.run for stray in sweeps[-1].found} <= {lab.run_id, lab.run_id[:8]}
        return not sweeps[-1].unknown and all(report.clean for report in sweeps[-1].reports)

    wait_for(done, seconds=60)
    for stray in sweeps[-1].unclaimed:
        assert stray.kind == "log group"
        ground.world.plain("logs").delete_log_group(logGroupName=stray.id)
    return sweeps


def test_lost_while_it_is_created(kind: str, ground: Ground) -> None:
    making = ground.rehearse(kind).making
    for at in range(0, len(making), 1 + len(making) // PLACES):
        lab = Lab("delivery-queue", run="new")
        ground.make(kind, lab, losing(lab, at))
        reports = [report for sweep in swept(lab, ground) for report in sweep.reports]
        ground.tried(kind, "journal lost", f"create {at} {short(making[at])}", reports)


def test_lost_while_it_is_taken_away(kind: str, ground: Ground) -> None:
    ground.rehearse(kind)
    for at in range(PLACES):
        lab = ground.provision(kind)
        ground.proxy.fault = losing(lab, at)
        ground.attempt(lambda: lab.teardown(progress=False))  # noqa: B023
        if lab._journal.path.exists():
            taken_away(lab)  # it has fewer requests
            return
        reports = [report for sweep in swept(lab, ground) for report in sweep.reports]
        ground.tried(kind, "journal lost", f"delete {at}", reports)
