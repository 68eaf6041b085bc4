"""Two at once: teardowns of one run, a teardown beside provisioning."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from labkit.aws.limits import ACCOUNT, SANDBOX
from labkit.errors import Refused
from labkit.lab import Lab
from labkit.resources.lock import only_one
from labkit.resources.teardown import teardown
from tests.support import samples
from tests.support.virtual_clock import virtual_clock


def test_two_teardowns_of_one_run_do_not_meet(lab: Lab) -> None:
    samples.mapping(lab)
    other = Lab(lab.lesson)
    assert other.run_id == lab.run_id
    deleted: list[str] = []
    for one in (lab, other):
        one._unrecorded("lambda").meta.events.register(
            "before-call.lambda.DeleteFunction", lambda model, **_: deleted.append(model.name)
        )
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda one: one.teardown(progress=False), (lab, other)))
    assert all(report.clean for report in reports)
    assert deleted == ["DeleteFunction"]
    assert sorted(len(report.items) for report in reports)[0] == 0


def test_nothing_is_created_beside_a_teardown(lab: Lab) -> None:
    with only_one(lab._journal.path, print), pytest.raises(Refused, match="teardown of this run"):
        samples.queue(lab)
    assert samples.queue(lab)


def test_deletions_wait_for_their_turn(lab: Lab, state: Path) -> None:
    for logical in ("one", "two", "three"):
        lab.client("apigateway").create_rest_api(name=lab.name(logical))
    at: list[float] = []
    with virtual_clock() as virtual:
        lab._unrecorded("apigateway").meta.events.register(
            "before-call.apigateway.DeleteRestApi", lambda **_: at.append(virtual.monotonic())
        )
        limits = replace(SANDBOX, apart_s=ACCOUNT.apart_s)
        assert teardown(lab._journal, lab._unrecorded, limits, progress=False).clean
    assert all(later - earlier > 29 for earlier, later in pairwise(at)), at


def test_what_comes_between_the_two_inventories_is_found(
    lab: Lab, plain: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from labkit.resources import teardown as module

    group = f"/aws/lambda/{samples.function(lab)}"
    survey, surveys = module.survey, list[int]()

    def late_line(*arguments: Any) -> Any:
        left = survey(*arguments)
        surveys.append(len(left))
        if len(surveys) == 1:
            plain("logs").create_log_group(logGroupName=group)
        return left

    monkeypatch.setattr(module, "survey", late_line)
    report = lab.teardown(progress=False)
    assert report.clean, str(report)
    assert surveys[:2] == [0, 1]
    assert plain("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"] == []
