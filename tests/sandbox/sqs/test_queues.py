"""SQS queues, through boto3 alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import aws_of, running_sandbox, wait_for
from tests.sandbox.delivery import Account, error


@pytest.fixture
def sqs(account: Account) -> Any:
    """A client of SQS."""
    return account.client("sqs")


def succeeds(call: Callable[..., Any], **arguments: Any) -> bool:
    """Try a call of the AWS API."""
    try:
        call(**arguments)
    except ClientError:
        return False
    return True


@pytest.mark.contract(17)
class TestCooldowns:
    def test_one_purge_a_minute(self, account: Account, sqs: Any) -> None:
        url, arn = account.queue()
        sqs.send_message(QueueUrl=url, MessageBody="order")
        sqs.purge_queue(QueueUrl=url)
        assert account.receive(url) == []
        name = arn.rpartition(":")[2]
        assert error(sqs.purge_queue, QueueUrl=url) == (
            "AWS.SimpleQueueService.PurgeQueueInProgress",
            f"Only one PurgeQueue operation on {name} is allowed every 60 seconds.",
        )
        other, _ = account.queue()
        sqs.purge_queue(QueueUrl=other)

    def test_a_deleted_name_is_not_free_at_once(self, account: Account, sqs: Any) -> None:
        name = account.name("queue")
        sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName=name)["QueueUrl"])
        code, message = error(sqs.create_queue, QueueName=name)
        assert code == "AWS.SimpleQueueService.QueueDeletedRecently"
        assert message.startswith("You must wait 60 seconds after deleting a queue")
        account.client("sqs", "444455556666").create_queue(QueueName=name)

    def test_both_end(self) -> None:
        with running_sandbox(LABKIT_SANDBOX_SQS_COOLDOWN="1") as sandbox:
            sqs = aws_of(sandbox).client("sqs")
            url = sqs.create_queue(QueueName="queue")["QueueUrl"]
            sqs.purge_queue(QueueUrl=url)
            wait_for(lambda: succeeds(sqs.purge_queue, QueueUrl=url))
            sqs.delete_queue(QueueUrl=url)
            wait_for(lambda: succeeds(sqs.create_queue, QueueName="queue"))


class TestReceiptHandles:
    def test_an_old_handle_succeeds_and_deletes_nothing(self, account: Account, sqs: Any) -> None:
        url, _ = account.queue()
        sqs.send_message(QueueUrl=url, MessageBody="order")
        old, latest = (account.receive(url)[0]["ReceiptHandle"] for _ in range(2))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=old)
        assert len(account.receive(url)) == 1
        latest = account.receive(url)[0]["ReceiptHandle"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=latest)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=latest)
        assert account.receive(url) == []

    def test_in_a_batch(self, account: Account, sqs: Any) -> None:
        url, _ = account.queue()
        sqs.send_message(QueueUrl=url, MessageBody="order")
        old, latest = (account.receive(url)[0]["ReceiptHandle"] for _ in range(2))
        handles = {"old": old, "latest": latest, "invented": "not-a-handle"}
        answer = sqs.delete_message_batch(
            QueueUrl=url,
            Entries=[{"Id": name, "ReceiptHandle": handle} for name, handle in handles.items()],
        )
        assert {entry["Id"] for entry in answer["Successful"]} == {"old", "latest"}
        assert [entry["Code"] for entry in answer["Failed"]] == ["ReceiptHandleIsInvalid"]
        assert account.receive(url) == []

    def test_an_invented_handle_is_refused(self, account: Account, sqs: Any) -> None:
        url, _ = account.queue()
        code, _ = error(sqs.delete_message, QueueUrl=url, ReceiptHandle="not-a-handle")
        assert code == "ReceiptHandleIsInvalid"


def with_dead_letters(account: Account, count: int = 1) -> tuple[str, str, str]:
    """Return the URLs of a queue and its dead-letter queue, and the latter's ARN."""
    dead_url, dead_arn = account.queue()
    redrive = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": count}
    url, _ = account.queue(RedrivePolicy=json.dumps(redrive))
    return url, dead_url, dead_arn


@pytest.mark.contract(17)
class TestRedrive:
    @pytest.mark.parametrize("count", [1, 3])
    def test_on_the_receive_that_would_pass_the_count(
        self, account: Account, sqs: Any, count: int
    ) -> None:
        url, dead_url, _ = with_dead_letters(account, count)
        sqs.send_message(QueueUrl=url, MessageBody="order")
        received = [
            account.receive(url)[0]["Attributes"]["ApproximateReceiveCount"] for _ in range(count)
        ]
        assert received == [str(n) for n in range(1, count + 1)]
        assert account.receive(dead_url) == []
        assert account.receive(url) == []
        dead = account.receive(dead_url)[0]
        assert dead["Body"] == "order"
        assert dead["Attributes"]["DeadLetterQueueSourceArn"] == account.attribute(url, "QueueArn")

    def test_not_before_the_visibility_timeout_is_over(self, account: Account, sqs: Any) -> None:
        url, dead_url, _ = with_dead_letters(account)
        sqs.send_message(QueueUrl=url, MessageBody="order")
        sqs.receive_message(QueueUrl=url, VisibilityTimeout=3)
        assert account.receive(url) == account.receive(dead_url) == []
        wait_for(lambda: account.receive(url) or account.receive(dead_url))
        assert len(account.receive(dead_url)) == 1


def dead(account: Account, sqs: Any, messages: int) -> tuple[str, str, str]:
    """Return a queue, its dead-letter queue and the latter's ARN, with dead messages in it."""
    url, dead_url, dead_arn = with_dead_letters(account)
    for number in range(messages):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    for _ in range(2):
        account.receive(url)
    assert account.attribute(dead_url, "ApproximateNumberOfMessages") == str(messages)
    return url, dead_url, dead_arn


@pytest.mark.contract(17)
class TestMessageMoveTasks:
    def latest(self, sqs: Any, arn: str) -> dict[str, Any]:
        return dict(sqs.list_message_move_tasks(SourceArn=arn)["Results"][0])

    def test_back_to_the_source_as_new_messages(self, account: Account, sqs: Any) -> None:
        url, dead_url, arn = dead(account, sqs, 2)
        before = {message["MessageId"] for message in account.receive(dead_url)}
        handle = sqs.start_message_move_task(SourceArn=arn)["TaskHandle"]
        wait_for(lambda: self.latest(sqs, arn)["Status"] == "COMPLETED")
        task = self.latest(sqs, arn)
        assert task["ApproximateNumberOfMessagesMoved"] == 2
        assert task["ApproximateNumberOfMessagesToMove"] == 2
        assert "TaskHandle" not in task
        moved = account.receive(url)
        assert sorted(message["Body"] for message in moved) == ["0", "1"]
        assert before.isdisjoint(message["MessageId"] for message in moved)
        assert {m["Attributes"]["ApproximateReceiveCount"] for m in moved} == {"1"}
        assert account.receive(dead_url) == []
        assert error(sqs.cancel_message_move_task, TaskHandle=handle) == (
            "InvalidParameterValue",
            "Only active tasks can be cancelled.",
        )

    def test_to_another_queue(self, account: Account, sqs: Any) -> None:
        url, _, arn = dead(account, sqs, 1)
        other_url, other_arn = account.queue()
        sqs.start_message_move_task(SourceArn=arn, DestinationArn=other_arn)
        wait_for(lambda: account.receive(other_url))
        assert account.receive(url) == []
        assert self.latest(sqs, arn)["DestinationArn"] == other_arn

    def test_the_rate_and_a_cancellation(self, account: Account, sqs: Any) -> None:
        url, dead_url, arn = dead(account, sqs, 5)
        handle = sqs.start_message_move_task(SourceArn=arn, MaxNumberOfMessagesPerSecond=1)[
            "TaskHandle"
        ]
        wait_for(lambda: account.receive(url))
        running = self.latest(sqs, arn)
        assert (running["Status"], running["TaskHandle"]) == ("RUNNING", handle)
        code, message = error(sqs.start_message_move_task, SourceArn=arn)
        assert code == "InvalidParameterValue"
        assert message.startswith("There is already a task running.")
        sqs.cancel_message_move_task(TaskHandle=handle)
        wait_for(lambda: self.latest(sqs, arn)["Status"] == "CANCELLED")
        moved = self.latest(sqs, arn)["ApproximateNumberOfMessagesMoved"]
        left = int(account.attribute(dead_url, "ApproximateNumberOfMessages"))
        assert moved < 5
        assert moved + left >= 5  # the moved one may have died again: maxReceiveCount is 1

    def test_the_source_has_to_be_a_dead_letter_queue(self, account: Account, sqs: Any) -> None:
        _, arn = account.queue()
        assert error(sqs.start_message_move_task, SourceArn=arn) == (
            "InvalidParameterValue",
            "Source queue must be configured as a Dead Letter Queue.",
        )
        code, message = error(sqs.start_message_move_task, SourceArn="https://sqs/1/dead")
        assert code == "InvalidParameterValue"
        assert message.startswith("You must use this format to specify the SourceArn: arn:")
        missing = "The resource that you specified for the SourceArn parameter doesn't exist."
        assert error(sqs.start_message_move_task, SourceArn=f"{arn}-missing") == (
            "ResourceNotFoundException",
            missing,
        )

    def test_a_message_that_did_not_die_here_has_no_way_back(
        self, account: Account, sqs: Any
    ) -> None:
        _, dead_url, arn = with_dead_letters(account)
        sqs.send_message(QueueUrl=dead_url, MessageBody="sent to the dead-letter queue itself")
        sqs.start_message_move_task(SourceArn=arn)
        wait_for(lambda: self.latest(sqs, arn)["Status"] == "FAILED")
        assert self.latest(sqs, arn)["FailureReason"] == "CouldNotDetermineMessageSource"
        assert len(account.receive(dead_url)) == 1


@pytest.mark.contract(24)
def test_metrics(account: Account, sqs: Any) -> None:
    url, arn = account.queue()
    for body in ("a", "bcd"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    account.receive(url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=account.receive(url)[0]["ReceiptHandle"])

    def sum_of(metric: str) -> float:
        return account.metric("AWS/SQS", metric, {"QueueName": arn.rpartition(":")[2]}, "Sum")

    counts = [sum_of(f"NumberOfMessages{what}") for what in ("Sent", "Received", "Deleted")]
    assert counts == [2, 4, 1]
    assert sum_of("SentMessageSize") == 4
    wait_for(lambda: sum_of("ApproximateNumberOfMessagesVisible") > 0)
