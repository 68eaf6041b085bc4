"""What SQS refuses, how FIFO queues hand out messages, and how long their handles count.

Expected values: SQS API Reference and Developer Guide; answers of AWS that others have recorded.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.delivery import error

pytestmark = pytest.mark.contract(35)

INVALID = "InvalidParameterValue"
OTHER_TYPE = "invalid. Reason: The request include parameter that is not valid for this queue type."


@pytest.fixture(scope="module")
def sqs(aws: Aws) -> Any:
    """A client."""
    return aws.client("sqs")


@pytest.fixture(scope="module")
def queue(aws: Aws, sqs: Any) -> str:
    """A standard queue."""
    return str(sqs.create_queue(QueueName=aws.name("queue"))["QueueUrl"])


def fifo(aws: Aws, **attributes: str) -> str:
    """A FIFO queue of a test's own."""
    given = {"FifoQueue": "true", "ContentBasedDeduplication": "true", **attributes}
    answer = aws.client("sqs").create_queue(QueueName=aws.name("q") + ".fifo", Attributes=given)
    return str(answer["QueueUrl"])


def arn(sqs: Any, url: str) -> str:
    """The ARN of a queue."""
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def text(value: str, kind: str = "String") -> dict[str, str]:
    """A message's attribute."""
    return {"DataType": kind, "StringValue": value}


class TestAttributes:
    @pytest.mark.parametrize(
        ("attributes", "message"),
        [
            ({"FifoQueue": "false"}, "Unknown Attribute FifoQueue."),
            ({"Colour": "red"}, "Unknown Attribute Colour."),
            ({"DeduplicationScope": "queue"},
             "You can specify the DeduplicationScope only when FifoQueue is set to true."),
            ({"KmsMasterKeyId": "key", "SqsManagedSseEnabled": "true"},
             "You can use one type of server-side encryption (SSE) at one time. You can either "
             "enable KMS SSE or SQS SSE."),
        ],
    )  # fmt: skip
    def test_of_a_standard_queue(
        self, aws: Aws, sqs: Any, attributes: dict[str, str], message: str
    ) -> None:
        found = error(sqs.create_queue, QueueName=aws.name("queue"), Attributes=attributes)
        assert found == ("InvalidAttributeName", message)

    def test_a_fifo_queue_says_so(self, aws: Aws, sqs: Any) -> None:
        assert error(sqs.create_queue, QueueName=aws.name("queue") + ".fifo")[0] == INVALID
        url = fifo(aws, FifoQueue="True")
        shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert (shown["FifoQueue"], shown["FifoThroughputLimit"]) == ("true", "perQueue")
        found = error(sqs.set_queue_attributes, QueueUrl=url, Attributes={"FifoQueue": "false"})
        assert found[0] == "InvalidAttributeValue"

    def test_encryption_is_shown(self, sqs: Any, aws: Aws) -> None:
        url = sqs.create_queue(QueueName=aws.name("queue"))["QueueUrl"]
        names = ["SqsManagedSseEnabled", "KmsMasterKeyId"]
        get = {"QueueUrl": url, "AttributeNames": names}
        assert sqs.get_queue_attributes(**get)["Attributes"] == {"SqsManagedSseEnabled": "true"}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "key"})
        shown = sqs.get_queue_attributes(**get)["Attributes"]
        assert shown == {"SqsManagedSseEnabled": "false", "KmsMasterKeyId": "key"}

    @pytest.mark.parametrize(
        ("policy", "reason"),
        [
            ({"maxReceiveCount": 3},
             "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."),
            ({"deadLetterTargetArn": "none", "maxReceiveCount": 3},
             "Dead letter target does not exist."),
            ({"deadLetterTargetArn": "none", "maxReceiveCount": 1001},
             "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both "
             "inclusive."),
        ],
    )  # fmt: skip
    def test_of_dead_letters(
        self, sqs: Any, queue: str, policy: dict[str, Any], reason: str
    ) -> None:
        given = {"RedrivePolicy": json.dumps(policy)}
        found = error(sqs.set_queue_attributes, QueueUrl=queue, Attributes=given)
        assert found == (
            INVALID,
            f"Value {json.dumps(policy)} for parameter RedrivePolicy is invalid. Reason: {reason}",
        )


class TestSending:
    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"MessageAttributes": {f"a{n}": text("x") for n in range(11)}},
             "Number of message attributes [11] exceeds the allowed maximum [10]."),
            ({"MessageAttributes": {"a": text("")}},
             "Message (user) attribute 'a' must contain a non-empty value of type 'String'."),
            ({"MessageAttributes": {"a": text("x", "Number")}},
             "Can't cast the value of message (user) attribute 'a' to a number."),
            ({"MessageGroupId": "a b"},
             "Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId can only "
             "include alphanumeric and punctuation characters. 1 to 128 in length."),
            ({"MessageBody": "x" * 1_048_570, "MessageAttributes": {"a": text("value")}},
             "One or more parameters are invalid. Reason: Message must be shorter than 1048576 "
             "bytes."),
        ],
    )  # fmt: skip
    def test_a_message_that_sqs_does_not_take(
        self, sqs: Any, queue: str, given: dict[str, Any], message: str
    ) -> None:
        call = {"QueueUrl": queue, "MessageBody": "x"} | given
        assert error(sqs.send_message, **call) == (INVALID, message)

    @pytest.mark.parametrize("name", ["AWS.a", "amazon.a", ".a", "a.", "a..b", "a!"])
    def test_an_attributes_name_that_is_none(self, sqs: Any, queue: str, name: str) -> None:
        call = {"QueueUrl": queue, "MessageBody": "x", "MessageAttributes": {name: text("x")}}
        assert error(sqs.send_message, **call)[0] == INVALID

    def test_a_batch_for_a_fifo_queue_is_refused_whole(self, aws: Aws, sqs: Any) -> None:
        url = fifo(aws, ContentBasedDeduplication="false")
        entry = {"Id": "1", "MessageBody": "x"}
        found = error(sqs.send_message_batch, QueueUrl=url, Entries=[entry])
        assert found == (INVALID, "The request must contain the parameter MessageGroupId.")
        entry["MessageGroupId"] = "g"
        found = error(sqs.send_message_batch, QueueUrl=url, Entries=[entry])
        assert found[1].startswith("The queue should either have ContentBasedDeduplication")

    def test_too_many_entries(self, sqs: Any, queue: str) -> None:
        entries = [{"Id": str(n), "MessageBody": "x"} for n in range(11)]
        assert error(sqs.send_message_batch, QueueUrl=queue, Entries=entries) == (
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            "Maximum number of entries per request are 10. You have sent 11.",
        )

    def test_an_error_has_both_its_names(self, sqs: Any, queue: str) -> None:
        with pytest.raises(sqs.exceptions.ClientError) as caught:
            sqs.send_message(QueueUrl=queue, MessageBody="x", MessageGroupId="a b")
        told = caught.value.response["Error"]
        assert (told["Code"], told["QueryErrorCode"]) == (INVALID, f"{INVALID}Exception")


class TestReceiving:
    def test_group_by_group(self, aws: Aws, sqs: Any) -> None:
        url = fifo(aws)
        for group, body in (("1", "a1"), ("2", "b1"), ("1", "a2"), ("3", "c1")):
            sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)

        def received(most: int, seconds: int) -> list[str]:
            answer = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=most, VisibilityTimeout=seconds
            )
            return [message["Body"] for message in answer.get("Messages", [])]

        assert received(3, 0) == ["a1", "a2", "b1"]
        assert received(10, 30) == ["c1", "a1", "a2", "b1"]

    def test_one_in_flight_holds_back_what_follows_it(self, aws: Aws, sqs: Any) -> None:
        url = fifo(aws)
        for body in ("one", "two", "three"):
            sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
        first, second, _ = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3)["Messages"]
        for message in (first, second):
            sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
        again = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3)["Messages"]
        assert [message["Body"] for message in again] == ["one", "two"]

    def test_a_fifo_queues_handle_expires(self, aws: Aws, sqs: Any) -> None:
        url = fifo(aws, VisibilityTimeout="1")
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g")
        old = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
        again = wait_for(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
        found = error(sqs.delete_message, QueueUrl=url, ReceiptHandle=old)
        assert found == (
            INVALID,
            f"Value {old} for parameter ReceiptHandle is invalid. Reason: The receipt handle has "
            "expired.",
        )
        sqs.delete_message(QueueUrl=url, ReceiptHandle=again[0]["ReceiptHandle"])

    def test_an_attempt_made_again_gives_the_same_messages(self, aws: Aws, sqs: Any) -> None:
        url = fifo(aws)
        for group in "abc":
            sqs.send_message(QueueUrl=url, MessageBody=group, MessageGroupId=group)

        def attempt(name: str) -> list[tuple[str, str]]:
            answer = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=2, ReceiveRequestAttemptId=name
            )
            return [(one["Body"], one["ReceiptHandle"]) for one in answer.get("Messages", [])]

        first = attempt("one")
        assert [body for body, _ in first] == ["a", "b"]
        assert attempt("one") == first
        assert [body for body, _ in attempt("two")] == ["c"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0][1])
        assert attempt("one") == []  # one of them was deleted: it receives what there is
        standard = sqs.create_queue(QueueName=aws.name("queue"))["QueueUrl"]
        assert error(sqs.receive_message, QueueUrl=standard, ReceiveRequestAttemptId="x") == (
            INVALID,
            f"Value x for parameter ReceiveRequestAttemptId is {OTHER_TYPE}",
        )

    def test_a_group_goes_on_when_its_message_is_dead(self, aws: Aws, sqs: Any) -> None:
        dead = fifo(aws)
        policy = {"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": 1}
        url = fifo(aws, VisibilityTimeout="1", RedrivePolicy=json.dumps(policy))
        sent = sqs.send_message(QueueUrl=url, MessageBody="bad", MessageGroupId="g")
        sqs.send_message(QueueUrl=url, MessageBody="good", MessageGroupId="g")
        [bad] = sqs.receive_message(QueueUrl=url)["Messages"]
        assert "Messages" not in sqs.receive_message(QueueUrl=url)  # its group waits
        [good] = wait_for(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
        assert good["Body"] == "good"
        [found] = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"])["Messages"]
        assert found["MessageId"] == sent["MessageId"]
        assert found["Attributes"]["MessageGroupId"] == "g"
        assert found["Attributes"]["SequenceNumber"] == sent["SequenceNumber"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=bad["ReceiptHandle"])  # it is gone from here
        left = sqs.get_queue_attributes(
            QueueUrl=dead, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
        )["Attributes"]
        assert left == {"ApproximateNumberOfMessagesNotVisible": "1"}

    def test_a_handle_is_good_in_its_own_queue(self, aws: Aws, sqs: Any) -> None:
        one, other = (sqs.create_queue(QueueName=aws.name("queue"))["QueueUrl"] for _ in "12")
        sqs.send_message(QueueUrl=one, MessageBody="x")
        handle = sqs.receive_message(QueueUrl=one)["Messages"][0]["ReceiptHandle"]
        refused = (
            "ReceiptHandleIsInvalid",
            f'The input receipt handle "{handle}" is not a valid receipt handle.',
        )
        assert error(sqs.delete_message, QueueUrl=other, ReceiptHandle=handle) == refused
        change = {"ReceiptHandle": handle, "VisibilityTimeout": 0}
        assert error(sqs.change_message_visibility, QueueUrl=other, **change) == refused
        sqs.delete_message(QueueUrl=one, ReceiptHandle=handle)
        sqs.delete_message(QueueUrl=one, ReceiptHandle=handle)  # it is gone already

    def test_a_message_is_the_same_by_its_content_or_its_id(self, aws: Aws, sqs: Any) -> None:
        url = fifo(aws)

        def sent(body: str, **more: Any) -> str:
            message = {"MessageBody": body, "MessageGroupId": "g"} | more
            return str(sqs.send_message(QueueUrl=url, **message)["MessageId"])

        attribute = {"k": {"DataType": "String", "StringValue": "v"}}
        first = sent("x")
        assert sent("x", MessageAttributes=attribute) == first
        assert sent("x", MessageGroupId="h") == first
        assert sent("y", MessageDeduplicationId=hashlib.sha256(b"x").hexdigest()) == first
        assert sent("x", MessageDeduplicationId="other") != first
        bodies = [
            one["Body"]
            for one in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        ]
        assert bodies == ["x", "x"]

    def test_by_group_where_the_queue_says_so(self, aws: Aws, sqs: Any) -> None:
        limit = {"FifoThroughputLimit": "perMessageGroupId"}
        named = {"QueueName": f"{aws.name('queue')}.fifo"}
        given = {"FifoQueue": "true"} | limit
        assert error(sqs.create_queue, **named, Attributes=given)[0] == "InvalidAttributeValue"
        assert (
            error(sqs.set_queue_attributes, QueueUrl=fifo(aws), Attributes=limit)[0]
            == "InvalidAttributeValue"
        )
        url = fifo(aws, DeduplicationScope="messageGroup", **limit)
        for group in ("a", "b", "a"):
            sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId=group)
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert len(found) == 2

    def test_a_standard_queue_takes_no_deduplication_id(self, aws: Aws, sqs: Any) -> None:
        url = sqs.create_queue(QueueName=aws.name("queue"))["QueueUrl"]
        message = {"MessageBody": "x", "MessageDeduplicationId": "1"}
        assert error(sqs.send_message, QueueUrl=url, **message) == (
            INVALID,
            f"Value 1 for parameter MessageDeduplicationId is {OTHER_TYPE}",
        )
        entries = [{"Id": "1", **message}, {"Id": "2", "MessageBody": "y"}]
        answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
        assert [one["Id"] for one in answer["Failed"]] == ["1"]

    def test_a_standard_queues_older_handle_still_changes_visibility(
        self, aws: Aws, sqs: Any
    ) -> None:
        url = sqs.create_queue(QueueName=aws.name("queue"))["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="x")
        old = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]
        sqs.receive_message(QueueUrl=url, VisibilityTimeout=30)
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=old["ReceiptHandle"], VisibilityTimeout=0
        )
        assert sqs.receive_message(QueueUrl=url)["Messages"]

    def test_a_handle_still_hides_a_message_that_is_visible_again(self, aws: Aws, sqs: Any) -> None:
        url = sqs.create_queue(QueueName=aws.name("queue"))["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="x")
        found = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=found["ReceiptHandle"], VisibilityTimeout=30
        )
        assert "Messages" not in sqs.receive_message(QueueUrl=url)

    @pytest.mark.parametrize(
        ("parameter", "value", "greatest"),
        [("VisibilityTimeout", 43_201, 43_200), ("WaitTimeSeconds", 21, 20)],
    )
    def test_a_time_that_is_too_long(
        self, sqs: Any, queue: str, parameter: str, value: int, greatest: int
    ) -> None:
        assert error(sqs.receive_message, QueueUrl=queue, **{parameter: value}) == (
            INVALID,
            f"Value {value} for parameter {parameter} is invalid. "
            f"Reason: Must be >= 0 and <= {greatest}, if provided.",
        )

    def test_a_batch_tells_of_failures_only_if_there_are_some(self, sqs: Any, queue: str) -> None:
        entries = [{"Id": "1", "MessageBody": "x"}]
        assert "Failed" not in sqs.send_message_batch(QueueUrl=queue, Entries=entries)
        entries = [{"Id": "1", "ReceiptHandle": "none"}]
        assert "Successful" not in sqs.delete_message_batch(QueueUrl=queue, Entries=entries)

    def test_a_handle_that_is_none(self, sqs: Any, queue: str) -> None:
        found = error(sqs.delete_message, QueueUrl=queue, ReceiptHandle="none")
        assert found == (
            "ReceiptHandleIsInvalid",
            'The input receipt handle "none" is not a valid receipt handle.',
        )

    def test_the_handle_of_a_move_that_is_none(self, sqs: Any) -> None:
        assert error(sqs.cancel_message_move_task, TaskHandle="none") == (
            INVALID,
            "Value for parameter TaskHandle is invalid.",
        )
        gone = {"taskId": "1", "sourceArn": "arn:aws:sqs:ap-northeast-2:111122223333:gone"}
        handle = base64.b64encode(json.dumps(gone).encode()).decode()
        assert error(sqs.cancel_message_move_task, TaskHandle=handle) == (
            "ResourceNotFoundException",
            "The resource that you specified for the SourceArn parameter doesn't exist.",
        )

    def test_a_purge_forgets_what_was_sent(self, aws: Aws, sqs: Any) -> None:
        url = fifo(aws)
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g")
        sqs.purge_queue(QueueUrl=url)
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g")
        assert sqs.receive_message(QueueUrl=url)["Messages"]

    def test_who_has_dead_letters_here(self, aws: Aws, sqs: Any) -> None:
        dead = sqs.create_queue(QueueName=aws.name("dead"))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
        policy = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": 2}
        name = aws.name("queue")
        sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": json.dumps(policy)})
        (source,) = sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"]
        assert source.endswith(f"/{name}")


def test_attributes_that_no_message_has(sqs: Any, queue: str) -> None:
    asked = error(sqs.receive_message, QueueUrl=queue, AttributeNames=["Nope"])
    assert asked == ("InvalidAttributeName", "Unknown Attribute Nope.")
    sqs.receive_message(QueueUrl=queue, AttributeNames=["SenderId", "Policy"])
    sqs.receive_message(QueueUrl=queue, MessageSystemAttributeNames=["All"])
