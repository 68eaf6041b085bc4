"""How long a role's session lasts, variables in policies, and how users and roles are described.

Expected values: IAM User Guide; STS and IAM API References; answers of AWS that others have
recorded.
"""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from tests.sandbox.conftest import CONFIG, Aws
from tests.sandbox.delivery import error

pytestmark = pytest.mark.contract(34)

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OWN_QUEUES = {"Effect": "Allow", "Action": "sqs:*",
              "Resource": "arn:aws:sqs:*:*:${aws:PrincipalTag/team}-*"}  # fmt: skip


def document(*statements: dict[str, Any]) -> str:
    """A policy's text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def client(aws: Aws, service: str, key: dict[str, Any]) -> Any:
    """A client that signs with a user's or a session's key."""
    return boto3.client(
        service, endpoint_url=aws.endpoint, region_name=aws.region, config=CONFIG,
        aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key.get("SessionToken"),
    )  # fmt: skip


def user(aws: Aws, statement: dict[str, Any], **tags: str) -> tuple[str, dict[str, Any]]:
    """A user that may do something; its name and key."""
    iam, name = aws.client("iam"), aws.name("user")
    iam.create_user(UserName=name, Tags=[{"Key": k, "Value": v} for k, v in tags.items()])
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(statement))
    key: dict[str, Any] = iam.create_access_key(UserName=name)["AccessKey"]
    return name, key


def role(aws: Aws, statement: dict[str, Any], **tags: str) -> str:
    """A role that the account's users may assume."""
    iam, name = aws.client("iam"), aws.name("role")
    trust = {"Effect": "Allow", "Principal": {"AWS": aws.account},
             "Action": ["sts:AssumeRole", "sts:TagSession"]}  # fmt: skip
    given = [{"Key": k, "Value": v} for k, v in tags.items()]
    answer = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust), Tags=given)
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(statement))
    return str(answer["Role"]["Arn"])


class TestSessions:
    @pytest.mark.parametrize("name", ["a b", "ab/c", "é-é"])
    def test_have_a_name_of_letters_digits_and_some_marks(self, aws: Aws, name: str) -> None:
        found = error(
            aws.client("sts").assume_role, RoleArn=role(aws, EVERYTHING), RoleSessionName=name
        )
        assert found == (
            "ValidationError",
            f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy "
            r"constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*",
        )

    def test_last_no_longer_than_the_role_allows(self, aws: Aws) -> None:
        arn, (_, key) = role(aws, EVERYTHING), user(aws, EVERYTHING)
        sts = client(aws, "sts", key)
        asked = {"RoleArn": arn, "RoleSessionName": "test", "DurationSeconds": 7200}
        assert error(sts.assume_role, **asked) == (
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
        name = arn.rpartition("/")[2]
        aws.client("iam").update_role(RoleName=name, MaxSessionDuration=7200)
        session = sts.assume_role(**asked)["Credentials"]
        chained = client(aws, "sts", session)
        assert error(chained.assume_role, **asked | {"DurationSeconds": 3601}) == (
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining",
        )
        assert chained.assume_role(**asked | {"DurationSeconds": 3600})["Credentials"]

    @pytest.mark.parametrize(
        ("asked", "text"),
        [
            ({"Tags": [{"Key": "aws:team", "Value": "a"}]},
             "Tag keys that begin with aws: are AWS's own."),
            ({"TransitiveTagKeys": ["team"]},
             "The specified transitive tag key must be included in the requested tags."),
        ],
    )  # fmt: skip
    def test_tags_that_nobody_can_give(self, aws: Aws, asked: dict[str, Any], text: str) -> None:
        _, key = user(aws, EVERYTHING)
        sts, arn = client(aws, "sts", key), role(aws, EVERYTHING)
        refused = error(sts.assume_role, RoleArn=arn, RoleSessionName="session", **asked)
        assert refused == ("ValidationError", text)


class TestVariables:
    def test_a_users_tag(self, aws: Aws) -> None:
        _, key = user(aws, OWN_QUEUES, team="blue")
        sqs = client(aws, "sqs", key)
        assert sqs.create_queue(QueueName=aws.name("blue"))
        assert error(sqs.create_queue, QueueName=aws.name("red"))[0] == "AccessDenied"

    def test_a_users_name(self, aws: Aws) -> None:
        own = OWN_QUEUES | {"Resource": "arn:aws:sqs:*:*:${aws:username}-*"}
        name, key = user(aws, own)
        assert client(aws, "sqs", key).create_queue(QueueName=f"{name}-queue")

    def test_one_without_a_value_names_nothing(self, aws: Aws) -> None:
        _, key = user(aws, OWN_QUEUES)
        sqs = client(aws, "sqs", key)
        assert error(sqs.create_queue, QueueName=aws.name("blue"))[0] == "AccessDenied"

    def test_a_default(self, aws: Aws) -> None:
        own = OWN_QUEUES | {"Resource": "arn:aws:sqs:*:*:${aws:PrincipalTag/team, 'none'}-*"}
        _, key = user(aws, own)
        assert client(aws, "sqs", key).create_queue(QueueName=aws.name("none"))

    def test_a_value_is_no_wildcard(self, aws: Aws) -> None:
        _, key = user(aws, OWN_QUEUES, team="*")
        sqs = client(aws, "sqs", key)
        assert error(sqs.create_queue, QueueName=aws.name("blue"))[0] == "AccessDenied"

    def test_in_a_condition(self, aws: Aws) -> None:
        same = {"StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"}}
        _, key = user(aws, EVERYTHING | {"Condition": same}, team="blue")
        sqs = client(aws, "sqs", key)
        assert sqs.create_queue(QueueName=aws.name("queue"), tags={"team": "blue"})
        other = {"QueueName": aws.name("queue"), "tags": {"team": "red"}}
        assert error(sqs.create_queue, **other)[0] == "AccessDenied"

    def test_a_sessions_tag_goes_before_its_roles(self, aws: Aws) -> None:
        arn, (_, key) = role(aws, OWN_QUEUES, team="blue"), user(aws, EVERYTHING)
        session = client(aws, "sts", key).assume_role(
            RoleArn=arn, RoleSessionName="test", Tags=[{"Key": "team", "Value": "red"}]
        )["Credentials"]
        sqs = client(aws, "sqs", session)
        assert sqs.create_queue(QueueName=aws.name("red"))
        assert error(sqs.create_queue, QueueName=aws.name("blue"))[0] == "AccessDenied"


class TestAnswers:
    def test_each_operation_shows_its_members(self, aws: Aws) -> None:
        iam, name = aws.client("iam"), aws.name("role")
        trust = document({"Effect": "Allow", "Action": "sts:AssumeRole",
                          "Principal": {"Service": "ec2.amazonaws.com"}})  # fmt: skip
        created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
        assert created.keys().isdisjoint({"Description", "MaxSessionDuration", "Tags"})
        assert created["AssumeRolePolicyDocument"] == json.loads(trust)
        assert iam.get_role(RoleName=name)["Role"]["RoleLastUsed"] == {}
        found = next(one for one in iam.list_roles()["Roles"] if one["RoleName"] == name)
        assert found["MaxSessionDuration"] == 3600

    @pytest.mark.parametrize(
        ("trust", "text"),
        [("{", "This policy contains invalid Json"), ("{}", "Syntax errors in policy.")],
    )
    def test_a_trust_policy_that_is_none(self, aws: Aws, trust: str, text: str) -> None:
        given = {"RoleName": aws.name("role"), "AssumeRolePolicyDocument": trust}
        found = error(aws.client("iam").create_role, **given)
        assert found == ("MalformedPolicyDocument", text)

    @pytest.mark.parametrize(
        ("arn", "found"),
        [
            ("no-arn-of-a-policy-here", ("ValidationError", "Invalid ARN:  Could not be parsed!")),
            ("arn:aws:iam::111122223333:policy/none",
             ("NoSuchEntity", "Policy arn:aws:iam::111122223333:policy/none does not exist or is "
              "not attachable.")),
        ],
    )  # fmt: skip
    def test_a_policy_that_is_not_there(self, aws: Aws, arn: str, found: tuple[str, str]) -> None:
        name = aws.role().rpartition("/")[2]
        assert error(aws.client("iam").attach_role_policy, RoleName=name, PolicyArn=arn) == found

    def test_who_asks_without_a_name(self, aws: Aws) -> None:
        name, key = user(aws, EVERYTHING)
        assert client(aws, "iam", key).get_user()["User"]["UserName"] == name
        session = client(aws, "sts", key).assume_role(
            RoleArn=role(aws, EVERYTHING), RoleSessionName="test"
        )["Credentials"]
        found = error(client(aws, "iam", session).get_user)
        assert found[1] == "Must specify userName when calling with non-User credentials"
