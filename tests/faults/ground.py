"""One sandbox behind a fault proxy, with other people's things in it: where faults are tried."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from botocore.exceptions import BotoCoreError, ClientError

from labkit.errors import LabkitError
from labkit.lab import Lab
from labkit.resources.kinds import KINDS
from labkit.resources.report import TeardownReport
from tests.faults.injector import Injector, operation, reads
from tests.faults.results import Result, note
from tests.sandbox.conftest import wait_for
from tests.unit.census import SERVICES, Portrait, portrait
from tests.unit.fault_proxy import Proxy, Seen
from tests.unit.samples import SAMPLES

EVERYTHING = os.environ.get("LABKIT_FAULTS") == "all"
SLICE = ("SQS queue", "REST API", "IAM role", "SSM parameter")
"""Kinds of the short slice in `make test`."""
KINDS_TRIED = tuple(sorted(SAMPLES)) if EVERYTHING else SLICE
LESSON = "delivery-queue"

BY_ITS_PART = frozenset(["DisassociateRouteTable", "ReplaceNetworkAclAssociation"])
"""Calls that name an association, which no create call gave an id for."""


def mutates(request: Seen) -> bool:
    """Tell whether a request changes something."""
    return not reads(request)


@dataclass
class World:
    """What is in the sandbox before a test: nobody's, and other people's.

    Attributes
    ----------
    plain
        Clients that know nothing of labkit.
    before
        Everything, as its listings show it.
    """

    plain: Callable[[str], Any]
    before: Portrait = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before = portrait(self.plain)


@dataclass
class Ground:
    """Makes samples under faults, takes them away, and judges what became of everything.

    Attributes
    ----------
    proxy
        Stands between labkit and the sandbox.
    world
        What has to be there again afterwards, byte for byte.
    services
        Those that the sample in hand uses: only they are looked at after each fault.
    """

    proxy: Proxy
    world: World
    services: frozenset[str] = SERVICES

    def provision(self, kind: str, fault: Callable[[Seen], Any] = lambda _: None) -> Lab:
        """Make a sample of a kind in a run of its own; the fault may end it early."""
        lab = Lab(LESSON, run="new")
        self.make(kind, lab, fault)
        return lab

    def make(self, kind: str, lab: Any, fault: Callable[[Seen], Any] = lambda _: None) -> None:
        """Make a sample of a kind; the fault may end it early."""
        self.proxy.fault = fault
        with suppress(BotoCoreError, ClientError, LabkitError):
            SAMPLES[kind](lab)
        self.proxy.fault = lambda _: None

    def rehearse(self, kind: str) -> tuple[list[str], list[str]]:
        """Make a sample and take it away undisturbed.

        Returns
        -------
        tuple
            The operations that changed something while it was made, and all that were sent while it
            was taken away.
        """
        making, taking = Injector(counts=mutates), Injector()
        lab = self.provision(kind, making)
        self.services = frozenset(KINDS[item.kind].service for item in lab._journal.items())
        self.proxy.fault = taking
        taken_away(lab)
        self.proxy.fault = lambda _: None
        return making.seen, taking.seen

    def leaked(self) -> set[tuple[str, str]]:
        """Return what is there now and was not before."""
        return portrait(self.world.plain, self.services).keys() - self.world.before.keys()

    def judge(
        self, kind: str, fault: str, place: str, reports: Iterable[TeardownReport] = ()
    ) -> Result:
        """Count what is left, what was touched, and what was falsely called gone; forgive none."""
        after = portrait(self.world.plain, self.services)
        before = {
            one: shown
            for one, shown in self.world.before.items()
            if one[0].split()[0] in self.services
        }
        leaked = after.keys() - before.keys()
        touched = [one for one, shown in before.items() if after.get(one) != shown]
        called = {item.id for report in reports for item in report.items if item.outcome == "gone"}
        falsely = {found for _, found in leaked if found in called}
        result = note(Result(kind, fault, place, len(leaked), len(touched), len(falsely)))
        assert (leaked, touched, falsely) == (set(), [], set()), result
        return result

    def leave(self) -> None:
        """See that all is as it was, also where no sample was; what is not fails this test only."""
        after, before = portrait(self.world.plain), self.world.before
        self.world.before = after
        assert after == before


def taken_away(lab: Lab) -> list[TeardownReport]:
    """Tear a lab down until nothing is left: the sandbox takes real time where labkit's leaps."""
    reports: list[TeardownReport] = []

    def clean() -> bool:
        reports.append(lab.teardown(progress=False))
        return reports[-1].clean

    wait_for(clean, seconds=60)
    return reports


def strangers(lab: Lab, requests: Iterable[Seen]) -> list[str]:
    """Return the requests that changed something and named nothing of the lab's run."""
    run = lab._journal.run
    own = {run.marker, *(word for item in lab._journal.items() if (word := item.id))}
    return [
        operation(request)
        for request in requests
        if mutates(request)
        and operation(request) not in BY_ITS_PART
        and not any(word in named(request) for word in own)
    ]


def named(request: Seen) -> str:
    """Return all that a request says, as plain text."""
    return unquote_plus(f"{request.path} {request.body.decode(errors='replace')}")


def short(name: str) -> str:
    """Leave out of a path what differs from run to run."""
    return " ".join(part for part in name.split("/") if not any(map(str.isdigit, part)))[:40]
