"""A lost journal, and an instructor's sweep: what is labkit's is found by its tags and names."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit.aws import guard
from labkit.aws.clients import Clients
from labkit.aws.embedded import Sandbox
from labkit.aws.targets import EmbeddedTarget
from labkit.cli import main
from labkit.clock import clock
from labkit.errors import Refused
from labkit.lab import Lab
from labkit.resources import runs
from labkit.resources.kinds.apigateway import RestApi
from labkit.resources.run import EXPIRES_TAG, owner
from labkit.resources.sweep import SKEW, sweep_expired, sweep_own
from labkit.resources.tagged import tagged
from tests.support import samples, shared_samples
from tests.support.census import census
from tests.support.virtual_clock import virtual_clock


def lose_journal(lab: Lab) -> None:
    lab._journal.path.unlink()


def test_a_run_without_its_journal_is_swept(lab: Lab, plain: Callable[[str], Any]) -> None:
    before = census(plain)
    other = Lab(lab.lesson, run="new")
    samples.mapping(other)
    samples.schedule(other)
    lose_journal(other)
    sweep = sweep_own(lab._unrecorded, owner(), progress=False)
    assert sweep.verdict == "clean", sweep
    assert census(plain) == before
    assert {stray.kind for stray in sweep.found} >= {"Lambda function", "schedule", "log group"}


def test_what_only_the_index_of_tags_names_is_swept_too(
    lab: Lab, plain: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Lab(lab.lesson, run="new")
    samples.queue(other)
    tags = [{"Key": key, "Value": text} for key, text in other._journal.run.tags("0" * 32).items()]
    topic = plain("sns").create_topic(Name="named-by-a-stack", Tags=tags)["TopicArn"]
    lose_journal(other)
    deleted_long_ago = topic.replace("named-by-a-stack", "deleted-long-ago")
    monkeypatch.setattr(
        "labkit.resources.sweep.tagged",
        lambda *asked: [deleted_long_ago, *tagged(*asked)],
    )
    sweep = sweep_own(lab._unrecorded, owner(), progress=False)
    assert topic in [stray.id for stray in sweep.found]
    assert deleted_long_ago not in [stray.id for stray in sweep.found]
    assert sweep.verdict == "clean", sweep


def test_a_run_that_is_going_on_is_not_swept(lab: Lab, plain: Callable[[str], Any]) -> None:
    url = samples.queue(lab)
    sweep = sweep_own(lab._unrecorded, owner(), progress=False)
    assert "labkit teardown" in dict(sweep.kept)[lab.run_id]
    assert url in plain("sqs").list_queues()["QueueUrls"]


def test_the_command_says_what_it_found(
    lab: Lab, capsys: pytest.CaptureFixture[str], plain: Callable[[str], Any]
) -> None:
    other = Lab(lab.lesson, run="new")
    url = samples.queue(other)
    lose_journal(other)
    assert main(["sweep", "--expired", "--list", "--json"]) == 0
    looked = json.loads(capsys.readouterr().out)
    assert url in [stray["id"] for stray in looked["found"]]
    assert looked["runs"] == []
    assert main(["sweep", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["clean"] is True
    assert url not in plain("sqs").list_queues().get("QueueUrls", [])


def test_an_untagged_log_group_that_nothing_else_speaks_for_stays(
    lab: Lab, plain: Callable[[str], Any]
) -> None:
    other = Lab(lab.lesson, run="new")
    samples.queue(other)
    lose_journal(other)
    group = f"/aws/lambda/{other.name('never-made')}"
    plain("logs").create_log_group(logGroupName=group)
    try:
        sweep = sweep_own(lab._unrecorded, owner(), progress=False)
        assert [stray.id for stray in sweep.unclaimed] == [group]
        assert sweep.verdict == "left"
        assert "delete it by hand" in repr(sweep)
        listed = plain("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        assert len(listed) == 1
    finally:
        plain("logs").delete_log_group(logGroupName=group)


def test_only_what_has_expired_is_swept(lab: Lab, plain: Callable[[str], Any]) -> None:
    url = samples.queue(lab)
    young = sweep_expired(lab._unrecorded, progress=False)
    assert "it expires at" in dict(young.kept)[lab.run_id]
    with virtual_clock() as virtual:
        expires = lab._journal.run.expires_at
        assert expires is not None
        virtual.leap_to(virtual.monotonic() + (expires + SKEW - clock().now()).total_seconds() + 1)
        looked = sweep_expired(lab._unrecorded, delete=False, progress=False)
        assert "only a look" in dict(looked.kept)[lab.run_id]
        with pytest.raises(Refused, match="may delete 0"):
            sweep_expired(lab._unrecorded, at_most=0, progress=False)
        assert url in plain("sqs").list_queues()["QueueUrls"]
        swept = sweep_expired(lab._unrecorded, run=lab.run_id, progress=False)
    assert [report.clean for report in swept.reports] == [True]
    assert url not in plain("sqs").list_queues().get("QueueUrls", [])


def test_a_sweep_in_another_region_calls_nothing_gone_that_it_cannot_see(
    lab: Lab, sandbox: dict[str, Any], plain: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "LIFETIME", -2 * SKEW)
    over = Lab(lab.lesson, run="new")
    url, role = samples.queue(over), shared_samples.role(over)
    elsewhere = EmbeddedTarget(Sandbox.from_json(sandbox), "us-east-1")
    sweep = sweep_expired(Clients(elsewhere, guard.admit(elsewhere)), progress=False)
    assert [stray.kind for stray in sweep.found] == ["IAM role"]
    assert url in plain("sqs").list_queues()["QueueUrls"]
    assert not over._journal.closed
    assert {item.id for item in over._journal.open_items()} >= {url}
    assert over.teardown(progress=False).clean
    assert url not in plain("sqs").list_queues().get("QueueUrls", [])
    assert role not in {one["RoleName"] for one in plain("iam").list_roles()["Roles"]}


@pytest.mark.parametrize("text", ["tomorrow", "2020-01-01", "2020-01-01T00:00:00"])
def test_an_expiry_that_cannot_be_read_deletes_nothing(
    text: str, lab: Lab, plain: Callable[[str], Any]
) -> None:
    url = samples.queue(lab)
    plain("sqs").tag_queue(QueueUrl=url, Tags={EXPIRES_TAG: text})
    sweep = sweep_expired(lab._unrecorded, progress=False)
    assert EXPIRES_TAG in dict(sweep.kept)[lab.run_id]
    assert sweep.reports == []


def test_what_has_just_expired_is_given_the_clocks_difference(lab: Lab) -> None:
    samples.queue(lab)
    with virtual_clock() as virtual:
        expires = lab._journal.run.expires_at
        assert expires is not None
        until = (expires + SKEW / 2 - clock().now()) / timedelta(seconds=1)
        virtual.leap_to(virtual.monotonic() + until)
        assert sweep_expired(lab._unrecorded, progress=False).reports == []


def test_a_run_that_cannot_be_put_on_record_stops_no_other(
    lab: Lab, plain: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: Any) -> Any:
        error = {"Code": "AccessDenied", "Message": "logs:DescribeLogGroups"}
        raise ClientError({"Error": error}, "DescribeLogGroups")

    lost = [Lab(lab.lesson, run="new") for _ in range(3)]
    urls = [samples.queue(lost[0]), samples.queue(lost[2])]
    api = samples.rest_api(lost[1])
    for other in lost:
        lose_journal(other)
    with monkeypatch.context() as patched:
        patched.setattr(RestApi, "alongside", denied)
        sweep = sweep_own(lab._unrecorded, owner(), progress=False)
    assert sweep.verdict == "left"
    assert not set(urls) & set(plain("sqs").list_queues().get("QueueUrls", []))
    (stays,) = [report for report in sweep.reports if not report.clean]
    assert api in [left.id for left in stays.left]
    assert "not touched" in repr(sweep)
    assert sweep_own(lab._unrecorded, owner(), progress=False).verdict == "clean"


def test_a_kind_that_cannot_be_listed_makes_the_verdict_unknown(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labkit.resources.kinds.sns import Topic

    def denied(*_: Any) -> Any:
        raise PermissionError("not authorized to perform sns:ListTopics")

    monkeypatch.setattr(Topic, "candidates", denied)
    sweep = sweep_own(lab._unrecorded, owner(), progress=False)
    assert sweep.verdict == "unknown"
    assert "SNS topic: could not be listed" in sweep.unknown[0]
