"""An account for each learner: entered by its role, prepared, handed out, swept, and left clean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from labkit.aws.embedded import SHARED, Sandbox
from labkit.aws.targets import EmbeddedTarget
from labkit.classroom.account_list import ACCOUNTS, read_accounts
from labkit.classroom.account_sessions import AccountSessions
from labkit.classroom.entering import assuming
from labkit.classroom.folder import ClassFolder, new_class
from labkit.classroom.learners_role import LearnersRole
from labkit.cli import main
from labkit.errors import LabkitError, Refused
from tests.sandbox.conftest import Aws, aws_of, running_sandbox
from tests.sandbox.iam.test_class_accounts import Clients, clients, denied, wait_a_second

KIM, LEE, NOWHERE = "777700000001", "777700000002", "777700000003"
ENTERED = "SandboxAdministrator"
EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"


@dataclass
class Case:
    """A class of three, two of whose accounts can be entered."""

    aws: Aws
    sandbox: dict[str, Any]
    folder: ClassFolder
    sessions: AccountSessions

    def role(self, who: str) -> LearnersRole:
        account = self.sessions.listed[who].account
        return LearnersRole.of(self.folder, self.folder.learner(who), account, self.aws.account)

    def keys(self, who: str) -> dict[str, str]:
        """Read what was handed out."""
        lines = (self.folder.private / f"{who}.env").read_text().splitlines()
        found = dict(line.removeprefix("export ").split("=", 1) for line in lines)
        return {
            "AccessKeyId": found["AWS_ACCESS_KEY_ID"],
            "SecretAccessKey": found["AWS_SECRET_ACCESS_KEY"],
            "SessionToken": found["AWS_SESSION_TOKEN"],
        }


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """Make the accounts' roles, as AWS Organizations would, the list, and an instructor."""
    path = tmp_path_factory.mktemp("each")
    folder = new_class(path / "class", "Each", ["Kim", "Lee", "Park"])
    lines = [f"learner-0{n},{one},{ENTERED}" for n, one in enumerate((KIM, LEE, NOWHERE), 1)]
    (folder.path / ACCOUNTS).write_text("\n".join(["who,account,role", *lines]))
    with running_sandbox() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABKIT_STATE_DIR", str(path / "state"))
        aws = aws_of(running)
        for account in (KIM, LEE):
            _let_in(aws, account)
        target = _instructor(aws, Sandbox.from_json(running))
        yield Case(
            aws, running, folder, AccountSessions(folder, target, None, read_accounts(folder))
        )


def _let_in(aws: Aws, account: str) -> None:
    iam = aws.client("iam", account)
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName=ENTERED, AssumeRolePolicyDocument=document)
    iam.attach_role_policy(RoleName=ENTERED, PolicyArn=EVERYTHING)


def _instructor(aws: Aws, sandbox: Sandbox) -> EmbeddedTarget:
    """Return the class's own account as an IAM user of it sees it."""
    iam = aws.client("iam")
    iam.create_user(UserName="instructor")
    iam.attach_user_policy(UserName="instructor", PolicyArn=EVERYTHING)
    keys = iam.create_access_key(UserName="instructor")["AccessKey"]
    users = replace(
        sandbox, access_key_id=keys["AccessKeyId"], secret_access_key=keys["SecretAccessKey"]
    )
    return EmbeddedTarget(users, sandbox.region)


def test_the_check_says_which_account_cannot_be_entered(case: Case) -> None:
    found = {one.about: one for one in case.sessions.check()}
    assert found[f"learner-01, {KIM}"].verdict == "fine"
    assert found[f"learner-01, {KIM}: Lambda concurrency"].verdict == "fine"
    assert found[f"learner-03, {NOWHERE}"].verdict == "problem"
    assert "not authorized to perform: sts:AssumeRole" in found[f"learner-03, {NOWHERE}"].found


def test_the_instructors_own_account_is_only_left_for_another(case: Case) -> None:
    client = assuming(case.sessions.target)
    assert client.get_caller_identity()["Account"] == case.aws.account
    with pytest.raises(Refused, match="may only read"):
        client.assume_role_with_web_identity(
            RoleArn=case.sessions.listed["learner-01"].role_arn,
            RoleSessionName="somebody",
            WebIdentityToken="none",
        )


def test_from_the_first_preparation_to_the_end(case: Case) -> None:
    sessions = case.sessions
    with pytest.raises(LabkitError, match="--email"):
        list(sessions.prepare("learner-01"))
    for who in ("learner-01", "learner-02"):
        list(sessions.prepare(who, "instructor@example.com"))
    list(sessions.prepare("learner-01"))  # twice is once
    with pytest.raises(LabkitError, match=r"learner-03: .*sts:AssumeRole"):
        list(sessions.prepare())
    parameter = case.aws.client("ssm", KIM).get_parameter(Name="/labkit/consent")["Parameter"]
    assert "sandbox" in parameter["Value"]

    for who in ("learner-01", "learner-02"):
        list(sessions.hand_out(who))
    kim, lee = (clients(case.aws, case.keys(f"learner-0{n}")) for n in (1, 2))
    caller = kim("sts").get_caller_identity()
    assert caller["Account"] == KIM
    assert case.role("learner-01").name in caller["Arn"]
    url = _make_queue(case, kim, "learner-01")
    assert denied(lee("sqs").send_message, QueueUrl=url, MessageBody="not mine")

    assert "learner-01, account 777700000001: 1 SQS queue" in list(sessions.report("learner-01"))
    assert f"learner-02, account {LEE}: nothing" in list(sessions.report("learner-02"))
    assert "clean" in "".join(sessions.sweep("learner-01"))
    assert list(sessions.report("learner-01")) == [f"learner-01, account {KIM}: nothing"]

    wait_a_second()
    list(sessions.revoke("learner-01"))
    assert denied(kim("sqs").list_queues)
    assert lee("sqs").list_queues().get("QueueUrls", []) == []  # hers goes on
    list(sessions.remove("learner-01"))
    left = [one["RoleName"] for one in case.aws.client("iam", KIM).list_roles()["Roles"]]
    assert case.role("learner-01").name not in left


def test_the_sandbox_has_no_console_and_says_so(case: Case) -> None:
    with pytest.raises(LabkitError, match="has no console"):
        list(case.sessions.console())


def test_the_command_says_of_each_account_what_is_there(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    described = Sandbox.from_json(case.sandbox).as_json()
    monkeypatch.setenv(SHARED, json.dumps(described))
    command = ["class", "accounts", str(case.folder.path), "report", "learner-02"]
    assert main([*command, "--target", "local"]) == 0
    assert f"learner-02, account {LEE}: nothing" in capsys.readouterr().out
    assert main(["class", "accounts", str(case.folder.path), "check", "--target", "local"]) == 1
    assert "learner-03" in capsys.readouterr().out


def _make_queue(case: Case, client: Clients, who: str) -> str:
    role = case.role(who)
    name = f"lk-dq-{role.owner}-00000000-orders"
    tags = {"labkit:run": "0" * 32, "labkit:owner": role.owner}
    return str(client("sqs").create_queue(QueueName=name, tags=tags)["QueueUrl"])
