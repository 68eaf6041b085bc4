"""Messages: what SNS takes, what it refuses, and what subscribers get.

Expected values: SNS API Reference and Developer Guide; answers of AWS that others have recorded.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import wait_for
from tests.sandbox.delivery import Account, error
from tests.sandbox.sns.conftest import invalid, queue_for

pytestmark = pytest.mark.contract(33)


def take(account: Account, url: str) -> dict[str, Any]:
    """The first message of a queue, with all that it has."""

    def received() -> list[dict[str, Any]]:
        answer = account.client("sqs").receive_message(
            QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"]
        )
        found: list[dict[str, Any]] = answer.get("Messages", [])
        return found

    first: dict[str, Any] = wait_for(received)[0]
    return first


class TestPublishing:
    @pytest.mark.parametrize(
        ("given", "found"),
        [
            ({"Message": ""}, invalid("Empty message")),
            ({"Message": "x" * 262_145}, invalid("Message too long")),
            ({"Message": "x" * 262_140, "MessageAttributes":
              {"a": {"DataType": "String", "StringValue": "value"}}}, invalid("Message too long")),
            ({"Message": "x", "Subject": ""}, invalid("Subject")),
            ({"Message": "x", "Subject": "two\nlines"}, invalid("Subject")),
            ({"Message": "x", "MessageStructure": "json"},
             invalid("Message Structure - JSON message body failed to parse")),
            ({"Message": '{"default": 1}', "MessageStructure": "json"},
             invalid("Message Structure - No default entry in JSON message body")),
            ({"Message": "x", "MessageDeduplicationId": "1"},
             invalid("MessageDeduplicationId Reason: The request includes MessageDeduplicationId "
                     "parameter that is not valid for this topic type")),
        ],
    )  # fmt: skip
    def test_a_message_that_sns_does_not_take(
        self, sns: Any, topic: str, given: dict[str, Any], found: tuple[str, str]
    ) -> None:
        assert error(sns.publish, TopicArn=topic, **given) == found

    @pytest.mark.parametrize(
        ("name", "value", "text"),
        [
            ("a", {"DataType": "String", "StringValue": ""},
             "The message attribute 'a' must contain non-empty message attribute value for "
             "message attribute type 'String'."),
            ("a", {"DataType": "Number", "BinaryValue": b"1"},
             "The message attribute 'a' with type 'Number' must use field 'String'."),
            ("a", {"DataType": "Strings", "StringValue": "x"},
             "The message attribute 'a' has an invalid message attribute type, the set of "
             "supported type prefixes is Binary, Number, and String."),
            (".a", {"DataType": "String", "StringValue": "x"},
             "Invalid message attribute name starting with character '.' was found."),
            ("a..b", {"DataType": "String", "StringValue": "x"},
             "Message attribute name can not have successive '.' character."),
            ("a^b", {"DataType": "String", "StringValue": "x"},
             "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. "
             "Can only include alphanumeric characters, hyphens, underscores, or dots."),
        ],
    )  # fmt: skip
    def test_an_attribute_that_sns_does_not_take(
        self, sns: Any, topic: str, name: str, value: dict[str, Any], text: str
    ) -> None:
        found = error(sns.publish, TopicArn=topic, Message="x", MessageAttributes={name: value})
        assert found == ("ParameterValueInvalid", text)

    @pytest.mark.parametrize(
        ("entries", "code"),
        [
            ([{"Id": "a.b", "Message": "x"}], "InvalidBatchEntryId"),
            ([{"Id": "a" * 81, "Message": "x"}], "InvalidBatchEntryId"),
            ([{"Id": "a", "Message": "x"}] * 2, "BatchEntryIdsNotDistinct"),
            ([{"Id": str(n), "Message": "x"} for n in range(11)], "TooManyEntriesInBatchRequest"),
            ([{"Id": str(n), "Message": "x" * 100_000} for n in range(3)], "BatchRequestTooLong"),
        ],
    )
    def test_a_batch_that_sns_does_not_take(
        self, sns: Any, topic: str, entries: list[dict[str, str]], code: str
    ) -> None:
        call = {"TopicArn": topic, "PublishBatchRequestEntries": entries}
        assert error(sns.publish_batch, **call)[0] == code

    def test_what_a_queue_gets(self, account: Account, sns: Any, topic: str) -> None:
        url, subscription = queue_for(account, topic)
        published = sns.publish(
            TopicArn=topic, Message='say "hi"', Subject="Orders",
            MessageAttributes={"b": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
                               "n": {"DataType": "Number", "StringValue": "1"}},
        )  # fmt: skip
        body = json.loads(take(account, url)["Body"])
        assert list(body)[:5] == ["Type", "MessageId", "TopicArn", "Subject", "Message"]
        assert (body["MessageId"], body["Message"]) == (published["MessageId"], 'say "hi"')
        assert body["MessageAttributes"] == {
            "b": {"Type": "Binary", "Value": "AgME"},
            "n": {"Type": "Number", "Value": "1"},
        }
        assert body["SignatureVersion"] == "1"
        assert body["UnsubscribeURL"].endswith(f"SubscriptionArn={subscription}")

    def test_what_a_queue_gets_raw(self, account: Account, sns: Any, topic: str) -> None:
        url, _ = queue_for(account, topic, RawMessageDelivery="true")
        value = {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"}
        sns.publish(TopicArn=topic, Message="as it is", MessageAttributes={"b": value})
        message = take(account, url)
        assert (message["Body"], message["MessageAttributes"]["b"]) == ("as it is", value)

    def test_each_protocol_has_its_message(self, account: Account, sns: Any, topic: str) -> None:
        url, _ = queue_for(account, topic, RawMessageDelivery="true")
        text = json.dumps({"default": "all", "sqs": "queues"})
        sns.publish(TopicArn=topic, Message=text, MessageStructure="json")
        assert take(account, url)["Body"] == "queues"

    def test_what_a_function_gets(self, account: Account, sns: Any) -> None:
        topic = sns.create_topic(Name=account.name("topic"))["TopicArn"]
        url, _ = account.queue()
        keep = (
            "import boto3, json\ndef handler(event, context):\n"
            f"    boto3.client('sqs').send_message(QueueUrl={url!r}, MessageBody=json.dumps(event))"
        )
        send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
        function = account.function_arn(keep, role=account.role(policy=send))
        account.client("lambda").add_permission(
            FunctionName=function, StatementId="sns", Action="lambda:InvokeFunction",
            Principal="sns.amazonaws.com", SourceArn=topic,
        )  # fmt: skip
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
        sns.publish(TopicArn=topic, Message="hello")
        (record,) = json.loads(take(account, url)["Body"])["Records"]
        assert record["Sns"]["Subject"] is None
        assert record["Sns"]["MessageAttributes"] == {}
        assert {"SigningCertUrl", "UnsubscribeUrl", "Timestamp"} <= record["Sns"].keys()


class TestFifo:
    def test_what_it_asks_of_a_message(self, sns: Any, fifo: str) -> None:
        found = error(sns.publish, TopicArn=fifo, Message="x")
        assert found == invalid("The MessageGroupId parameter is required for FIFO topics")
        found = error(sns.publish, TopicArn=fifo, Message="x", MessageGroupId="g")
        assert found == invalid(
            "The topic should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly"
        )

    def test_what_a_queue_gets_once(self, account: Account, sns: Any, fifo: str) -> None:
        url, _ = queue_for(account, fifo, fifo="yes")
        given = {"TopicArn": fifo, "Message": "x", "MessageGroupId": "g"}
        first = sns.publish(**given, MessageDeduplicationId="d")
        second = sns.publish(**given, MessageDeduplicationId="d")
        assert first["MessageId"] == second["MessageId"]
        message = take(account, url)
        body = json.loads(message["Body"])
        assert body["SequenceNumber"] == first["SequenceNumber"]
        assert "Signature" not in body
        assert message["Attributes"]["MessageGroupId"] == "g"
        assert message["Attributes"]["MessageDeduplicationId"] == "d"

    def test_a_standard_queue_gets_no_group(self, account: Account, sns: Any, fifo: str) -> None:
        url, _ = queue_for(account, fifo)
        sns.publish(
            TopicArn=fifo, Message="x", MessageGroupId="g", MessageDeduplicationId="another"
        )
        assert "MessageGroupId" not in take(account, url)["Attributes"]

    def test_its_dead_letters_are_in_order_too(self, account: Account, sns: Any, fifo: str) -> None:
        _, arn = queue_for(account, fifo, fifo="yes")
        queue = f"arn:aws:sqs:ap-northeast-2:{account.account}:standard"
        found = error(
            sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName="RedrivePolicy",
            AttributeValue=json.dumps({"deadLetterTargetArn": queue}),
        )  # fmt: skip
        assert found == invalid(
            "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
        )
