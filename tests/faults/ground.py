"""One sandbox behind a fault proxy, with other people's things in it: where faults are tried."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
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
from tests.support.census import SERVICES, Portrait, portrait
from tests.support.fault_proxy import Proxy, Seen
from tests.support.samples import SAMPLES

EVERYTHING = os.environ.get("LABKIT_FAULTS") == "all"
SLICE = ("SQS queue", "REST API", "IAM role", "SSM parameter")
"""Kinds of the short slice in `make test`."""
KINDS_TRIED = tuple(sorted(SAMPLES)) if EVERYTHING else SLICE
FEW = KINDS_TRIED if EVERYTHING else ("IAM role", "SQS queue")
"""Kinds on which most classes of fault are tried."""
LESSON = "delivery-queue"

SETTLED_S = 1.5
"""The sandbox's states pass within a second, in seconds."""

BY_ITS_PART = frozenset(["DisassociateRouteTable", "ReplaceNetworkAclAssociation"])
"""Calls that name an association, which no create call gave an id for."""


def mutates(request: Seen) -> bool:
    """Tell whether a request changes something."""
    return not reads(request)


@dataclass(frozen=True)
class Rehearsal:
    """What an undisturbed life sends.

    Attributes
    ----------
    making
        The operations that change something while it is made.
    taking
        All operations while it is taken away.
    kinds
        Names of the kinds of all that is made.
    """

    making: list[str]
    taking: list[str]
    kinds: frozenset[str]

    @property
    def services(self) -> frozenset[str]:
        """boto3's names of the services that it uses."""
        return frozenset(KINDS[kind].service for kind in self.kinds)


@dataclass
class World:
    """What is in the sandbox before a test: nobody's, and other people's.

    Attributes
    ----------
    plain
        Clients that know nothing of labkit.
    before
        Everything, as its listings show it.
    rehearsed
        By kind, how an undisturbed life of a sample went.
    """

    plain: Callable[[str], Any]
    before: Portrait = field(default_factory=dict)
    rehearsed: dict[str, Rehearsal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before = settled(self.plain)


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
        Those that the sample in hand uses: only they are looked at.
    results
        Faults that were tried and not yet judged.
    called_gone
        The ids of what a teardown called gone.
    """

    proxy: Proxy
    world: World
    services: frozenset[str] = SERVICES
    results: list[Result] = field(default_factory=list)
    called_gone: set[str] = field(default_factory=set)

    def provision(self, kind: str, fault: Callable[[Seen], Any] | None = None) -> Lab:
        """Make a sample of a kind in a run of its own; a fault may end it early."""
        lab = Lab(LESSON, run="new")
        self.make(kind, lab, fault)
        return lab

    def make(self, kind: str, lab: Any, fault: Callable[[Seen], Any] | None = None) -> None:
        """Make a sample of a kind; a fault may end it early, and without one it has to be made."""
        if fault is None:
            SAMPLES[kind](lab)
        else:
            self.proxy.fault = fault
            self.attempt(lambda: SAMPLES[kind](lab))

    def attempt(self, step: Callable[[], Any]) -> None:
        """Do something that the fault under way may end, and end the fault."""
        with suppress(BotoCoreError, ClientError, LabkitError):
            step()
        self.proxy.fault = lambda _: None

    def rehearse(self, kind: str) -> Rehearsal:
        """Make a sample and take it away undisturbed, once for all tests; look at its services."""
        if kind not in self.world.rehearsed:
            making, taking = Injector(counts=mutates), Injector()
            self.proxy.fault = making
            lab = self.provision(kind)
            self.proxy.fault = taking
            taken_away(lab)
            self.proxy.fault = lambda _: None
            kinds = frozenset(item.kind for item in lab._journal.items())
            self.world.rehearsed[kind] = Rehearsal(making.seen, taking.seen, kinds)
        self.services = self.world.rehearsed[kind].services
        return self.world.rehearsed[kind]

    def tried(
        self, kind: str, fault: str, place: str, reports: Iterable[TeardownReport] = ()
    ) -> None:
        """Keep in mind what was tried, and what was called gone then, for `check`.

        What a later report calls gone once more was not gone before, unless AWS makes it anew.
        """
        gone = Counter(
            item.id
            for report in reports
            for item in report.items
            if item.outcome == "gone" and item.id and item.kind != "log group"
        )
        again = sum(count > 1 for count in gone.values())
        self.results.append(Result(kind, fault, place, wrongly_reported=again))
        self.called_gone |= set(gone)

    def check(self) -> None:
        """Count what is left, what was touched, and what was falsely called gone; forgive none."""
        after = portrait(self.world.plain, self.services)
        before = {
            one: shown
            for one, shown in self.world.before.items()
            if one[0].split()[0] in self.services
        }
        leaked = after.keys() - before.keys()
        touched = {one for one, shown in before.items() if after.get(one) != shown}
        falsely = {found for _, found in leaked if found in self.called_gone}
        wrong = len(leaked), len(touched), len(falsely)
        for result in self.results:
            note(result)
        if any(wrong) or any(result.wrongly_reported for result in self.results):
            self.world.before = settled(self.world.plain)
            last = self.results[-1] if self.results else Result("", "none", "")
            note(Result(last.kind, last.fault, "one of these", *wrong))
            raise AssertionError(f"{leaked=} {touched=} {falsely=} after {self.results}")
        self.results.clear()


def settled(plain: Callable[[str], Any], services: Collection[str] = SERVICES) -> Portrait:
    """Return everything there is, as soon as it has been the same for `SETTLED_S`."""
    shown, since = portrait(plain, services), time.monotonic()
    while time.monotonic() - since < SETTLED_S:
        now = portrait(plain, services)
        if now != shown:
            shown, since = now, time.monotonic()
    return shown


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
