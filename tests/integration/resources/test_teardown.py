"""Teardown after a kill, beside foreign things, interrupted, repeated: nothing of ours is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit.aws.embedded import SHARED
from labkit.errors import LabkitError
from labkit.lab import Lab
from labkit.resources import runs
from labkit.resources.journal import Item, Journal
from labkit.resources.kinds.iam import Role
from labkit.resources.removal import Remover
from labkit.resources.report import Removal, TeardownReport
from labkit.resources.teardown import teardown
from tests.support import samples, shared_samples
from tests.support.census import census

PROGRAM = Path(samples.__file__).with_name("provision.py")

PROVISIONED = 12
"""Lines of the journal: the run; INTENT and CREATED of role, function, queue, trigger, API; the log
group that API Gateway may make for its stage."""


def provision(when: str, line: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), when, str(line)], capture_output=True, text=True, check=False
    )


@pytest.mark.usefixtures("sandbox")
def test_an_undisturbed_run_is_as_long_as_the_kills_assume() -> None:
    done = provision("before", 0)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) == PROVISIONED
    assert runs.unfinished() == []


def test_a_journal_that_cannot_be_written_ends_the_waits_of_the_others(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared_samples.role(lab)
    samples.queue(lab)
    outcomes: list[Removal] = []
    remove = Remover.remove

    def busy(self: Role, get_client: Any, resource_id: str) -> None:
        error = {"Code": "DeleteConflict", "Message": "still attached"}
        raise ClientError({"Error": error}, "DeleteRole")

    def removed(self: Remover, item: Item) -> Removal:
        outcomes.append(remove(self, item))
        return outcomes[-1]

    def full(self: Journal, op: str) -> None:
        if any(item.op == op and item.kind == "SQS queue" for item in self.items()):
            raise LabkitError("labkit could not write its journal: no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Role, "delete", busy)
        patched.setattr(Role, "deletion_timeout_s", 20.0)
        patched.setattr(Journal, "deleting", full)
        patched.setattr(Remover, "remove", removed)
        with pytest.raises(LabkitError, match="no space left"):
            lab.teardown(progress=False)
    assert [(one.kind, one.outcome) for one in outcomes] == [("IAM role", "pending")]
    assert lab.teardown(progress=False).clean


KILLS = (
    *(("after", line) for line in range(2, PROVISIONED, 2)),  # INTENT noted, nothing sent
    *(("before", line) for line in range(3, PROVISIONED + 1, 2)),  # made, its id not noted
    ("after", PROVISIONED + 1),  # the teardown noted DELETING, and sent nothing
    ("before", PROVISIONED + 3),  # deleted, not noted
)


@pytest.mark.usefixtures("sandbox")
@pytest.mark.slow
def test_killed_at_each_line_of_the_journal(plain: Callable[[str], Any]) -> None:
    before = census(plain)
    with ThreadPoolExecutor(3) as pool:
        killed = list(pool.map(lambda kill: provision(*kill), KILLS))
    assert [done.returncode for done in killed] == [-signal.SIGKILL] * len(KILLS)
    assert len(census(plain) - before) > len(KILLS)
    reports = runs.teardown_all(progress=False)
    assert len(reports) == len(KILLS)
    assert [report for report in reports if not report.clean] == []
    assert census(plain) == before
    assert runs.unfinished() == []


@pytest.mark.usefixtures("sandbox")
def test_killed_before_the_first_line(plain: Callable[[str], Any]) -> None:
    before = census(plain)
    assert provision("before", 1).returncode == -signal.SIGKILL
    assert runs.teardown_all(progress=False) == []
    assert census(plain) == before


def foreign_queue(plain: Callable[[str], Any], name: str, **tags: str) -> str:
    return str(plain("sqs").create_queue(QueueName=name, tags=tags)["QueueUrl"])


def test_bait_is_not_touched(lab: Lab, plain: Callable[[str], Any]) -> None:
    """Names and tags that look like the run's, and are not: they stay, and are nobody's remains."""
    samples.queue(lab)
    url = foreign_queue(plain, lab.name("queue") + "-2", **{"labkit:run": "0" * 32})
    other = foreign_queue(plain, lab.name("queue") + "-3")
    group = f"/aws/lambda/{lab.name('never-made')}"
    plain("logs").create_log_group(logGroupName=group)
    try:
        report = lab.teardown(progress=False)
        assert report.clean, str(report)
        names = plain("sqs").list_queues()["QueueUrls"]
        assert {url, other} <= set(names)
        found = plain("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        assert len(found) == 1
    finally:
        plain("sqs").delete_queue(QueueUrl=url)
        plain("sqs").delete_queue(QueueUrl=other)
        plain("logs").delete_log_group(logGroupName=group)


def test_what_lost_its_tag_is_foreign_and_stays(lab: Lab, plain: Callable[[str], Any]) -> None:
    url = samples.queue(lab)
    sqs = plain("sqs")
    tags = sqs.list_queue_tags(QueueUrl=url)["Tags"]
    sqs.untag_queue(QueueUrl=url, TagKeys=["labkit:run"])
    report = lab.teardown(progress=False)
    assert [item.outcome for item in report.items] == ["foreign"]
    assert not report.clean
    assert sqs.get_queue_url(QueueName=lab.name("queue"))["QueueUrl"] == url

    sqs.tag_queue(QueueUrl=url, Tags=tags)
    assert lab.teardown(progress=False).clean


@pytest.mark.parametrize(
    "after", [["DeleteLogGroup"], ["DeleteLogGroup", "DescribeLogGroups"]], ids=" then ".join
)
def test_a_log_group_that_comes_back_is_removed_again(
    after: list[str], lab: Lab, plain: Callable[[str], Any]
) -> None:
    """It comes back as soon as it is deleted, or only when the teardown has seen it gone."""
    group = f"/aws/lambda/{samples.function(lab)}"
    logs = lab._unrecorded("logs")
    calls: list[str] = []

    def come_back(model: Any, **_: Any) -> None:
        calls.append(model.name)
        if calls[-len(after) :] == after and calls.count("DeleteLogGroup") == 1:
            plain("logs").create_log_group(logGroupName=group)

    logs.meta.events.register("after-call.cloudwatch-logs", come_back)
    report = lab.teardown(progress=False)
    assert calls.count("DeleteLogGroup") == 2
    assert report.clean, str(report)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] == []


def test_what_was_deleted_by_other_means_is_gone(lab: Lab, plain: Callable[[str], Any]) -> None:
    topic = samples.topic(lab)
    plain("sns").delete_topic(TopicArn=topic)
    [item] = lab.teardown(progress=False).items
    assert (item.outcome, item.why) == ("gone", "there was no such thing (any more)")


INTERRUPTED = """
import os, signal, samples
from labkit.lab import Lab
lab = Lab("delivery-queue", run="new")
samples.mapping(lab)
clients = lab._unrecorded
clients("lambda").meta.events.register(
    "before-call.lambda.DeleteFunction", lambda **_: os.kill(os.getpid(), signal.SIGINT)
)
lab.teardown(progress=False)
"""


@pytest.mark.usefixtures("sandbox")
def test_an_interrupted_teardown_goes_on(plain: Callable[[str], Any]) -> None:
    before = census(plain)
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        capture_output=True,
        text=True,
        cwd=PROGRAM.parent,
        check=False,
    )
    assert "KeyboardInterrupt" in done.stderr
    assert "Start it again and it goes on" in done.stderr
    assert census(plain) - before
    [report] = runs.teardown_all(progress=False)
    assert report.clean, str(report)
    assert census(plain) == before


def test_a_run_whose_sandbox_has_ended_is_closed(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LABKIT_SANDBOX", raising=False)
    program = (
        "import samples; from labkit.lab import Lab; lab = Lab('delivery-queue'); "
        "samples.queue(lab); print(lab.folder)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=PROGRAM.parent,
        check=True,
    )
    assert Path(done.stdout.strip()).is_dir()
    [journal] = runs.unfinished()
    report = runs.tear_down(journal)
    assert report.clean
    assert "has ended" in report.items[0].why
    assert runs.unfinished() == []
    assert not Path(done.stdout.strip()).exists()
    assert list(state.glob("work/*")) == []


@pytest.mark.usefixtures("state")
def test_a_run_whose_sandbox_ends_during_its_teardown_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "labkit.sandbox", "--json", "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        monkeypatch.setenv(SHARED, process.stdout.readline())
        samples.queue(Lab("delivery-queue"))
        [journal] = runs.unfinished()
        assert journal.run.sandbox is not None
        process.send_signal(signal.SIGSTOP)  # the server has ended, and the folder stays
        os.kill(journal.run.sandbox["server_pid"], signal.SIGKILL)

        def then_let_it_end(*given: Any) -> TeardownReport:
            unreachable = teardown(*given)
            process.send_signal(signal.SIGCONT)
            return unreachable

        monkeypatch.setattr(runs, "teardown", then_let_it_end)
        report = runs.tear_down(journal, progress=False)
    assert report.clean
    assert "has ended" in report.items[0].why
    assert runs.unfinished() == []


def test_what_comes_back_after_the_end_is_found(lab: Lab, plain: Callable[[str], Any]) -> None:
    group = f"/aws/lambda/{samples.function(lab)}"
    assert lab.teardown(progress=False).clean
    plain("logs").create_log_group(logGroupName=group)
    report = lab.teardown(progress=False)
    assert [(item.id, item.outcome) for item in report.items] == [(group, "gone")]
    assert report.clean


def test_the_report_reads_in_a_terminal_and_in_a_notebook(lab: Lab) -> None:
    samples.queue(lab)
    report = lab.teardown(progress=False)
    assert lab.name("queue") in repr(report)
    assert "nothing left" in repr(report)
    assert "<table>" in report._repr_html_()
    assert report.as_json()["clean"] is True
