"""Builders of the Lambda lessons against the sandbox."""

from __future__ import annotations

import requests

from labkit import Lab
from labkit.labs import functions
from labkit.measure.calls import call_frame, measured_call
from labkit.measure.measuring_client import measuring_client

HANDLER = """
import json
import time

import execution_environment


def handler(event, context):
    execution_environment.report()
    time.sleep(json.loads(event["body"]).get("seconds", 0))
    return {"statusCode": 201, "body": "{}"}
"""


def test_a_deployed_function_says_which_environment_ran_it(lab: Lab) -> None:
    (lab.folder / "cook.py").write_text(HANDLER)
    name = functions.deploy(lab, "cook", "cook.py", memory_mb=1769)
    assert functions.deploy(lab, "cook", "cook.py") == name  # again: the same one
    caller = measuring_client(lab.client("lambda"))
    event = {"body": '{"seconds": 0}'}
    calls = call_frame(measured_call(caller, name, event) for _ in range(2))
    assert calls["status"].tolist() == ["success", "success"]
    assert calls["start"].tolist() == ["cold", "warm"]
    assert calls["environment"].nunique() == 1
    assert calls["memory_mb"].tolist() == [1769, 1769]


def test_an_api_waits_as_long_as_it_is_told_and_no_longer(lab: Lab) -> None:
    (lab.folder / "cook.py").write_text(HANDLER)
    name = functions.deploy(lab, "cook", "cook.py", memory_mb=1769)
    *_, url = functions.rest_api(lab, name, wait_ms=1500)
    initialised = lab.client("lambda").invoke(FunctionName=name, Payload=b'{"body": "{}"}')
    assert initialised["StatusCode"] == 200
    statuses = [
        requests.post(url, json={"seconds": seconds}, timeout=30).status_code for seconds in (0, 2)
    ]
    assert statuses == [201, 504]


def test_a_queue_gets_every_message_once(lab: Lab) -> None:
    sqs = lab.client("sqs")
    url = sqs.create_queue(QueueName=lab.name("orders"))["QueueUrl"]
    functions.submit(sqs, url, [str(number) for number in range(23)])
    bodies: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in messages]
    assert sorted(bodies, key=int) == [str(number) for number in range(23)]
