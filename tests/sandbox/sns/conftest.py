"""Topics to publish to, and queues that get what they publish."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.delivery import Account


@pytest.fixture(scope="module")
def sns(account: Account) -> Any:
    """A client."""
    return account.client("sns")


@pytest.fixture(scope="module")
def topic(account: Account, sns: Any) -> str:
    """A standard topic."""
    return str(sns.create_topic(Name=account.name("topic"))["TopicArn"])


@pytest.fixture(scope="module")
def fifo(account: Account, sns: Any) -> str:
    """A FIFO topic."""
    name = account.name("topic") + ".fifo"
    return str(sns.create_topic(Name=name, Attributes={"FifoTopic": "true"})["TopicArn"])


def invalid(problem: str) -> tuple[str, str]:
    """The code and the text of a refused parameter."""
    return ("InvalidParameter", f"Invalid parameter: {problem}")


def queue_for(account: Account, topic_arn: str, **attributes: str) -> tuple[str, str]:
    """A queue that is subscribed to a topic; its URL and the subscription's ARN."""
    name = account.name("queue") + (".fifo" if attributes.pop("fifo", "") else "")
    sqs = account.client("sqs")
    settings = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    url = sqs.create_queue(QueueName=name, Attributes=settings)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    queue = arn["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
                 "Action": "sqs:SendMessage", "Resource": queue}  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    answer = account.client("sns").subscribe(
        TopicArn=topic_arn, Protocol="sqs", Endpoint=queue, Attributes=attributes
    )
    return url, answer["SubscriptionArn"]
