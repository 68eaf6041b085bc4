"""Topics, subscriptions and messages: what SNS takes, what it refuses, and what subscribers get.

Expected values: SNS API Reference and Developer Guide; answers of AWS that others have recorded.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.delivery import Account, error

pytestmark = pytest.mark.contract(33)

NOT_FOUND = ("NotFound", "Topic does not exist")


@pytest.fixture(scope="module")
def account(aws: Aws) -> Account:
    """The account to test with."""
    return Account(aws.endpoint, aws.account, aws.region, aws.secret)


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


class TestTopics:
    @pytest.mark.parametrize("name", ["", "a" * 257, "with space", "colon:", "ends.fifo"])
    def test_a_name_that_sns_does_not_take(self, sns: Any, name: str) -> None:
        assert error(sns.create_topic, Name=name) == invalid("Topic Name")

    def test_a_fifo_topic_is_named_so(self, sns: Any) -> None:
        found = error(sns.create_topic, Name="plain", Attributes={"FifoTopic": "true"})
        assert found == invalid("Topic Name")

    def test_the_same_topic_again(self, account: Account, sns: Any) -> None:
        name, tags = account.name("topic"), [{"Key": "a", "Value": "1"}]
        arn = sns.create_topic(Name=name, Attributes={"DisplayName": "Orders"}, Tags=tags)
        for same in ({}, {"Tags": tags}, {"Attributes": {"FifoTopic": "false"}}):
            assert sns.create_topic(Name=name, **same)["TopicArn"] == arn["TopicArn"]

    @pytest.mark.parametrize(
        ("other", "problem"),
        [
            ({"Attributes": {"DisplayName": "Other"}},
             "Attributes Reason: Topic already exists with different attributes"),
            ({"Attributes": {"SignatureVersion": "2"}},
             "Attributes Reason: Topic already exists with different attributes"),
            ({"Tags": [{"Key": "a", "Value": "1"}]},
             "Tags Reason: Topic already exists with different tags"),
        ],
    )  # fmt: skip
    def test_another_topic_of_the_name(
        self, sns: Any, topic: str, other: dict[str, Any], problem: str
    ) -> None:
        name = topic.rpartition(":")[2]
        assert error(sns.create_topic, Name=name, **other) == invalid(problem)

    def test_attributes(self, sns: Any, topic: str, account: Account) -> None:
        shown = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
        statement = json.loads(shown["Policy"])["Statement"][0]
        assert "SNS:Publish" in statement["Action"]
        assert statement["Condition"] == {"StringEquals": {"AWS:SourceOwner": account.account}}
        retries = json.loads(shown["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]
        assert retries["numRetries"] == 3
        assert "FifoTopic" not in shown

    @pytest.mark.parametrize(
        ("arn", "found"),
        [
            ("orders", invalid(
                "TopicArn Reason: An ARN must have at least 6 elements, not 1")),
            ("arn:aws:sns:us-east-1:111122223333:orders", invalid("TopicArn")),
            ("arn:aws:sns:ap-northeast-2:111122223333:nowhere", NOT_FOUND),
        ],
    )  # fmt: skip
    def test_an_arn_that_names_no_topic(self, sns: Any, arn: str, found: tuple[str, str]) -> None:
        assert error(sns.get_topic_attributes, TopicArn=arn) == found
        assert error(sns.publish, TopicArn=arn, Message="x") == found

    def test_what_cannot_be_set(self, sns: Any, topic: str) -> None:
        for name in ("FifoTopic", "Colour"):
            found = error(sns.set_topic_attributes, TopicArn=topic, AttributeName=name)
            assert found == invalid("AttributeName")

    def test_permissions(self, sns: Any, account: Account) -> None:
        topic = sns.create_topic(Name=account.name("topic"))["TopicArn"]
        given = {"TopicArn": topic, "Label": "one", "AWSAccountId": ["444455556666"]}
        sns.add_permission(**given, ActionName=["Publish"])
        policy = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
        added = policy["Statement"][1]
        assert added["Principal"] == {"AWS": "arn:aws:iam::444455556666:root"}
        assert added["Action"] == "SNS:Publish"
        again = error(sns.add_permission, **given, ActionName=["Subscribe"])
        assert again == invalid("Statement already exists")
        other = error(sns.add_permission, **given | {"Label": "two"}, ActionName=["Fly"])
        assert other == invalid("Policy statement action out of service scope!")
        sns.remove_permission(TopicArn=topic, Label="one")
        policy = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
        assert len(policy["Statement"]) == 1

    def test_tags(self, sns: Any, topic: str) -> None:
        twice = [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]
        found = error(sns.tag_resource, ResourceArn=topic, Tags=twice)
        assert found == invalid("Duplicated keys are not allowed.")
        missing = topic + "-not"
        assert error(sns.list_tags_for_resource, ResourceArn=missing)[0] == "ResourceNotFound"


class TestSubscriptions:
    @pytest.mark.parametrize(
        ("protocol", "endpoint", "problem"),
        [
            ("pigeon", "roof", "Amazon SNS does not support this protocol string: pigeon"),
            ("sqs", "https://sqs.ap-northeast-2.amazonaws.com/1/q", "SQS endpoint ARN"),
            ("sqs", "arn:aws:sqs:ap-northeast-2:111122223333:q.fifo",
             "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to "
             "standard SNS topics"),
            ("http", "https://example.com", "Endpoint must match the specified protocol"),
            ("email", "nobody", "Email address"),
        ],
    )  # fmt: skip
    def test_an_endpoint_that_sns_does_not_take(
        self, sns: Any, topic: str, protocol: str, endpoint: str, problem: str
    ) -> None:
        found = error(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
        assert found == invalid(problem)

    @pytest.mark.parametrize("number", ["+15--551234567", "NAA+15551234567", "+15551234567."])
    def test_a_number_that_is_none(self, sns: Any, topic: str, number: str) -> None:
        found = error(sns.subscribe, TopicArn=topic, Protocol="sms", Endpoint=number)
        assert found == ("InvalidParameter", f"Invalid SMS endpoint: {number}")

    @pytest.mark.parametrize(
        ("name", "value", "problem"),
        [
            ("RawMessageDelivery", "maybe",
             "RawMessageDelivery: Invalid value [maybe]. Must be true or false."),
            ("FilterPolicyScope", "Everything",
             "FilterPolicyScope: Invalid value [Everything]. Please use either MessageBody or "
             "MessageAttributes"),
            ("RedrivePolicy", '{"deadLetterTargetArn": "queue"}',
             "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
            ("FilterPolicy", '{"a": []}', "FilterPolicy: Empty arrays are not allowed"),
            ("FilterPolicy", '{"a": [["x"]]}',
             "FilterPolicy: Match value must be String, number, true, false, or null"),
            ("FilterPolicy", '{"a": [{"anything-but": {"suffix": "x"}}]}',
             "FilterPolicy: Unsupported anything-but pattern: suffix"),
            ("FilterPolicy",
             json.dumps({"a": [1, 2, 3, 4], "$or": [{"b": [*range(19)]}, {"c": [*range(19)]}]}),
             "FilterPolicy: Filter policy is too complex"),
            ("FilterPolicy", json.dumps({key: ["x"] for key in "abcdef"}),
             "FilterPolicy: Filter policy can not have more than 5 keys"),
        ],
    )  # fmt: skip
    def test_attributes_that_sns_does_not_take(
        self, account: Account, sns: Any, topic: str, name: str, value: str, problem: str
    ) -> None:
        queue = f"arn:aws:sqs:ap-northeast-2:{account.account}:never-made"
        found = error(
            sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={name: value}
        )
        assert found == invalid(f"Attributes Reason: {problem}")
        arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
        found = error(
            sns.set_subscription_attributes,
            SubscriptionArn=arn, AttributeName=name, AttributeValue=value,
        )  # fmt: skip
        assert found == invalid(problem)

    def test_again_with_the_same_and_with_other_attributes(
        self, account: Account, sns: Any, topic: str
    ) -> None:
        _, arn = queue_for(account, topic, RawMessageDelivery="True")
        queue = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["Endpoint"]
        given = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue}
        assert sns.subscribe(**given)["SubscriptionArn"] == arn
        found = error(sns.subscribe, **given, Attributes={"RawMessageDelivery": "false"})
        assert found == invalid(
            "Attributes Reason: Subscription already exists with different attributes"
        )

    def test_a_filter_is_shown_with_its_scope_and_goes_when_empty(
        self, account: Account, sns: Any, topic: str
    ) -> None:
        _, arn = queue_for(account, topic)
        shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        assert "FilterPolicyScope" not in shown
        change = {"SubscriptionArn": arn, "AttributeName": "FilterPolicy"}
        sns.set_subscription_attributes(**change, AttributeValue='{"a": ["x"]}')
        shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        assert shown["FilterPolicyScope"] == "MessageAttributes"
        sns.set_subscription_attributes(**change, AttributeValue="{}")
        assert "FilterPolicy" not in sns.get_subscription_attributes(SubscriptionArn=arn)

    def test_one_that_has_to_be_confirmed(self, sns: Any, topic: str) -> None:
        given = {"TopicArn": topic, "Protocol": "email", "Endpoint": "kim@example.com"}
        assert sns.subscribe(**given)["SubscriptionArn"] == "pending confirmation"
        arn = sns.subscribe(**given, ReturnSubscriptionArn=True)["SubscriptionArn"]
        assert arn.startswith(topic)
        listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        assert "PendingConfirmation" in [one["SubscriptionArn"] for one in listed]
        for token, message in (("x", "Invalid token"), ("0" * 288, "Invalid parameter: Token")):
            found = error(sns.confirm_subscription, TopicArn=topic, Token=token)
            assert found == ("InvalidParameter", message)

    def test_unsubscribing(self, account: Account, sns: Any, topic: str) -> None:
        _, arn = queue_for(account, topic)
        for _ in range(2):
            sns.unsubscribe(SubscriptionArn=arn)
        found = error(sns.get_subscription_attributes, SubscriptionArn=arn)
        assert found == ("NotFound", "Subscription does not exist")
        assert error(sns.unsubscribe, SubscriptionArn=topic) == invalid("SubscriptionId")


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
