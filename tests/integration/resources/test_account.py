"""A prepared account: the template goes in, the reaper runs as a function and takes its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from labkit.aws import consent
from labkit.aws.embedded import Sandbox
from labkit.aws.targets import EmbeddedTarget
from labkit.cli import main
from labkit.lab import Lab
from labkit.polling import wait_until
from labkit.resources import run as names
from labkit.resources import runs
from labkit.resources.account.prepare import STACKS, prepare
from labkit.resources.kinds.scheduler import EXPIRY
from tests.support import samples
from tests.support.census import census

EMAIL = "teacher@example.com"
Reap = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def reap(sandbox_line: str, plain: Callable[[str], Any]) -> Iterator[Reap]:
    """Prepare the sandbox's account, and give what calls its reaper."""
    described = json.loads(sandbox_line)
    prepare(EmbeddedTarget(Sandbox.from_json(described), described["region"]), EMAIL)
    wait_until(lambda: _has_swept(plain), 60)  # a rate begins with its schedule

    def call(**event: Any) -> dict[str, Any]:
        answer = plain("lambda").invoke(
            FunctionName="labkit-reaper", Payload=json.dumps(event).encode()
        )
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        return said

    yield call
    for name in STACKS.values():
        plain("cloudformation").delete_stack(StackName=name)
    wait_until(lambda: not _stacks(plain), 20)


def _has_swept(plain: Callable[[str], Any]) -> bool:
    """Tell whether the reaper has ended the call with which its hourly schedule begins."""
    logs, name = plain("logs"), "/aws/lambda/labkit-reaper"
    groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return bool(groups) and any(
        one["message"].startswith("REPORT")
        for one in logs.filter_log_events(logGroupName=name)["events"]
    )


def _stacks(plain: Callable[[str], Any]) -> list[str]:
    listed = plain("cloudformation").describe_stacks()["Stacks"]
    return [one["StackName"] for one in listed if one["StackName"] in STACKS.values()]


@pytest.fixture
def expired(sandbox: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[], Lab]:
    """Give labs whose time was over before they began."""
    monkeypatch.setattr(runs, "LIFETIME", timedelta(hours=-2))

    def begin() -> Lab:
        lab = Lab("delivery-queue", run="new")
        samples.switch(lab)
        return lab

    return begin


@pytest.mark.timeout(300)
def test_the_reaper_takes_every_kind(
    reap: Reap, expired: Callable[[], Lab], plain: Callable[[str], Any]
) -> None:
    before = census(plain)
    labs = []
    for make in samples.SAMPLES.values():
        labs.append(expired())
        make(labs[-1])
    made = len(census(plain) - before)
    report = reap()
    assert census(plain) - before == set(), report
    assert census(plain) == before
    assert made >= len(samples.SAMPLES)
    assert report["left"] == {}
    assert report["unknown"] == []
    assert reap() == {"gone": [], "left": {}, "kept": {}, "unknown": []}


def test_the_reaper_takes_nothing_else(
    reap: Reap, lab: Lab, expired: Callable[[], Lab], plain: Callable[[str], Any]
) -> None:
    mine, over, odd = samples.queue(lab), expired(), expired()
    samples.queue(over)
    unreadable = samples.queue(odd)
    plain("sqs").tag_queue(QueueUrl=unreadable, Tags={names.EXPIRES_TAG: "tomorrow"})
    bait = plain("sqs").create_queue(QueueName=lab.name("bait").replace(lab.run_id[:8], "0" * 8))
    looked = reap(look=True)
    assert f"SQS queue {over.name('queue')}" in looked["left"]
    assert "it expires at" in looked["kept"][lab.run_id]
    assert "is no time" in looked["kept"][odd.run_id]
    assert reap(run=lab.run_id)["gone"] == []
    gone = [f"SQS queue {over.name('queue')}", f"schedule {over.name(EXPIRY)}"]
    assert reap()["gone"] == gone
    left = set(plain("sqs").list_queues()["QueueUrls"])
    assert left == {mine, unreadable, bait["QueueUrl"]}
    plain("sqs").delete_queue(QueueUrl=bait["QueueUrl"])
    assert odd.teardown(progress=False).clean


@pytest.mark.usefixtures("reap", "sandbox")
def test_the_check_says_so_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["account", "check", "--target", "local"]) == 0
    said = capsys.readouterr().out
    assert f"USD 20 a month; {EMAIL} is told" in said
    assert "✓ fine     reaper" in said
    assert said.splitlines()[-1].startswith("The account is prepared on the target local: 0 prob")


def test_without_consent_the_reaper_refuses(reap: Reap, plain: Callable[[str], Any]) -> None:
    ssm = plain("ssm")
    value = ssm.get_parameter(Name=consent.CONSENT)["Parameter"]["Value"]
    ssm.put_parameter(Name=consent.CONSENT, Value="{}", Overwrite=True)
    with pytest.raises(AssertionError, match="does not say that this account is a sandbox"):
        reap()
    ssm.put_parameter(Name=consent.CONSENT, Value=value, Overwrite=True)
