"""Thirty learners in one account, from all of which AWS takes one DeleteRestApi per 30 s."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from labkit.aws.limits import ACCOUNT, SANDBOX
from labkit.lab import Lab
from labkit.resources import teardown as module
from labkit.resources.journal import Item, Journal
from labkit.resources.removal import Remover
from labkit.resources.report import TeardownReport
from tests.faults.aws_rules import OnePer, deletes_rest_api
from tests.faults.results import Result, note
from tests.support.fault_proxy import Proxy
from tests.support.virtual_clock import VirtualClock

LEARNERS = 30 if os.environ.get("LABKIT_FAULTS") == "all" else 6
APART_S = 30.0
DELETION = ("apigateway", "DeleteRestApi")
TURN = re.compile(r"turn is in (\d+) s")

pytestmark = pytest.mark.timeout(600)


def learners(proxy: Proxy) -> list[Lab]:
    """Give each learner a run with a REST API."""
    labs = [Lab("delivery-order-api", run="new") for _ in range(LEARNERS)]
    for lab in labs:
        lab.client("apigateway").create_rest_api(name=lab.name("orders"))
    return labs


def all_apis(plain: Callable[[str], Any]) -> int:
    return len(plain("apigateway").get_rest_apis(limit=500)["items"])


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect what the progress bars of all teardowns say."""
    said: list[str] = []

    class Telling(Remover):
        def __init__(self, journal: Journal, *given: Any) -> None:
            *first, tell, pacer = given

            def hear(item: Item, what: str) -> None:
                said.append(what)
                tell(item, what)

            super().__init__(journal, *first, hear, pacer)

    monkeypatch.setattr(module, "Remover", Telling)
    return said


@pytest.mark.parametrize("one_machine", [True, False], ids=["one machine", "a machine each"])
def test_all_are_through_at_the_accounts_pace(
    one_machine: bool,
    proxy: Proxy,
    virtual: VirtualClock,
    plain: Callable[[str], Any],
    heard: list[str],
) -> None:
    before, labs = all_apis(plain), learners(proxy)
    rule = OnePer(APART_S, deletes_rest_api)
    proxy.fault = rule
    limits = replace(SANDBOX, apart_s=ACCOUNT.apart_s) if one_machine else SANDBOX

    def leave(lab: Lab) -> TeardownReport:
        report = module.teardown(lab._journal, lab._unrecorded, limits, progress=False)
        virtual.crowd -= 1
        return report

    virtual.crowd = LEARNERS  # each of them waits or works; while one works no time passes
    with ThreadPoolExecutor(LEARNERS) as pool:
        reports = list(pool.map(leave, labs))
    proxy.fault = lambda _: None
    assert [report for report in reports if not report.clean] == []
    assert all_apis(plain) == before
    assert len(rule.taken) == LEARNERS
    whole = rule.taken[-1] - rule.taken[0]
    assert whole < 2 * LEARNERS * APART_S
    if one_machine:
        promised = [float(found[1]) for text in heard if (found := TURN.search(text))]
        assert max(promised) > (LEARNERS - 2) * APART_S
        assert whole < max(promised) + (1 + rule.refused) * ACCOUNT.apart_s[DELETION]
    else:
        assert any("AWS says TooManyRequestsException; next try in" in text for text in heard)
    note(Result("REST API", "thirty in one account", f"{one_machine=}, {whole / 60:.0f} min"))
