"""One account's queues can be full, and another's are not."""

from __future__ import annotations

import time

import pytest

from tests.sandbox.conftest import aws_of, running_sandbox
from tests.sandbox.delivery import error


@pytest.mark.contract(31)
def test_an_account_that_fills_its_queues_stops_no_other() -> None:
    body = "x" * 262_144
    with running_sandbox() as sandbox:
        aws = aws_of(sandbox)
        full, other = aws.client("sqs"), aws.client("sqs", account="444455556666")
        url = full.create_queue(QueueName="full")["QueueUrl"]
        for _ in range(64 * 4):
            full.send_message(QueueUrl=url, MessageBody=body)
        code, text = error(full.send_message, QueueUrl=url, MessageBody=body)
        assert (code.endswith("OverLimit"), "64 MB of messages of an account" in text) == (
            True,
            True,
        )
        free = other.create_queue(QueueName="free")["QueueUrl"]
        other.send_message(QueueUrl=free, MessageBody=body)


@pytest.mark.contract(31)
def test_an_account_that_fills_its_log_drops_no_others() -> None:
    with running_sandbox() as sandbox:
        aws = aws_of(sandbox)
        loud, quiet = aws.client("logs"), aws.client("logs", account="444455556666")
        place = {"logGroupName": "group", "logStreamName": "stream"}
        for logs in (quiet, loud):
            logs.create_log_group(logGroupName="group")
            logs.create_log_stream(**place)
        event = {"timestamp": int(time.time() * 1000), "message": "kept"}
        quiet.put_log_events(**place, logEvents=[event])
        for _ in range(160):
            loud.put_log_events(**place, logEvents=[event] * 100)
        assert len(quiet.get_log_events(**place)["events"]) == 1
