"""The first day's delivery service, whole: lesson 00 meets it, lessons 08 to 10 build it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from labkit.labs.delivery.service import queued_order_service
from labkit.labs.lab_run import LabRun

TIMEOUT_S = 2
VISIBILITY_S = 3
"""Short, so that an order that fails is soon seen among the dead letters."""
TRIES = 1
"""As the bootcamp's lab had it; lesson 10 says why that is too few at work."""


@dataclass(frozen=True)
class WholeService:
    """An API that puts orders into a queue, a function that takes them, and dead letters.

    Attributes
    ----------
    url
        Where a customer posts an order.
    log_group
        Where the function writes.
    dead_letters_url
        The queue for orders that failed.
    """

    url: str
    log_group: str
    dead_letters_url: str


def whole_service(lab: LabRun, source: str) -> WholeService:
    """Build everything; what is already there is found and used.

    Parameters
    ----------
    source
        The file in `lab.folder` that holds `handler`.
    """
    sqs = lab.client("sqs")
    dead_url = sqs.create_queue(QueueName=lab.name("dead"))["QueueUrl"]
    answer = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])
    service = queued_order_service(lab, source, timeout_s=TIMEOUT_S, visibility_s=VISIBILITY_S)
    redrive = {
        "deadLetterTargetArn": answer["Attributes"]["QueueArn"],
        "maxReceiveCount": TRIES,
    }
    sqs.set_queue_attributes(
        QueueUrl=service.queue_url, Attributes={"RedrivePolicy": json.dumps(redrive)}
    )
    return WholeService(service.url, f"/aws/lambda/{service.function_name}", dead_url)
