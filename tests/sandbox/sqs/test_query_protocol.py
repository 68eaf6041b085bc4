"""SQS in the protocol that its clients spoke before JSON: a form, answered in XML."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as Xml

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.sandbox.conftest import Aws

NAMESPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"


def post(aws: Aws, url: str, **fields: str) -> requests.Response:
    """Send a signed form to a queue's address."""
    body = urlencode({"Version": "2012-11-05"} | fields)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", url, data=body, headers=headers)
    SigV4Auth(Credentials(aws.account, aws.secret), "sqs", aws.region).add_auth(request)
    return requests.post(url, data=body, headers=dict(request.headers.items()), timeout=30)


def ask(aws: Aws, url: str, **fields: str) -> Xml.Element:
    """Send a signed form; return the answer."""
    answer = post(aws, url, **fields)
    assert answer.status_code == 200, answer.text
    return Xml.fromstring(answer.content)


def text(answer: Xml.Element, name: str) -> str | None:
    """Return the text of an answer's first element of a name."""
    return answer.findtext(f".//{NAMESPACE}{name}")


def queue(aws: Aws, **attributes: str) -> tuple[Any, str, str]:
    """Make a queue; return a client, its address and its ARN."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=aws.name("queue"), Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return sqs, url, arn["QueueArn"]


def test_every_character_of_a_message_comes_back(aws: Aws) -> None:
    sqs, url, _ = queue(aws)
    body = '{\r\n"a": "&quot;<é>\r\t"}\n'
    sqs.send_message(QueueUrl=url, MessageBody=body)
    assert text(ask(aws, url, Action="ReceiveMessage"), "Body") == body


def test_an_empty_queue_gives_an_empty_result(aws: Aws) -> None:
    _, url, _ = queue(aws)
    answer = post(aws, url, Action="ReceiveMessage")
    assert "<ReceiveMessageResult/>" in answer.text


def test_attributes_and_their_digests(aws: Aws) -> None:
    sqs, url, _ = queue(aws)
    answer = ask(
        aws,
        url,
        Action="SendMessage",
        MessageBody="b",
        **{
            "MessageAttribute.1.Name": "n",
            "MessageAttribute.1.Value.DataType": "Binary",
            "MessageAttribute.1.Value.BinaryValue": "AAE=",
            "MessageSystemAttribute.1.Name": "AWSTraceHeader",
            "MessageSystemAttribute.1.Value.DataType": "String",
            "MessageSystemAttribute.1.Value.StringValue": "Root=1",
        },
    )
    parts = (b"AWSTraceHeader", b"String", b"\x01", b"Root=1")
    encoded = b"".join(
        part if part == b"\x01" else struct.pack("!I", len(part)) + part for part in parts
    )
    digest = hashlib.md5(encoded, usedforsecurity=False).hexdigest()
    assert text(answer, "MD5OfMessageSystemAttributes") == digest
    [message] = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert message["MessageAttributes"] == {"n": {"DataType": "Binary", "BinaryValue": b"\0\1"}}
    again = ask(aws, url, Action="ReceiveMessage", VisibilityTimeout="0")
    assert text(again, "Body") is None


def test_a_batch(aws: Aws) -> None:
    _, url, _ = queue(aws)
    entries = {
        "SendMessageBatchRequestEntry.1.Id": "a",
        "SendMessageBatchRequestEntry.1.MessageBody": "first",
        "SendMessageBatchRequestEntry.2.Id": "b",
        "SendMessageBatchRequestEntry.2.MessageBody": "second",
        "SendMessageBatchRequestEntry.2.DelaySeconds": "1",
    }
    answer = ask(aws, url, Action="SendMessageBatch", **entries)
    sent = answer.findall(f".//{NAMESPACE}SendMessageBatchResultEntry")
    assert [one.findtext(f"{NAMESPACE}Id") for one in sent] == ["a", "b"]
    empty = {"DeleteMessageBatchRequestEntry.1.Id": ""}
    empty |= {"DeleteMessageBatchRequestEntry.1.ReceiptHandle": "x"}
    refused = post(aws, url, Action="DeleteMessageBatch", **empty)
    assert refused.status_code == 400
    assert "<Code>AWS.SimpleQueueService.InvalidBatchEntryId</Code>" in refused.text


def test_sources_and_permissions(aws: Aws) -> None:
    sqs, dead, arn = queue(aws)
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "2"})
    _, source, _ = queue(aws, RedrivePolicy=redrive)
    answer = ask(aws, dead, Action="ListDeadLetterSourceQueues")
    assert text(answer, "QueueUrl") == source
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [source]
    given = {"AWSAccountId.1": "000011112222", "ActionName.1": "SendMessage"}
    ask(aws, dead, Action="AddPermission", Label="l", **given)
    policy = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["Policy"])["Attributes"]
    [statement] = json.loads(policy["Policy"])["Statement"]
    assert (statement["Sid"], statement["Action"]) == ("l", "SQS:SendMessage")


def test_an_error_has_the_older_code(aws: Aws) -> None:
    _, url, _ = queue(aws)
    answer = post(aws, f"{url}x", Action="ReceiveMessage")
    assert answer.status_code == 400
    assert "<Code>AWS.SimpleQueueService.NonExistentQueue</Code>" in answer.text
