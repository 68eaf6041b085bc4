"""The doctor: on this very machine, on broken ones, and in an account that the sandbox plays."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from labkit.aws import policies
from labkit.aws.opening import open_target
from labkit.aws.targets import AccountTarget
from labkit.cli import main
from labkit.course.doctor import machine
from labkit.course.doctor.examine import examine
from labkit.course.doctor.findings import Finding
from labkit.course.doctor.permissions import actions_of, context_of, resource_of
from labkit.lab import Lab
from tests.support import samples
from tests.support.account import ACCOUNT, REGION
from tests.support.fault_proxy import Forged, Seen, proxy_for
from tests.support.virtual_clock import virtual_clock


def by_name(findings: Any) -> dict[str, Finding]:
    return {finding.about: finding for finding in findings}


@pytest.mark.usefixtures("sandbox")
def test_here_lessons_can_run(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert said["healthy"]
    assert {"Python", "packages", "node", "sandbox"} <= {f["about"] for f in said["findings"]}
    assert [f["remedy"] for f in said["findings"] if f["verdict"] == "fine"].count("") >= 5


@pytest.mark.usefixtures("sandbox")
def test_packages_are_held_against_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    lock = tmp_path / machine.LOCK
    lock.write_text("boto3==0.1\nnever-heard-of==1 ; python_version < '3'\n")
    assert by_name(examine().findings)["packages"].verdict == "warning"
    lock.write_text("boto3==0.1\nno-such-package-anywhere==1\n")
    packages = by_name(examine().findings)["packages"]
    assert (packages.verdict, packages.found) == ("problem", "missing: no-such-package-anywhere")


@pytest.mark.usefixtures("sandbox")
def test_what_is_lost_without_a_program_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    diagnosis = examine()
    node = by_name(diagnosis.findings)["node"]
    assert node.verdict == "warning"
    assert "Node.js functions" in node.found
    assert diagnosis.healthy


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    ("limit", "value", "about", "verdict"),
    [
        ("LEAST_MB", 10**9, "disk, journals", "problem"),
        ("ENOUGH_MB", 10**9, "disk, temporary files", "warning"),
        ("CLOCK_S", -1.0, "clock", "warning"),
        ("OLDEST_PYTHON", (4, 0), "Python", "problem"),
    ],
)
def test_a_machine_beyond_its_limits(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: Any, about: str, verdict: str
) -> None:
    monkeypatch.setattr(machine, limit, value)
    finding = by_name(machine.examine_machine())[about]
    assert finding.verdict == verdict
    assert finding.remedy


@pytest.mark.usefixtures("sandbox")
def test_a_machine_on_which_nothing_can_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(address: tuple[str, int]) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("socket.create_server", refused)
    assert by_name(machine.examine_machine())["ports"].verdict == "problem"


def test_lab_shows_the_same_as_a_table(lab: Lab) -> None:
    shown = lab.doctor()
    assert shown.target == "local"
    assert by_name(shown.findings)["earlier runs"].verdict == "warning"
    assert ">sandbox</td>" in shown._repr_html_()


@pytest.mark.usefixtures("account")
def test_a_prepared_account_is_looked_at_from_every_side() -> None:
    diagnosis = examine("aws", REGION)
    found = by_name(diagnosis.findings)
    assert found["identity"].found.endswith(f":user/learner, region {REGION}")
    assert found["guard"].verdict == "fine"
    assert found["clock, for AWS"].verdict == "fine"
    assert found["VPCs"].found.startswith("1 of 5 in use")
    assert found["Lambda concurrency"].verdict == "fine"
    assert found["permissions"].verdict == "fine", found["permissions"]
    assert not [f for f in diagnosis.findings if f.verdict == "problem"]


NEW_LIMITS = {"AccountLimit": {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}}
DENY = {"Effect": "Deny", "Action": "sqs:CreateQueue", "Resource": "*"}


@pytest.mark.usefixtures("account")
def test_a_new_account_a_wrong_clock_and_a_missing_permission_are_named(
    owner: Callable[[str], Any],
    sandbox: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def limits_of_ten(seen: Seen) -> Forged | None:
        if not seen.path.endswith("/account-settings"):
            return None
        return Forged(200, {"Content-Type": "application/json"}, json.dumps(NEW_LIMITS).encode())

    def ten_minutes_ago(seen: Seen, answer: Forged) -> Forged:
        date = format_datetime(datetime.now(UTC) - timedelta(minutes=10), usegmt=True)
        kept = {name: value for name, value in answer.headers.items() if name.lower() != "date"}
        return replace(answer, headers=kept | {"Date": date})

    document = json.dumps({"Version": "2012-10-17", "Statement": DENY})
    owner("iam").put_user_policy(UserName="learner", PolicyName="no", PolicyDocument=document)
    try:
        with proxy_for(sandbox["endpoint"]) as proxy:
            monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.endpoint)
            proxy.fault, proxy.watch = limits_of_ten, ten_minutes_ago
            found = by_name(examine("aws", REGION).findings)
    finally:
        owner("iam").delete_user_policy(UserName="learner", PolicyName="no")
    assert found["Lambda concurrency"].verdict == "warning"
    assert found["Lambda concurrency"].found.startswith("10 at a time, 10 of them unreserved")
    assert found["clock, for AWS"].verdict == "problem"
    assert found["permissions"].verdict == "problem"
    assert "sqs:CreateQueue" in found["permissions"].found


@pytest.mark.usefixtures("account")
def test_what_the_simulator_is_asked_fits_the_statement() -> None:
    target = open_target("aws", REGION)
    assert isinstance(target, AccountTarget)
    statements = {one["Sid"]: one for one in policies.load("student")["Statement"]}
    connects = context_of(statements["ConnectOwnFunctions"], target)
    assert connects["lambda:FunctionArn"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:lk-doctor"
    named = statements["WorkOnWhatIsNamedAsLabkitNames"]
    assert {"sqs:CreateQueue", "sqs:DeleteQueue", "lambda:CreateFunction"} <= set(actions_of(named))
    assert resource_of(named, "sqs", target) == f"arn:aws:sqs:{REGION}:{ACCOUNT}:lk-doctor"
    assert actions_of(statements["WriteNothingWithoutTheRunsTag"]) == []


@pytest.mark.usefixtures("account")
def test_what_is_left_of_runs_is_found_by_its_tag() -> None:
    lab = Lab("delivery-queue", target="aws", region=REGION)
    samples.queue(lab)
    leftovers = by_name(examine("aws", REGION).findings)["leftovers"]
    assert leftovers.found == "1 resources of your own runs"
    with virtual_clock():
        lab.teardown(progress=False)


@pytest.mark.usefixtures("sandbox")
def test_without_credentials_the_identity_is_the_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    diagnosis = examine("aws", REGION)
    assert not diagnosis.healthy
    assert by_name(diagnosis.findings)["identity"].verdict == "problem"
