"""What ends a run that nobody tears down: an account's reaper, a watchdog, the sandbox's end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit.aws import policies
from labkit.cli import main
from labkit.clock import clock
from labkit.errors import LabkitError, Refused
from labkit.lab import Lab
from labkit.polling import wait_until
from labkit.resources import expiry, runs, watchdog
from labkit.resources.journal import Journal
from labkit.resources.kinds.scheduler import EXPIRY
from labkit.resources.report import Left, TeardownReport
from labkit.resources.run import EXPIRES_TAG, RUN_TAG
from labkit.resources.sweep import SKEW
from tests.support import samples
from tests.support.account import REGION, settings
from tests.support.census import census
from tests.support.clients import plain_clients
from tests.support.virtual_clock import virtual_clock

PREPARED = "777788889999"
Owner = Callable[[str], Any]


def tear_down(lab: Lab) -> None:
    with virtual_clock():
        assert lab.teardown(progress=False).clean


def queues(client: Owner) -> list[str]:
    return list(client("sqs").list_queues().get("QueueUrls", []))


def promised(lab: Lab) -> str:
    return expiry.promise(lab._journal)


def test_in_the_sandbox_nothing_is_needed(lab: Lab) -> None:
    assert promised(lab) == "What is not torn down ends with the sandbox."
    assert lab._journal.items() == []
    assert not watchdog.watches(lab._journal)
    lab.renew()


def test_what_ends_a_run_goes_last_and_stays_while_anything_is_left(lab: Lab, plain: Owner) -> None:
    url = samples.queue(lab)
    samples.switch(lab)
    plain("sqs").untag_queue(QueueUrl=url, TagKeys=[RUN_TAG])
    report = lab.teardown(progress=False)
    assert {one.kind: one.outcome for one in report.items} == {
        "SQS queue": "foreign",
        "schedule": "pending",
    }
    plain("scheduler").get_schedule(Name=lab.name(EXPIRY))
    plain("sqs").tag_queue(QueueUrl=url, Tags={RUN_TAG: lab.run_id})
    assert lab.teardown(progress=False).clean


class TestInAnAccountThatWasNotPrepared:
    @pytest.mark.usefixtures("account")
    def test_a_watchdog_is_promised_and_ends_with_the_run(self) -> None:
        lab = Lab("delivery-queue", target="aws", region=REGION)
        assert "this computer tears down what is left" in repr(lab)
        assert watchdog.start(lab._journal)  # the one that is there
        tear_down(lab)
        wait_until(lambda: not watchdog.watches(lab._journal), 20)

    def test_when_the_time_is_over_the_watchdog_tears_down(
        self,
        account: Owner,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(runs, "LIFETIME", timedelta())
        with monkeypatch.context() as unwatched:
            unwatched.setattr(watchdog, "start", lambda journal: False)
            lab = Lab("delivery-queue", target="aws", region=REGION)
            samples.queue(lab)
        assert watchdog.start(lab._journal)
        wait_until(lambda: queues(account) == [], 60)

    def test_without_a_watchdog_nothing_is_promised(
        self,
        account: Owner,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(watchdog, "start", lambda journal: False)
        lab = Lab("delivery-queue", target="aws", region=REGION)
        assert "Nothing deletes it by itself" in promised(lab)
        tear_down(lab)

    def test_a_run_whose_time_is_over_is_not_gone_on_with(
        self,
        account: Owner,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(watchdog, "start", lambda journal: False)
        with virtual_clock() as virtual:
            lab = Lab("delivery-queue", target="aws", region=REGION)
            samples.queue(lab)
            virtual.leap_to(virtual.monotonic() + runs.LIFETIME.total_seconds())
            other = Lab("delivery-queue", target="aws", region=REGION)
            assert other.run_id != lab.run_id
            assert queues(account) == []
            tear_down(other)


class TestAWatchdogWhoseTeardownFails:
    """Its run is in the sandbox: what it watches is the journal."""

    def teardowns(
        self, monkeypatch: pytest.MonkeyPatch, first: Callable[[], TeardownReport]
    ) -> list[datetime]:
        """Have something else happen in place of the first teardown; return the times of all."""
        began: list[datetime] = []
        tear_down = runs.tear_down

        def failing(journal: Journal, *arguments: Any, **options: Any) -> TeardownReport:
            began.append(clock().now())
            return tear_down(journal, *arguments, **options) if began[1:] else first()

        monkeypatch.setattr(runs, "tear_down", failing)
        return began

    def test_tries_again_when_the_journal_could_not_be_written(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def full() -> TeardownReport:
            raise LabkitError("labkit could not write its journal: no space left on device")

        samples.queue(lab)
        began = self.teardowns(monkeypatch, full)
        with virtual_clock():
            lab._journal.renew(clock().now())
            watchdog.watch(lab._journal.path)
        assert len(began) == 2
        assert "no space left" in capsys.readouterr().out
        assert lab._journal.closed

    def test_leaves_a_run_alone_that_was_given_more_time(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def renewed() -> TeardownReport:
            lab._journal.renew(clock().now() + timedelta(minutes=12))
            left = [Left("run", "", "", "the sign-in had run out")]
            return TeardownReport(lab.run_id, lab.lesson, [], left)

        samples.queue(lab)
        began = self.teardowns(monkeypatch, renewed)
        with virtual_clock():
            lab._journal.renew(clock().now())
            watchdog.watch(lab._journal.path)
        first, second = began
        assert second - first >= timedelta(minutes=12)
        assert lab._journal.closed


@pytest.fixture
def teacher(
    sandbox: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Owner]:
    """Work with no more than the instructor's policies; give clients of the account's owner."""
    root = plain_clients(sandbox | {"access_key_id": PREPARED, "region": REGION})
    user(root, "teacher", policies.INSTRUCTOR, monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox["endpoint"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.chdir(tmp_path)
    settings(tmp_path, accounts=[PREPARED], regions=[REGION])
    return root


def user(
    root: Owner, name: str, attached: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Become a user with some of labkit's policies, making what is not there."""
    iam = root("iam")
    iam.create_user(UserName=name)
    for policy in attached:
        arn = f"arn:aws:iam::{PREPARED}:policy/labkit-{policy}"
        try:
            iam.get_policy(PolicyArn=arn)
        except ClientError:
            document = policies.file(policy).read_text(encoding="utf-8")
            iam.create_policy(PolicyName=f"labkit-{policy}", PolicyDocument=document)
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])


def labkit(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """Run the command with ``--json``; return its exit code and what it printed."""
    code = main([*words, "--target", "aws", "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_from_an_empty_account_to_a_run_that_ends_by_itself(
    teacher: Owner, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = census(teacher)
    code, said = labkit(capsys, "account", "check")
    missing = {one["about"] for one in said["findings"] if one["verdict"] == "problem"}
    assert code == 1
    assert missing >= {"consent", "policies", "budget", "reaper", "hourly sweep", "template"}
    with pytest.raises(Refused, match="has not consented"):
        Lab("delivery-queue", target="aws")

    prepare = ("account", "prepare", "--email", "teacher@example.com")
    _, looked = labkit(capsys, *prepare, "--list")
    assert census(teacher) == empty
    code, done = labkit(capsys, *prepare)
    assert (code, done["executed"], done["changes"]) == (0, True, looked["changes"])
    _, again = labkit(capsys, "account", "prepare")
    assert (again["executed"], again["changes"]) == (False, [])
    _, later = labkit(capsys, "account", "prepare", "--until", "2099-12-31")
    assert [one["name"] for one in later["changes"]] == ["Consent"]
    code, said = labkit(capsys, "account", "check")
    assert code == 0, said
    assert [one for one in said["findings"] if one["verdict"] == "problem"] == []

    user(teacher, "learner", policies.STUDENT, monkeypatch)
    the_run_is_scheduled_renewed_and_removed(teacher)
    monkeypatch.setattr(runs, "LIFETIME", -SKEW)
    prepared = census(teacher)
    with monkeypatch.context() as unarmed:
        unarmed.setattr(expiry, "arm", lambda *_: None)
        lab = Lab("delivery-queue", target="aws", run="new")
        samples.queue(lab)
    expiry.arm(lab._journal, lab._clients)
    assert len(lab._journal.open_items()) == 2
    wait_until(lambda: census(teacher) == prepared, 60)


def the_run_is_scheduled_renewed_and_removed(teacher: Owner) -> None:
    before = census(teacher)
    lab = Lab("delivery-queue", target="aws")
    name = lab.name(EXPIRY)
    assert "the account deletes by itself what is left" in repr(lab)
    assert "this will cost USD" in repr(lab)
    assert not watchdog.watches(lab._journal)
    url, ends = samples.queue(lab), lab._journal.run.expires_at
    assert Lab("delivery-queue", target="aws").run_id == lab.run_id
    scheduled = teacher("scheduler").get_schedule(Name=name)["ScheduleExpression"]
    assert ends is not None
    assert scheduled == f"at({ends + SKEW:%Y-%m-%dT%H:%M:%S})"

    lab.renew(20)
    later = lab._journal.run.expires_at
    assert later is not None
    assert later > ends
    moved = teacher("scheduler").get_schedule(Name=name)["ScheduleExpression"]
    assert moved == f"at({later + SKEW:%Y-%m-%dT%H:%M:%S})"
    tags = teacher("sqs").list_queue_tags(QueueUrl=url)["Tags"]
    assert tags[EXPIRES_TAG] == later.isoformat(timespec="seconds")
    for hours in (0, 25):
        with pytest.raises(LabkitError, match="up to 24 hours"):
            lab.renew(hours)
    tear_down(lab)
    assert census(teacher) == before
