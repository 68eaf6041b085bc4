"""Each fault at each request of each kind's life: nothing is left, touched, or falsely gone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from labkit.lab import Lab
from labkit.polling import NotInTime
from labkit.resources.kinds import KINDS
from labkit.resources.report import TeardownReport
from labkit.resources.runs import unfinished
from tests.faults.aws_rules import Ghosts
from tests.faults.injector import ALL, LOSSES, Fault, Injector, reads
from tests.faults.results import Result, note
from tests.sandbox.conftest import wait_for
from tests.unit.census import LISTINGS, census
from tests.unit.fault_proxy import Proxy, Seen
from tests.unit.samples import SAMPLES

EVERYTHING = os.environ.get("LABKIT_FAULTS") == "all"
SLICE = ("SQS queue", "REST API", "IAM role", "SSM parameter")
"""Kinds of the short slice in `make test`: no listing paginates or names them alike."""
KINDS_TRIED = sorted(SAMPLES) if EVERYTHING else SLICE
GHOST_S = (1.0, 20.0)
LESSON = "delivery-queue"

pytestmark = pytest.mark.timeout(1200)


def mutates(request: Seen) -> bool:
    return not reads(request)


class Ground:
    """One sandbox behind a proxy, with somebody else's things in it."""

    def __init__(self, proxy: Proxy, plain: Callable[[str], Any]) -> None:
        self.proxy, self.plain = proxy, plain
        sqs = plain("sqs")
        self.foreign = sqs.create_queue(
            QueueName=f"foreign-{secrets.token_hex(4)}", tags={"labkit:run": "0" * 32}
        )
        self.before = self.everything = census(plain)
        self.services: set[str] = set()
        self.foreign_state = self._foreign_state()

    def _foreign_state(self) -> Any:
        sqs, url = self.plain("sqs"), self.foreign["QueueUrl"]
        shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return shown, sqs.list_queue_tags(QueueUrl=url).get("Tags")

    def _now(self) -> set[tuple[str, str]]:
        """List the services that the samples of the kind in hand use."""
        return {
            (f"{service} {operation}", found)
            for service, operation, items in LISTINGS
            if service in self.services
            for found in self.plain(service).get_paginator(operation).paginate().search(items)
            if found is not None
        }

    def look_at(self, lab: Lab) -> None:
        """Take the services of a lab's run as those to list from now on."""
        self.services = {KINDS[item.kind].service for item in lab._journal.items()} | {"sqs"}
        listed = {
            f"{service} {listing}" for service, listing, _ in LISTINGS if service in self.services
        }
        self.before = {one for one in self.everything if one[0] in listed}

    def left(self) -> set[tuple[str, str]]:
        """Return what is there now and was not before."""
        return self._now() - self.before

    def leave(self) -> None:
        assert census(self.plain) == self.everything
        self.plain("sqs").delete_queue(QueueUrl=self.foreign["QueueUrl"])

    def provision(self, kind: str, injector: Injector) -> Lab:
        """Make a sample of a kind; the fault may end it early."""
        lab = Lab(LESSON, run="new")
        self.proxy.fault = injector
        with suppress(BotoCoreError, ClientError, NotInTime):
            SAMPLES[kind](lab)
        self.proxy.fault = lambda _: None
        return lab

    def judge(self, kind: str, fault: str, place: str, reports: list[TeardownReport]) -> Result:
        """Count what is left, what was touched, and what was falsely called gone."""
        after = self._now()
        leaked = after - self.before
        touched = (self.before - after) or self._foreign_state() != self.foreign_state
        called = {item.id for report in reports for item in report.items if item.outcome == "gone"}
        falsely = {found for _, found in leaked if found in called}
        return note(Result(kind, fault, place, len(leaked), int(bool(touched)), len(falsely)))


@pytest.fixture
def ground(proxy: Proxy, plain: Callable[[str], Any]) -> Iterator[Ground]:
    opened = Ground(proxy, plain)
    yield opened
    opened.leave()


def taken_away(lab: Lab) -> TeardownReport:
    """Tear a lab down until nothing is left: the sandbox takes real time where labkit's leaps."""
    reports: list[TeardownReport] = []

    def clean() -> bool:
        reports.append(lab.teardown(progress=False))
        return reports[-1].clean

    wait_for(clean, seconds=60)
    return reports[-1]


def is_clean(result: Result) -> bool:
    return not (result.leaked or result.foreign_touched or result.wrongly_reported)


def chosen(faults: tuple[Fault, ...], number: int) -> tuple[Fault, ...]:
    """Return the faults to try at a request: all of them, or in the short slice one in turn."""
    return faults if EVERYTHING else (faults[number % len(faults)],)


@pytest.mark.parametrize("kind", KINDS_TRIED)
def test_faults_while_it_is_created(kind: str, ground: Ground) -> None:
    undisturbed = Injector(counts=mutates)
    lab = ground.provision(kind, undisturbed)
    taken_away(lab)
    ground.look_at(lab)
    for at, name in enumerate(undisturbed.seen):
        for fault in chosen(LOSSES, at):
            injector = Injector(fault, at, mutates)
            lab = ground.provision(kind, injector)
            report = taken_away(lab)
            if injector.happened:
                result = ground.judge(kind, fault, f"create {at} {short(name)}", [report])
                assert is_clean(result), result
    assert unfinished() == []


@pytest.mark.parametrize("kind", KINDS_TRIED)
def test_faults_while_it_is_taken_away(kind: str, ground: Ground) -> None:
    lab = ground.provision(kind, Injector())
    ground.proxy.fault = undisturbed = Injector()
    taken_away(lab)
    ground.look_at(lab)
    total = len(undisturbed.seen)
    step = 1 if total < 40 or not EVERYTHING else 2
    for at in range(0, total if EVERYTHING else min(total, 12), step):
        for fault in (ALL[at % len(ALL)], ALL[(at + 3) % len(ALL)])[: 2 if EVERYTHING else 1]:
            lab = ground.provision(kind, Injector())
            ground.proxy.fault = injector = Injector(fault, at)
            first = lab.teardown(progress=False)
            ground.proxy.fault = lambda _: None
            left = ground.left()
            assert not (first.clean and left), (fault, at, first, left)
            second = taken_away(lab)
            if injector.happened:
                place = f"delete {at} {short(injector.seen[at])}"
                result = ground.judge(kind, fault, place, [first, second])
                assert is_clean(result), result


@pytest.mark.parametrize("kind", KINDS_TRIED)
def test_deletions_that_show_late(kind: str, ground: Ground) -> None:
    for seconds in GHOST_S if EVERYTHING else GHOST_S[:1]:
        lab = ground.provision(kind, Injector())
        ground.look_at(lab)
        ghosts = Ghosts(seconds)
        ground.proxy.watch = ghosts.watch
        first = lab.teardown(progress=False)
        ground.proxy.watch = lambda _, answer: answer
        assert not (first.clean and ground.left()), first
        report = taken_away(lab)
        result = ground.judge(kind, "shown after its deletion", f"{seconds:g} s", [report])
        assert is_clean(result), result


@pytest.mark.parametrize("kind", KINDS_TRIED)
def test_a_denied_deletion_is_named_and_nothing_falsely_gone(kind: str, ground: Ground) -> None:
    lab = ground.provision(kind, Injector())
    ground.look_at(lab)
    ids = {item.id for item in lab._journal.open_items() if not item.implied}

    def deny(request: Seen) -> Any:
        injector = Injector("denied", 0, mutates)
        return injector(request)

    ground.proxy.fault = deny
    first = lab.teardown(progress=False)
    ground.proxy.fault = lambda _: None
    gone = {item.id for item in first.items if item.outcome == "gone"} & ids
    assert not first.clean
    assert not gone, first
    second = taken_away(lab)
    result = ground.judge(kind, "every change denied", "delete", [second])
    assert is_clean(result), result


def short(name: str) -> str:
    """Leave out of a path what differs from run to run."""
    return " ".join(part for part in name.split("/") if not any(map(str.isdigit, part)))[:40]


def test_every_kind_is_tried() -> None:
    assert set(SAMPLES) == set(KINDS)
