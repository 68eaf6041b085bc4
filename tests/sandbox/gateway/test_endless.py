"""What a learner writes to be matched is matched in time, or refused: nobody stops the server."""

from __future__ import annotations

import json
import time
from typing import Any

import boto3
import pytest

from tests.sandbox.conftest import CONFIG, Aws
from tests.sandbox.delivery import Account, Api, error

ENDLESS = "(?:a|a)+b"
"""Tries every way through a text of `a`, twice as many with each more."""

TEXT = "a" * 60 + "c"

MANY_STARS = "*a" * 30 + "b"

SLOW = "takes too long to match"


@pytest.fixture(scope="module")
def group(aws: Aws) -> str:
    """A log group with an event."""
    logs, name = aws.client("logs"), aws.name("endless")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="one")
    event = {"timestamp": int(time.time() * 1000), "message": TEXT}
    logs.put_log_events(logGroupName=name, logStreamName="one", logEvents=[event])
    return name


@pytest.mark.parametrize(
    "query",
    [
        f"filter @message like /{ENDLESS}/",
        f"parse @message /(?<found>{ENDLESS})/",
        f"fields @message | filter @message =~ /{ENDLESS}/",
    ],
)
def test_a_query_of_logs(aws: Aws, group: str, query: str) -> None:
    now = int(time.time())
    asked = {"logGroupName": group, "startTime": now - 600, "endTime": now + 600}
    code, text = error(aws.client("logs").start_query, **asked, queryString=query)
    assert code == "MalformedQueryException"
    assert SLOW in text


def test_stars_of_a_parse_command(aws: Aws, group: str) -> None:
    now, stars = int(time.time()), ["f" + str(number) for number in range(30)]
    query = f'parse @message "{"*a" * 30}b" as {", ".join(stars)}'
    asked = {"logGroupName": group, "startTime": now - 600, "endTime": now + 600}
    assert aws.client("logs").start_query(**asked, queryString=query)["queryId"]


def test_a_filter_pattern(aws: Aws, group: str) -> None:
    pattern = f"%{'a*' * 30}b%"
    found = aws.client("logs").filter_log_events(logGroupName=group, filterPattern=pattern)
    assert found["events"] == []


def test_stars_of_a_policy(aws: Aws) -> None:
    iam, name = aws.client("iam"), aws.name("stars")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    statement = {"Effect": "Allow", "Action": "*", "Resource": f"arn:aws:sqs:{MANY_STARS}"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="stars", PolicyDocument=document)
    sqs = boto3.client(
        "sqs",
        endpoint_url=aws.endpoint,
        region_name=aws.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=CONFIG,
    )
    assert error(sqs.create_queue, QueueName="a" * 80)[0] == "AccessDenied"
    assert sqs.create_queue(QueueName="a" * 76 + "b")["QueueUrl"]


def test_an_allowed_pattern_of_a_template(aws: Aws) -> None:
    parameter = {"Type": "String", "AllowedPattern": ENDLESS}
    template = {"Parameters": {"P": parameter}, "Resources": {"T": {"Type": "AWS::SNS::Topic"}}}
    asked: dict[str, Any] = {"StackName": aws.name("s"), "TemplateBody": json.dumps(template)}
    create = aws.client("cloudformation").create_stack
    given = [{"ParameterKey": "P", "ParameterValue": TEXT}]
    code, text = error(create, **asked, Parameters=given)
    assert code == "ValidationError"
    assert text.startswith("Parameter 'P' has an invalid AllowedPattern")
    assert SLOW in text


def test_a_mapping_template(account: Account) -> None:
    api = Api(account)
    template = f"$input.path('$').replaceAll('{ENDLESS}', '')"
    ids = api.method(
        api.resource(), "POST", type="MOCK", requestTemplates={"application/json": template}
    )
    answer = api.gateway.test_invoke_method(**ids, body=json.dumps(TEXT))
    assert SLOW in answer["log"]


def test_a_selection_pattern(account: Account) -> None:
    api = Api(account)
    ids = api.method(
        api.resource(),
        type="MOCK",
        requestTemplates={"application/json": '{"statusCode": 200}'},
    )
    api.gateway.put_method_response(**ids, statusCode="200")
    api.gateway.put_integration_response(**ids, statusCode="200", selectionPattern="(2|2)+0*x")
    answer = api.gateway.test_invoke_method(**ids)
    assert answer["status"] == 500


def test_a_pattern_of_a_model(account: Account) -> None:
    api = Api(account)
    schema = json.dumps({"type": "string", "pattern": f"^{ENDLESS}$"})
    api.gateway.create_model(
        restApiId=api.id, name="Text", contentType="application/json", schema=schema
    )
    validator = api.gateway.create_request_validator(
        restApiId=api.id, name="body", validateRequestBody=True
    )["id"]
    ids = api.method(
        api.resource(), type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
    )
    changes = [
        {"op": "replace", "path": "/requestValidatorId", "value": validator},
        {"op": "add", "path": "/requestModels/application~1json", "value": "Text"},
    ]
    api.gateway.update_method(**ids, patchOperations=changes)
    answer = api.gateway.test_invoke_method(**ids, body=json.dumps(TEXT))
    assert answer["status"] == 400
