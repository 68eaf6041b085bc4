"""The templates and the reaper of a prepared account, without an account."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from labkit.aws import consent
from labkit.aws.account.prepare import STACKS
from labkit.aws.account.reaper import index
from labkit.aws.account.template import LONGEST, template
from labkit.labs.stacks.linting import lint
from labkit.resources import run as names
from labkit.resources import sweep
from labkit.resources.kinds.scheduler import EXPIRY


def test_the_reaper_says_the_same_of_names_and_tags_as_labkit() -> None:
    assert (index.RUN, index.OWNER, index.EXPIRES) == (
        names.RUN_TAG,
        names.OWNER_TAG,
        names.EXPIRES_TAG,
    )
    assert (index.CONSENT, index.SWITCH, index.SKEW) == (consent.CONSENT, EXPIRY, sweep.SKEW)
    named = f"lk-dq-{'a' * 6}-{'0' * 8}-orders"
    assert sweep.NAMED.match(named)
    assert index.NAME.match(named)


def test_a_run_keeps_its_switch_until_nothing_else_is_left() -> None:
    """A bucket bears no tags: only the switch says when its run is over."""
    kinds = {kind.name: kind for kind in index.KINDS}
    name = f"lk-dq-{'a' * 6}-{'0' * 8}"
    schedule = {
        "Name": f"{name}-{EXPIRY}",
        "ScheduleExpression": "at(2026-01-01T13:00:00)",
        "Target": {"Input": json.dumps({"run": "0" * 32})},
    }
    bucket = index.Thing(kinds["bucket"], name, f"{name}-bucket", None)
    switch = index.Thing(kinds[EXPIRY], "", f"{name}-{EXPIRY}", index.told_by(schedule))
    then = datetime(2026, 1, 1, 13, tzinfo=UTC)
    assert index.sort_out([bucket, switch], None, then) == ([bucket], {})
    assert index.sort_out([switch], None, then) == ([switch], {})
    assert index.sort_out([bucket], None, then) == ([], {})
    too_soon = index.sort_out([bucket, switch], None, then - timedelta(seconds=1))
    assert too_soon == ([], {"0" * 32: "it expires at 2026-01-01T12:00:00+00:00"})


def test_a_stack_whose_deletion_failed_is_deleted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"lk-dq-{'a' * 6}-{'0' * 8}"
    states = ("CREATE_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_FAILED", "DELETE_COMPLETE")
    stacks = [{"StackName": f"{name}-{state}", "StackStatus": state} for state in states]
    monkeypatch.setattr(index, "pages", lambda *_: stacks)
    found = {stack.rpartition("-")[2] for stack, _, _ in index._stacks()}
    assert found == {"CREATE_COMPLETE", "DELETE_FAILED"}


@pytest.mark.parametrize("name", STACKS)
def test_cloudformation_takes_a_template_as_it_is_sent(name: str) -> None:
    assert len(template(name).encode()) <= LONGEST
    assert "Fn::Transform" not in template(name)
    assert lint(template(name), "ap-northeast-2").empty
