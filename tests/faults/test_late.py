"""AWS shows late what it made or deleted: nothing is called gone, or never made, too soon."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.aws.limits import ACCOUNT, SANDBOX
from labkit.aws.targets import EmbeddedTarget
from labkit.resources.kind import Kind
from labkit.resources.run import owner
from tests.faults.aws_rules import Ghosts, Latecomers
from tests.faults.ground import EVERYTHING, FEW, Ground, mutates, short, taken_away
from tests.faults.injector import Injector

GHOST_S = (1.0, 20.0) if EVERYTHING else (1.0,)
SQS_GHOST_S = 60.0
"""A deletion of a queue takes up to 60 seconds (SQS API reference, DeleteQueue)."""

LATE_S = 0.9 * Kind.visible_within_s

pytestmark = [pytest.mark.timeout(1200), pytest.mark.parametrize("kind", FEW)]


@pytest.fixture(autouse=True)
def spaced_inventories(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a teardown count twice as far apart as in an account: the sandbox alone is never late."""
    apart = replace(SANDBOX, inventories_apart_s=ACCOUNT.inventories_apart_s)
    monkeypatch.setattr(EmbeddedTarget, "limits", apart)


def test_deletions_that_show_late(kind: str, ground: Ground) -> None:
    ground.rehearse(kind)
    for seconds in (*GHOST_S, SQS_GHOST_S) if kind == "SQS queue" else GHOST_S:
        lab = ground.provision(kind)
        ghosts = Ghosts(seconds)
        ground.proxy.watch = ghosts.watch
        first = lab.teardown(progress=False)
        ground.proxy.watch = lambda _, answer: answer
        reports = [first] if first.clean else [first, *taken_away(lab)]
        ground.tried(kind, "shown after its deletion", f"{seconds:g} s", reports)


def test_creations_that_show_late(kind: str, ground: Ground) -> None:
    """The answer to a create is lost, and listings do not show yet what it made."""
    making, late = ground.rehearse(kind).making, Latecomers(LATE_S, owner())
    ground.proxy.watch = late.watch
    taken_away(ground.provision(kind))
    for at, name in enumerate(making):
        lab = ground.provision(kind, Injector("done, and answer lost", at, mutates))
        late.begin(lab._journal.items())
        reports = taken_away(lab)
        if late.hidden:
            ground.tried(
                kind, "shown late after its creation", f"create {at} {short(name)}", reports
            )
    ground.proxy.watch = lambda _, answer: answer
