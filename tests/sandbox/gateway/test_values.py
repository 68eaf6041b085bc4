"""Values that upstream would fail on: each is refused, or read as AWS reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.gateway.test_wire import FORM, send, target


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "words"),
    [
        ("dynamodb", "ListTables", {"Limit": -1}, "greater than or equal to 1"),
        ("sqs", "ListQueues", {"MaxResults": 3, "NextToken": "a/b"}, "NextToken is not a token"),
        ("events", "PutPermission", {"Policy": "orders"}, "Policy is not a policy document"),
        ("events", "PutPermission", {"Policy": "[]"}, "Policy is not a policy document"),
    ],
)
def test_a_value_that_cannot_be(
    aws: Aws, service: str, operation: str, parameters: dict[str, Any], words: str
) -> None:
    answer = send(aws, service, json.dumps(parameters).encode(), target(service, operation))
    assert (answer.status_code, "ValidationException" in answer.text) == (400, True)
    assert words in answer.text


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_what_is_no_number(aws: Aws, number: bytes) -> None:
    answer = send(aws, "dynamodb", b'{"Limit": %s}' % number, target("dynamodb"))
    assert (answer.status_code, "SerializationException" in answer.text) == (400, True)


def test_a_whole_number_with_a_fraction_is_cut_off(aws: Aws) -> None:
    queues = aws.client("sqs")
    for name in ("cut-off-1", "cut-off-2"):
        queues.create_queue(QueueName=name)
    asked = json.dumps({"QueueNamePrefix": "cut-off", "MaxResults": 1.9}).encode()
    answer = send(aws, "sqs", asked, target("sqs", "ListQueues"))
    assert answer.status_code == 200
    assert len(answer.json()["QueueUrls"]) == 1


@pytest.mark.parametrize("name", ["%00", "a%1Fb", "%EF%BF%BF"])
def test_a_character_that_no_answer_could_hold(aws: Aws, name: str) -> None:
    body = f"Action=DescribeStacks&Version=2010-05-15&StackName={name}".encode()
    answer = send(aws, "cloudformation", body, FORM)
    assert (answer.status_code, "<Code>ValidationError</Code>" in answer.text) == (400, True)
