"""Topics and subscriptions: what SNS takes, what it refuses, and what it tells of them.

Expected values: SNS API Reference and Developer Guide; answers of AWS that others have recorded.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.delivery import Account, error
from tests.sandbox.sns.conftest import invalid, queue_for

pytestmark = pytest.mark.contract(33)


NOT_FOUND = ("NotFound", "Topic does not exist")


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
