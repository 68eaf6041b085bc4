"""Smoke runs in an account, which the sandbox plays: what a cut-short lesson made is torn down."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.course.build import build
from labkit.course.smoke.jobs import CELL_S, SmokeOptions, plan
from labkit.course.smoke.lesson_job import run_job
from tests.support.account import REGION
from tests.support.census import census
from tests.support.course_kernel import KERNEL_SAMPLE
from tests.support.course_samples import write_course

IN_AN_ACCOUNT = """\
from labkit import Lab

real = Lab("greeting", target=target, region=region)
real.client("logs").create_log_group(logGroupName=real.name("orders"))
start = 1 / 0
"""
AT_ONCE = """\
from dataclasses import replace

from labkit.aws import limits

limits.ACCOUNT = replace(limits.ACCOUNT, inventories_apart_s=0.2)
"""
"""What each process of a run begins with: a teardown does not wait 30 s for what AWS is still
writing, since the sandbox plays AWS, and writes at once."""


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course whose one lesson makes a log group in an account and then fails."""
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    (tmp_path / "sitecustomize.py").write_text(AT_ONCE, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    write_course(tmp_path, KERNEL_SAMPLE.replace("start = 40\n", IN_AN_ACCOUNT))
    build(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("account")
@pytest.mark.slow
def test_what_a_cut_short_lesson_made_in_an_account_is_torn_down(
    course: Path,
    owner: Callable[[str], Any],
) -> None:
    before = census(owner)
    report = run_job(*plan(SmokeOptions(target="aws", parameters={"region": REGION})))
    assert report.error == "cell 7\n  ZeroDivisionError: division by zero"
    assert report.created == {"log group": 1}
    assert report.left == []
    assert census(owner) == before


@pytest.mark.usefixtures("account")
@pytest.mark.slow
def test_what_could_not_be_removed_stays_on_record(
    course: Path,
    state: Path,
    owner: Callable[[str], Any],
) -> None:
    statement = {"Effect": "Deny", "Action": "logs:DeleteLogGroup", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    owner("iam").put_user_policy(UserName="learner", PolicyName="no", PolicyDocument=document)
    try:
        report = run_job(*plan(SmokeOptions(target="aws", parameters={"region": REGION})))
    finally:
        owner("iam").delete_user_policy(UserName="learner", PolicyName="no")
    run, group = report.left
    assert run.endswith("not torn down")
    assert group.startswith("log group lk-")
    (journal,) = (state / "runs").glob("*/*.jsonl")
    assert "orders" in journal.read_text(encoding="utf-8")
    owner("logs").delete_log_group(logGroupName=group.removeprefix("log group "))


def test_an_account_gets_more_time(course: Path) -> None:
    (there,) = plan(SmokeOptions(target="aws"))
    (here,) = plan(SmokeOptions())
    assert (there.cell_s, here.cell_s) == (CELL_S["aws"], CELL_S["local"])
