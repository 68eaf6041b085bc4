"""Combinations of kinds, faults, kills and losses that Hypothesis makes up, and makes small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labkit.errors import LabkitError
from labkit.lab import Lab
from labkit.resources import journal
from labkit.resources.journal import Journal
from labkit.resources.run import owner
from labkit.resources.sweep import sweep_own
from tests.faults.aws_rules import Ghosts
from tests.faults.ground import EVERYTHING, KINDS_TRIED, LESSON, Ground, mutates
from tests.faults.injector import ALL, LOSSES, Injector
from tests.sandbox.conftest import wait_for
from tests.support.census import SERVICES

EXAMPLES = 50 if EVERYTHING else 4
Ending = Literal["faults", "killed", "ghosts", "journal lost"]

made = st.tuples(st.sampled_from(KINDS_TRIED), st.sampled_from(LOSSES), st.integers(0, 12))
"""A kind, and the fault at one of the requests that make it (or at none, when it has fewer)."""

taken = st.tuples(
    st.sampled_from(("faults", "killed", "ghosts", "journal lost")),
    st.sampled_from(ALL),
    st.integers(0, 40),
)
"""How a teardown is disturbed, and where."""

pytestmark = pytest.mark.timeout(3600)


class Killed(BaseException):
    """Stands for the end of the process: nothing of labkit's catches it."""


@contextmanager
def killed_at(line: int) -> Iterator[None]:
    """End the step under way when it has written that many lines of the journal."""
    append, lines = journal._append, list[int]()

    def deadly(path: Any, record: dict[str, Any]) -> None:
        if len(lines) >= line:
            raise Killed
        lines.append(1)
        append(path, record)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "_append", deadly)
        try:
            yield
        except Killed:
            return


def disturb(ground: Ground, lab: Lab, ending: Ending, fault: Any, at: int) -> None:
    """Tear the lab down under one disturbance; it may end early."""
    if ending == "journal lost":
        lab._journal.path.unlink(missing_ok=True)
    if ending == "ghosts":
        ground.proxy.watch = Ghosts(at / 2).watch
    if ending == "faults":
        ground.proxy.fault = Injector(fault, at)
    with killed_at(at % 10 if ending == "killed" else 999):
        ground.attempt(lambda: lab.teardown(progress=False))
    ground.proxy.watch = lambda _, answer: answer


def end_well(ground: Ground, lab: Lab) -> None:
    """Take away what is left: by the journal, or where that is lost, by names and tags."""

    def done() -> bool:
        try:
            Journal(lab._journal.path)
        except LabkitError:
            sweep = sweep_own(lab._unrecorded, owner(), progress=False)
            for stray in sweep.unclaimed:
                ground.world.plain("logs").delete_log_group(logGroupName=stray.id)
            return sweep.verdict == "clean"
        return lab.teardown(progress=False).clean

    wait_for(done, seconds=60)


def test_any_of_it_ends_well(ground: Ground) -> None:
    ground.services = SERVICES if EVERYTHING else frozenset(["sqs", "iam", "ssm", "apigateway"])

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(made, min_size=1, max_size=3, unique_by=lambda one: one[0]),
        st.lists(taken, max_size=3),
    )
    def one(makes: Any, takes: Any) -> None:
        lab = Lab(LESSON, run="new")
        for kind, fault, at in makes:
            ground.make(kind, lab, Injector(fault, at, mutates))
        for ending, fault, at in takes:
            disturb(ground, lab, ending, fault, at)
        end_well(ground, lab)
        kinds = " + ".join(kind for kind, *_ in makes)
        ground.tried(kinds, "combined by Hypothesis", repr((makes, takes)))
        ground.check()

    one()
