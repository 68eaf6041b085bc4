"""Executions that have ended are kept for 90 days, and so many at most."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.sandbox.services.stepfunctions import retention
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.stepfunctions import stepfunctions

SEOUL = ("111122223333", "ap-northeast-2")
OTHER = ("111122223333", "us-east-1")


class Clock:
    """A clock that stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def forgotten() -> list[str]:
    """The executions that have been forgotten."""
    return []


@pytest.fixture
def clock() -> Clock:
    """The clock."""
    return Clock()


@pytest.fixture
def ended(forgotten: list[str], clock: Clock) -> retention.Ended:
    """What keeps three."""
    return retention.Ended(lambda one: forgotten.append(one["executionArn"]), 3, clock)


def execution(name: str) -> dict[str, Any]:
    """An execution."""
    return {"executionArn": name}


def test_the_first_to_end_go_first(ended: retention.Ended, forgotten: list[str]) -> None:
    for name in "abcde":
        ended.add(SEOUL, execution(name))
    assert forgotten == ["a", "b"]


def test_each_region_keeps_its_own(ended: retention.Ended, forgotten: list[str]) -> None:
    for name in "abc":
        ended.add(SEOUL, execution(name))
        ended.add(OTHER, execution(name))
    assert forgotten == []


def test_ninety_days(ended: retention.Ended, forgotten: list[str], clock: Clock) -> None:
    ended.add(SEOUL, execution("old"))
    clock.now = 24 * 3600.0
    ended.add(SEOUL, execution("new"))
    clock.now = 90 * 24 * 3600.0
    ended.forget_old(SEOUL)
    assert forgotten == []
    clock.now += 1
    ended.forget_old(SEOUL)
    assert forgotten == ["old"]


def test_what_is_kept_of_an_execution_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_ended", retention.Ended(retention._forget, 1))
    with responses.request_scope(*SEOUL):
        for name in ("first", "second"):
            one = execution(name)
            stepfunctions._executions[name] = one
            stepfunctions._map_runs[f"{name}-run"] = {"executionArn": name}
            retention.ended(one)
        found = list(stepfunctions._executions.keys()), list(stepfunctions._map_runs.keys())
        stepfunctions._executions.clear()
        stepfunctions._map_runs.clear()
    assert found == (["second"], ["second-run"])
