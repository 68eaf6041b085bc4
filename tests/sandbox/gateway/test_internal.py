"""A call from one service to another in process: below the keys, and not past permissions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import within_a_server

pytestmark = pytest.mark.usefixtures("own_sandbox")

CALLS = """
import asyncio, json
from labkit.sandbox.process import server
server._assemble()
from labkit.sandbox.gateway import internal
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.upstream.app import app, responses

ACCOUNT, REGION = "111122223333", "ap-northeast-2"
TOPIC, QUEUE = (f"arn:aws:{service}:{REGION}:{ACCOUNT}:orders" for service in ("sns", "sqs"))
STATEMENT = {
    "Effect": "Allow",
    "Principal": {"Service": "sns.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": QUEUE,
    "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
}

async def queue(operation, **parameters):
    headers = {"x-amz-target": f"AmazonSQS.{operation}", "host": "127.0.0.1"}
    body = json.dumps(parameters).encode()
    with responses.request_scope(ACCOUNT, REGION):
        return json.loads((await app.SERVICE_HANDLERS["sqs"]("POST", "/", headers, body, {}))[2])

async def send(url, source=TOPIC):
    try:
        return await internal.call(
            "sqs", "SendMessage", {"QueueUrl": url, "MessageBody": "one"},
            internal.OnBehalfOf("sns.amazonaws.com", source),
            account=ACCOUNT, region=REGION, resource_arn=QUEUE,
        )
    except AwsError as error:
        return {"error": error.code("query")}

async def calls():
    url = (await queue("CreateQueue", QueueName="orders"))["QueueUrl"]
    before = await send(url)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
    await queue("SetQueueAttributes", QueueUrl=url, Attributes={"Policy": policy})
    after = [await send(url), await send(url, TOPIC + "-other"), await send(url + "-none")]
    return [before, *after, await queue("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)]

print(json.dumps(asyncio.run(calls())))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the calls were answered, in order, and what is in the queue at the end."""
    found: list[dict[str, Any]] = within_a_server(CALLS, tmp_path_factory.mktemp("sandbox"))
    return found


def test_the_callees_policy_has_to_name_the_caller(answers: list[dict[str, Any]]) -> None:
    before, allowed, other_source, *_ = answers
    assert before == other_source == {"error": "AccessDenied"}
    assert allowed["MessageId"]


def test_the_callees_error_comes_back(answers: list[dict[str, Any]]) -> None:
    assert answers[3]["error"] == "AWS.SimpleQueueService.NonExistentQueue"


def test_what_was_refused_was_not_done(answers: list[dict[str, Any]]) -> None:
    assert [message["Body"] for message in answers[4]["Messages"]] == ["one"]
