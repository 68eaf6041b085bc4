"""The short way of an Invoke looks at as much as the common way, and answers the same."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.sandbox.conftest import CONFIG, Aws, wait_for

ECHO = "def handler(event, context): return event\n"
FAILING = "def handler(event, context): raise ValueError('no')\n"
OF_ONE_CALL = {"date", "x-amzn-requestid", "x-amz-log-result", "x-amz-request-id", "x-amz-id-2"}


@pytest.fixture(scope="module")
def echo(aws: Aws) -> str:
    """A function that returns its event."""
    return aws.function(ECHO)


class User:
    """An IAM user with a key of their own."""

    def __init__(self, aws: Aws) -> None:
        self._aws, self._iam, self._name = aws, aws.client("iam"), aws.name("caller")
        self._iam.create_user(UserName=self._name)
        self.key = self._iam.create_access_key(UserName=self._name)["AccessKey"]
        self.client = boto3.client(
            "lambda",
            endpoint_url=aws.endpoint,
            region_name=aws.region,
            aws_access_key_id=self.key["AccessKeyId"],
            aws_secret_access_key=self.key["SecretAccessKey"],
            config=CONFIG,
        )

    def policy(self, name: str, effect: str = "Allow", **more: Any) -> None:
        """Give the user an inline policy on Invoke."""
        statement = {"Effect": effect, "Action": "lambda:InvokeFunction", "Resource": "*"} | more
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._iam.put_user_policy(UserName=self._name, PolicyName=name, PolicyDocument=document)

    def without(self, name: str) -> None:
        """Take a policy away."""
        self._iam.delete_user_policy(UserName=self._name, PolicyName=name)

    def deactivate(self) -> None:
        """Make the key inactive."""
        self._iam.update_access_key(
            UserName=self._name, AccessKeyId=self.key["AccessKeyId"], Status="Inactive"
        )

    def invoke(self, function: str) -> Any:
        """Invoke a function and read its answer."""
        response = self.client.invoke(FunctionName=function, Payload=b"7")
        return json.loads(response["Payload"].read())

    def error(self, function: str) -> str:
        """Invoke a function that refuses; return the error's code."""
        with pytest.raises(ClientError) as raised:
            self.invoke(function)
        return str(raised.value.response["Error"]["Code"])

    def delete(self) -> None:
        """Delete the user with everything."""
        for name in self._iam.list_user_policies(UserName=self._name)["PolicyNames"]:
            self.without(name)
        self._iam.delete_access_key(UserName=self._name, AccessKeyId=self.key["AccessKeyId"])
        self._iam.delete_user(UserName=self._name)


@pytest.fixture
def user(aws: Aws) -> Iterator[User]:
    """A user without any policy."""
    user = User(aws)
    yield user
    user.delete()


class TestDecisions:
    def test_hold_until_a_policy_changes(self, user: User, echo: str) -> None:
        assert user.error(echo) == "AccessDeniedException"
        user.policy("may")
        assert [user.invoke(echo) for _ in range(3)] == [7, 7, 7]
        user.policy("may-not", "Deny")
        assert user.error(echo) == "AccessDeniedException"
        user.without("may-not")
        assert user.invoke(echo) == 7
        user.without("may")
        assert user.error(echo) == "AccessDeniedException"

    def test_of_a_policy_on_one_function_hold_for_that_one(
        self, user: User, aws: Aws, echo: str
    ) -> None:
        other = aws.function(ECHO)
        user.policy("may", Resource=f"arn:aws:lambda:*:*:function:{echo}")
        assert user.invoke(echo) == 7
        assert user.error(other) == "AccessDeniedException"

    def test_of_a_policy_that_looks_at_the_clock_are_made_anew(self, user: User, echo: str) -> None:
        end = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3)
        text = end.strftime("%Y-%m-%dT%H:%M:%SZ")
        user.policy("for-now", Condition={"DateLessThan": {"aws:CurrentTime": text}})
        assert user.invoke(echo) == 7
        wait_for(lambda: dt.datetime.now(dt.UTC) > end)
        assert user.error(echo) == "AccessDeniedException"

    def test_follow_the_functions_tags(self, user: User, aws: Aws, echo: str) -> None:
        arn = f"arn:aws:lambda:{aws.region}:{aws.account}:function:{echo}"
        user.policy("mine", Condition={"StringEquals": {"aws:ResourceTag/owner": "me"}})
        assert user.error(echo) == "AccessDeniedException"
        aws.client("lambda").tag_resource(Resource=arn, Tags={"owner": "me"})
        assert user.invoke(echo) == 7
        aws.client("lambda").untag_resource(Resource=arn, TagKeys=["owner"])
        assert user.error(echo) == "AccessDeniedException"


class TestSignatures:
    def test_of_an_inactive_key_are_refused_at_once(self, user: User, echo: str) -> None:
        user.policy("may")
        assert user.invoke(echo) == 7
        user.deactivate()
        assert user.error(echo) in ("UnrecognizedClientException", "InvalidClientTokenId")

    @pytest.mark.parametrize("change", ["body", "signature", "path", "date", "secret"])
    def test_must_fit_the_request(self, user: User, echo: str, aws: Aws, change: str) -> None:
        user.policy("may")
        assert signed(aws, user, echo).status_code == 200
        answer = signed(aws, user, echo, change)
        assert answer.status_code == 403
        code = answer.headers["x-amzn-ErrorType"]
        assert code in ("InvalidSignatureException", "UnrecognizedClientException")


def signed(aws: Aws, user: User, function: str, change: str = "") -> requests.Response:
    """Send a signed Invoke of which something is wrong, or was changed after it was signed."""
    secret = user.key["SecretAccessKey"] + ("x" if change == "secret" else "")
    path = f"/2015-03-31/functions/{function}/invocations"
    request = AWSRequest("POST", f"{aws.endpoint}{path}", data=b"7")
    SigV4Auth(Credentials(user.key["AccessKeyId"], secret), "lambda", aws.region).add_auth(request)
    headers, body = dict(request.headers.items()), b"7"
    if change == "body":
        body = b"8"
    elif change == "path":
        path = path.replace(function, f"{function}x")
    elif change == "signature":
        last = headers["Authorization"][-1]
        headers["Authorization"] = headers["Authorization"][:-1] + ("0" if last != "0" else "1")
    elif change == "date":
        old = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
        headers["X-Amz-Date"] = old.strftime("%Y%m%dT%H%M%SZ")
    return requests.post(f"{aws.endpoint}{path}", data=body, headers=headers, timeout=30)


@pytest.mark.parametrize("source", [ECHO, FAILING])
def test_answers_as_the_common_way_does(aws: Aws, source: str) -> None:
    name = aws.function(source)
    client = aws.client("lambda")
    by_name = client.invoke(FunctionName=name, Payload='{"a": "é"}', LogType="Tail")
    by_version = client.invoke(
        FunctionName=name, Payload='{"a": "é"}', LogType="Tail", Qualifier="$LATEST"
    )
    fields = [
        {
            name: value
            for name, value in one["ResponseMetadata"]["HTTPHeaders"].items()
            if name not in OF_ONE_CALL and not name.startswith("access-control")
        }
        for one in (by_name, by_version)
    ]
    assert fields[0] == fields[1]
    bodies = [json.loads(one["Payload"].read()) for one in (by_name, by_version)]
    for body in bodies:
        body.pop("requestId", None)
    assert bodies[0] == bodies[1]
    assert by_name["LogResult"]


def test_what_is_no_json_is_refused_in_lambdas_words(aws: Aws, echo: str) -> None:
    with pytest.raises(ClientError, match="Could not parse request body into json"):
        aws.client("lambda").invoke(FunctionName=echo, Payload=b"{")
