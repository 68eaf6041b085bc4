"""The templates and the reaper of a prepared account, without an account."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from types import ModuleType, SimpleNamespace

import pytest

from labkit.labs.stacks.linting import lint
from labkit.resources import generated, sweep
from labkit.resources.account.prepare import STACKS
from labkit.resources.account.template import ACCOUNT, LONGEST, template
from labkit.resources.kind import Found
from labkit.resources.kinds import KINDS
from labkit.resources.kinds.scheduler import EXPIRY
from labkit.resources.reaper import sweeping
from labkit.resources.reaper.bundle import bundle


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Run what is put into an account as Lambda does: one file, apart from labkit."""
    module = ModuleType("index")
    monkeypatch.setitem(sys.modules, "index", module)
    text = json.loads(template(ACCOUNT))["Resources"]["Reaper"]["Properties"]["Code"]["ZipFile"]
    exec(text, vars(module))
    return module


def test_the_reaper_is_one_file_that_needs_only_boto3() -> None:
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", bundle(), re.MULTILINE))
    assert imported - sys.stdlib_module_names == {"boto3", "botocore"}


def test_the_file_knows_each_kind_as_labkit_does(index: ModuleType) -> None:
    assert list(index.KINDS) == list(KINDS)
    for name, kind in KINDS.items():
        made = index.KINDS[name]
        assert (made.service, made.missing, made.after) == (kind.service, kind.missing, kind.after)
    named = f"lk-dq-{'a' * 6}-{'0' * 8}-orders"
    assert sweep.NAMED.match(named)
    assert index.NAME.match(named)


def test_what_is_built_from_the_kinds_is_up_to_date() -> None:
    assert generated.differences() == []


def test_what_goes_first_in_a_sweep_lets_the_next_go() -> None:
    turns = {name: sweeping._turn(kind) for name, kind in KINDS.items()}
    for name, kind in KINDS.items():
        assert all(turns[earlier] < turns[name] for earlier in kind.after)


def test_a_run_keeps_its_switch_until_nothing_else_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A dashboard bears no tags: only the switch says when its run is over."""
    name = f"lk-dq-{'a' * 6}-{'0' * 8}"
    shown = {
        "ScheduleExpression": "at(2026-01-01T13:00:00)",
        "Target": {"Input": json.dumps({"run": "0" * 32})},
    }
    scheduler = SimpleNamespace(get_schedule=lambda **_: shown)
    monkeypatch.setattr(sweeping, "client", lambda _: scheduler)
    board = sweeping.Thing(KINDS["CloudWatch dashboard"], name, f"{name}-board", None)
    arn = f"arn:aws:scheduler:r:1:schedule/default/{name}-{EXPIRY}"
    switch = sweeping._thing(KINDS["schedule"], Found(arn, f"{name}-{EXPIRY}", None))
    assert switch.is_switch
    then = datetime(2026, 1, 1, 13, tzinfo=UTC)
    assert sweeping.sort_out([board, switch], None, then) == ([board], {})
    assert sweeping.sort_out([switch], None, then) == ([switch], {})
    assert sweeping.sort_out([board], None, then) == ([], {})
    too_soon = sweeping.sort_out([board, switch], None, then - timedelta(seconds=1))
    assert too_soon == ([], {"0" * 32: "it expires at 2026-01-01T12:00:00+00:00"})


@pytest.mark.parametrize("name", STACKS)
def test_cloudformation_takes_a_template_as_it_is_sent(name: str) -> None:
    assert len(template(name).encode()) <= LONGEST
    assert "Fn::Transform" not in template(name)
    assert lint(template(name), "ap-northeast-2").empty
