"""Learners who share one account: each changes what is their own, and nothing of another's.

Expected values: IAM User Guide, "Policy evaluation logic" and "Permissions boundaries for IAM
entities".
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from labkit.aws.policies import BOUNDARY_POLICY
from labkit.classroom.account_sessions import AccountSessions
from labkit.classroom.folder import new_class
from labkit.classroom.learners_role import LearnersRole, hand_out, prepare, remove, revoke
from labkit.errors import LabkitError
from labkit.polling import wait_until
from tests.sandbox.conftest import CONFIG, Aws

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
Clients = Callable[[str], Any]


def clients(aws: Aws, keys: dict[str, Any]) -> Clients:
    def client(service: str) -> Any:
        return boto3.client(
            service, endpoint_url=aws.endpoint, region_name=aws.region, config=CONFIG,
            aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
        )  # fmt: skip

    return client


def instructor(aws: Aws) -> Clients:
    """An IAM user who may do everything, as an instructor of a class is."""
    iam, name = aws.client("iam"), aws.name("instructor")
    iam.create_user(UserName=name)
    every = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [every]})
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=text)
    return clients(aws, iam.create_access_key(UserName=name)["AccessKey"])


@pytest.fixture(scope="module")
def roles(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> list[LearnersRole]:
    folder = new_class(tmp_path_factory.mktemp("class") / "class", "Shared", ["Kim", "Lee"])
    account = aws.client("sts").get_caller_identity()["Account"]
    found = [LearnersRole.of(folder, one, account) for one in folder.learners]
    for role in found * 2:  # twice is once
        prepare(aws.client("iam"), role)
    return found


@pytest.fixture(scope="module")
def learners(aws: Aws, roles: list[LearnersRole]) -> list[Clients]:
    sts = instructor(aws)("sts")
    return [clients(aws, hand_out(sts, role)) for role in roles]


def tags(role: LearnersRole) -> dict[str, str]:
    return {"labkit:run": "0" * 32, "labkit:owner": role.owner}


def listed(role: LearnersRole) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags(role).items()]


def named(role: LearnersRole, what: str) -> str:
    return f"lk-dq-{role.owner}-00000000-{what}"


def denied(call: Callable[..., Any], **parameters: Any) -> bool:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"].startswith("AccessDenied")


def test_every_policy_fits_what_iam_takes(roles: list[LearnersRole]) -> None:
    for document in roles[0].policies().values():
        assert len(json.dumps(document, separators=(",", ":"))) <= 6144


def test_a_learner_works_on_what_is_their_own(
    roles: list[LearnersRole], learners: list[Clients]
) -> None:
    sqs = learners[0]("sqs")
    url = sqs.create_queue(QueueName=named(roles[0], "own"), tags=tags(roles[0]))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="mine")
    sqs.delete_queue(QueueUrl=url)


def test_no_learner_touches_anothers_queue_table_or_function(
    roles: list[LearnersRole], learners: list[Clients]
) -> None:
    first, second = learners
    name = named(roles[0], "orders")
    url = first("sqs").create_queue(QueueName=name, tags=tags(roles[0]))["QueueUrl"]
    first("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=listed(roles[0]),
    )
    assert denied(second("sqs").send_message, QueueUrl=url, MessageBody="not mine")
    assert denied(second("sqs").receive_message, QueueUrl=url)
    assert denied(second("sqs").delete_queue, QueueUrl=url)
    assert denied(second("dynamodb").get_item, TableName=name, Key={"id": {"S": "1"}})
    assert denied(second("dynamodb").delete_table, TableName=name)
    assert denied(second("lambda").invoke, FunctionName=name)
    assert first("sqs").receive_message(QueueUrl=url)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_no_learner_makes_things_in_anothers_name_or_with_anothers_tag(
    roles: list[LearnersRole], learners: list[Clients]
) -> None:
    second = learners[1]("sqs")
    theirs = named(roles[0], "planted")
    assert denied(second.create_queue, QueueName=theirs, tags=tags(roles[1]))
    own = named(roles[1], "own")
    assert denied(second.create_queue, QueueName=own, tags=tags(roles[0]))
    assert denied(second.create_queue, QueueName=own)
    second.create_queue(QueueName=own, tags=tags(roles[1]))


def test_no_learners_api_is_changed_by_another(
    roles: list[LearnersRole], learners: list[Clients]
) -> None:
    first, second = learners[0]("apigateway"), learners[1]("apigateway")
    api = first.create_rest_api(name=named(roles[0], "api"), tags=tags(roles[0]))["id"]
    assert denied(second.delete_rest_api, restApiId=api)
    assert denied(second.create_rest_api, name=named(roles[1], "api"), tags=tags(roles[0]))
    first.delete_rest_api(restApiId=api)


def test_a_learner_makes_roles_within_their_own_boundary_alone(
    roles: list[LearnersRole], learners: list[Clients]
) -> None:
    iam = learners[1]("iam")
    name, own = named(roles[1], "role"), roles[1].policy_arn(roles[1].boundary)
    made = {"RoleName": name, "AssumeRolePolicyDocument": TRUST, "Tags": listed(roles[1])}
    for other in (roles[0].boundary, BOUNDARY_POLICY):
        assert denied(iam.create_role, **made, PermissionsBoundary=roles[1].policy_arn(other))
    assert denied(iam.create_role, **made)
    iam.create_role(**made, PermissionsBoundary=own)
    assert denied(iam.delete_role_permissions_boundary, RoleName=name)
    assert denied(iam.delete_role, RoleName=roles[0].name)


def test_nobody_becomes_a_learner_by_the_role_alone(
    aws: Aws, roles: list[LearnersRole], learners: list[Clients]
) -> None:
    assert denied(learners[1]("sts").assume_role, RoleArn=roles[0].arn, RoleSessionName="somebody")
    assert denied(
        instructor(aws)("sts").assume_role, RoleArn=roles[0].arn, RoleSessionName="somebody"
    )


def test_at_the_end_sessions_are_revoked_and_roles_are_gone(aws: Aws, tmp_path: Path) -> None:
    folder = new_class(tmp_path / "class", "Over", ["Park"])
    iam = aws.client("iam")
    account = aws.client("sts").get_caller_identity()["Account"]
    role = LearnersRole.of(folder, folder.learners[0], account)
    prepare(iam, role)
    sqs = clients(aws, hand_out(instructor(aws)("sts"), role, 900))("sqs")
    url = sqs.create_queue(QueueName=named(role, "q"), tags=tags(role))["QueueUrl"]
    wait_a_second()
    revoke(iam, role)
    assert denied(sqs.send_message, QueueUrl=url, MessageBody="late")
    remove(iam, role)
    remove(iam, role)  # twice is once
    left = [one["RoleName"] for one in iam.list_roles()["Roles"]]
    assert role.name not in left
    kept = [one["PolicyName"] for one in iam.list_policies(Scope="Local")["Policies"]]
    assert not [name for name in kept if name.endswith(role.owner)]


def wait_a_second() -> None:
    """Let the second pass in which the session began: the condition compares whole seconds."""
    began = int(time.time())
    wait_until(lambda: int(time.time()) > began, 2)


def test_the_command_goes_from_the_check_to_the_end(aws: Aws, tmp_path: Path) -> None:
    folder = new_class(tmp_path / "class", "Command", ["Choi", "Jung"])
    account = aws.client("sts").get_caller_identity()["Account"]
    target = SimpleNamespace(account=account, region=aws.region)
    sessions: Any = AccountSessions(folder, target, instructor(aws))  # type: ignore[arg-type]
    with pytest.raises(LabkitError, match="prepare` makes missing roles"):
        list(sessions.hand_out())
    check = {one.about: one for one in sessions.check()}
    assert check["Lambda concurrency"].verdict == "fine"
    made = len(LearnersRole.of(folder, folder.learners[0], account).policies())
    assert f"2 learners make up to {2 * made}" in check["IAM: Policies"].found
    assert len(list(sessions.prepare("learner-01"))) == 1
    with pytest.raises(LabkitError, match="learner-02"):
        list(sessions.hand_out("learner-02"))
    list(sessions.hand_out("learner-01"))
    file = folder.private / "learner-01.env"
    assert file.stat().st_mode & 0o077 == 0
    role = LearnersRole.of(folder, folder.learners[0], account)
    assert f"export LABKIT_OWNER={role.owner}" in file.read_text()
    list(sessions.revoke("learner-01"))
    list(sessions.remove("learner-01"))
    assert role.name not in [one["RoleName"] for one in aws.client("iam").list_roles()["Roles"]]
