"""Answers that are right by accident: a check looks at what AWS has, and is not fooled.

Answers that a lesson can take back cheaply stand in the lesson, beside the right one.
"""

from __future__ import annotations

from typing import Any

import pytest

from labkit.course.contract import Exercise, NotYet
from labkit.course.definitions import load_exercises
from labkit.course.lesson import find_lesson, read_lesson
from labkit.lab import Lab


@pytest.fixture(scope="module")
def redrive() -> Exercise:
    return load_exercises(read_lesson(find_lesson("delivery-dead-letters")))["redrive"]


@pytest.fixture
def queues(lab: Lab) -> dict[str, str]:
    """Make the lesson's two queues and a third, and let a message become a dead letter."""
    sqs = lab.client("sqs")
    names = ("orders", "dead", "elsewhere")
    urls = {name: sqs.create_queue(QueueName=lab.name(name))["QueueUrl"] for name in names}
    redrive = f'{{"deadLetterTargetArn": "{arn_of(sqs, urls["dead"])}", "maxReceiveCount": 1}}'
    sqs.set_queue_attributes(QueueUrl=urls["orders"], Attributes={"RedrivePolicy": redrive})
    sqs.send_message(QueueUrl=urls["orders"], MessageBody="an order")
    for _ in range(2):
        sqs.receive_message(QueueUrl=urls["orders"], VisibilityTimeout=0, WaitTimeSeconds=1)
    return urls


def arn_of(sqs: Any, url: str) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def found(exercise: Exercise, lab: Lab) -> str:
    with pytest.raises(NotYet) as told:
        exercise.check(lab)
    return told.value.found


def test_letters_that_were_purged_are_not_redriven(
    lab: Lab, queues: dict[str, str], redrive: Exercise
) -> None:
    sqs = lab.client("sqs")
    sqs.purge_queue(QueueUrl=queues["dead"])
    sqs.start_message_move_task(SourceArn=arn_of(sqs, queues["dead"]))
    assert "none was moved" in found(redrive, lab)


def test_letters_that_went_elsewhere_are_not_redriven(
    lab: Lab, queues: dict[str, str], redrive: Exercise
) -> None:
    sqs = lab.client("sqs")
    elsewhere = arn_of(sqs, queues["elsewhere"])
    sqs.start_message_move_task(SourceArn=arn_of(sqs, queues["dead"]), DestinationArn=elsewhere)
    assert elsewhere in found(redrive, lab)


def test_letters_that_came_back_and_were_worked_on_are_redriven(
    lab: Lab, queues: dict[str, str], redrive: Exercise
) -> None:
    sqs = lab.client("sqs")
    sqs.start_message_move_task(SourceArn=arn_of(sqs, queues["dead"]))
    answer = sqs.receive_message(QueueUrl=queues["orders"], WaitTimeSeconds=10)
    for message in answer["Messages"]:
        sqs.delete_message(QueueUrl=queues["orders"], ReceiptHandle=message["ReceiptHandle"])
    assert redrive.check(lab) == "every dead letter went back, and was worked on"
